"""The first data of a loop: sources audited as they came, grouped across each other, and a test part that stays."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from beadwatch.datasets.catalog import Catalog
from beadwatch.datasets.snapshot import DatasetSnapshot
from beadwatch.datasets.split import straddling_groups
from beadwatch.domain.errors import NotReadyError, SourceError
from beadwatch.domain.loop import StepKind
from beadwatch.services import auditing
from beadwatch.services import initial_collection as module
from beadwatch.services.catalog import open_catalog
from beadwatch.services.initial_collection import initial_collection
from beadwatch.services.jobs import run_job
from beadwatch.services.loop import open_loop
from beadwatch.settings import load_settings
from tests.cli.test_data_fetch import folder_zipped
from tests.datasets.fetch.conftest import no_logins, server
from tests.datasets.fetch.standin import Resource, StandIn
from tests.datasets.welds import brighter, weld
from tests.pictures import encoded
from tests.real import DATA, needs_real_welds

__all__ = ["no_logins", "server"]
CLASSES = ("crack", "porosity")


@pytest.fixture
def sources(tmp_path: Path) -> tuple[Path, Path]:
    """Draw two sources without groups. `plant` has brighter copies of its first welds in its other split, `phone` of
    its second.
    """
    plant, phone = tmp_path / "plant", tmp_path / "phone"
    for place, name in enumerate(CLASSES):
        for number in range(4):
            pixels = weld(10 * place + number)
            draw(plant / "train" / name / f"p{place}x{number}.png", pixels)
            if number == 0:
                draw(plant / "valid" / name / f"copy of {name}.png", brighter(pixels))
            if number == 1:
                draw(phone / name / f"from afar {name}.png", brighter(pixels))
        draw(phone / name / f"own {name}.png", weld(100 + place))
    return plant, phone


def draw(path: Path, pixels: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encoded(pixels))


@pytest.fixture
def loop(monkeypatch: pytest.MonkeyPatch, sources: tuple[Path, Path]) -> pytest.MonkeyPatch:
    monkeypatch.setenv("BEADWATCH_LOOP_DATASET", "photos")
    monkeypatch.setenv("BEADWATCH_LOOP_FROM", ", ".join(map(str, sources)))
    return monkeypatch


def frozen() -> DatasetSnapshot:
    return open_catalog(load_settings()).snapshot("photos")


def groups_of(snapshot: DatasetSnapshot) -> dict[str, str]:
    return {Path(record.name).name: record.group_key for record in snapshot.records}


@pytest.mark.usefixtures("loop")
def test_sources_are_audited_as_they_came_grouped_and_split_without_leaks(tmp_path: Path) -> None:
    outcome = initial_collection(load_settings())
    assert "plant leaks: 0 groups and 2 copies stand in several of the parts that it came in" in outcome.why
    assert "phone leaks" not in outcome.why
    assert "whole set leaks" not in outcome.why
    audits = outcome.facts["audits"]
    assert {name: found["leaks"] for name, found in audits.items()} == {
        "plant": True, "phone": False, "whole set": False
    }  # fmt: skip
    snapshot = frozen()
    groups = groups_of(snapshot)
    assert outcome.facts["groups"]["count"] == len(set(groups.values())) == 10
    for place, name in enumerate(CLASSES):
        assert groups[f"copy of {name}.png"] == groups[f"p{place}x0.png"]
        assert groups[f"from afar {name}.png"] == groups[f"p{place}x1.png"]
        assert groups[f"p{place}x1.png"].startswith("*/"), "copies hold together across the sources"
    assert straddling_groups(snapshot.records) == {}
    assert {record.split for record in snapshot.records} == {"train", "test"}
    assert (outcome.facts["pictures"], outcome.facts["snapshot"]) == (14, snapshot.hash)
    pages = tmp_path / "data" / "audit"
    assert sorted(path.name for path in pages.glob("*.html")) == [
        "photos-phone.html", "photos-plant.html", "photos.html"
    ]  # fmt: skip
    assert "plant as it came" in (pages / "photos-plant.html").read_text()
    json.dumps(outcome.facts)
    again = initial_collection(load_settings())
    assert (again.done, "has all of it already" in again.why) == (False, True)
    assert frozen() == snapshot


class KilledError(BaseException):
    pass


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("number", range(3))
def test_killed_at_any_step_it_goes_on(loop: pytest.MonkeyPatch, tmp_path: Path, number: int, after: bool) -> None:
    put, left = Catalog.put, [number]

    def killing(*given: Any) -> Any:
        left[0] -= 1
        if left[0] < 0 and not after:
            raise KilledError
        made = put(*given)
        if left[0] < 0:
            raise KilledError
        return made

    with loop.context() as patch:
        patch.setattr(Catalog, "put", killing)
        with pytest.raises(KilledError):
            initial_collection(load_settings())
    done = initial_collection(load_settings())
    assert done.done is not (number == 2 and after)
    snapshot, states = frozen(), open_catalog(load_settings()).get("photos").states
    assert len(states) == 3
    if done.done:
        assert "plant leaks" in done.why, "what an earlier run found is told of, too"
    loop.setenv("BEADWATCH_DATA_DIR", str(tmp_path / "uninterrupted"))
    initial_collection(load_settings())
    assert frozen().hash == snapshot.hash


@pytest.mark.usefixtures("loop")
def test_the_job_keeps_how_large_the_set_is_that_the_loop_begins_with() -> None:
    for _ in range(2):
        run_job(load_settings(), "initial-collection")
    with open_loop(load_settings()) as loop:
        (step,) = loop.steps.find(StepKind.COLLECT, "surface", limit=9)
    assert step.figures["snapshot"] == frozen().hash
    assert (step.figures["pictures"], step.figures["classes"]) == (14, {"crack": 7, "porosity": 7})


def test_a_source_that_is_named_later_comes_around_the_frozen_test_part(
    loop: pytest.MonkeyPatch, sources: tuple[Path, Path]
) -> None:
    loop.setenv("BEADWATCH_LOOP_FROM", str(sources[0]))
    initial_collection(load_settings())
    before = {record.sha256: record.split for record in frozen().records}
    loop.setenv("BEADWATCH_LOOP_FROM", ",".join(map(str, sources)))
    assert initial_collection(load_settings()).done
    after = {record.sha256: record.split for record in frozen().records}
    assert before.items() <= after.items()
    assert len(after) == len(before) + 4
    assert straddling_groups(frozen().records) == {}


@pytest.mark.usefixtures("no_logins")
def test_a_source_that_can_be_fetched_is(loop: pytest.MonkeyPatch, server: StandIn, sources: tuple[Path, Path]) -> None:
    server.has["/files/welds.zip"] = Resource(folder_zipped(sources[0], "welds/data/"))
    shutil.rmtree(sources[0])
    loop.setenv("BEADWATCH_LOOP_FROM", f"{server.url}/files/welds.zip")
    outcome = initial_collection(load_settings())
    assert "welds leaks: 0 groups and 2 copies" in outcome.why
    assert {record.source for record in frozen().records} == {"welds"}
    server.has.clear()
    assert initial_collection(load_settings()).done is False, "what was fetched is not fetched again"


@pytest.mark.parametrize(
    ("given", "error", "says"),
    [
        ("nowhere", SourceError, "nowhere: there is no such folder, and `beadwatch data fetch` knows none"),
        ("", NotReadyError, "BEADWATCH_LOOP_FROM"),
    ],
)
def test_what_is_named_wrongly_is_said(loop: pytest.MonkeyPatch, given: str, error: type[Exception], says: str) -> None:
    loop.setenv("BEADWATCH_LOOP_FROM", given)
    with pytest.raises(error, match=says):
        initial_collection(load_settings())


def test_frames_of_a_fixed_camera_are_grouped_by_the_likeness_of_the_settings(loop: pytest.MonkeyPatch) -> None:
    asked = []
    group = auditing.group_snapshot

    def grouping(*given: Any, **options: Any) -> Any:
        asked.append(options["near"])
        return group(*given, **options)

    loop.setattr(module, "group_snapshot", grouping)
    loop.setenv("BEADWATCH_LOOP_NEAR", "0.9")
    initial_collection(load_settings())
    assert asked == [0.9]


@pytest.mark.slow
@needs_real_welds
def test_real_photos_leak_as_published_and_not_as_split(loop: pytest.MonkeyPatch, tmp_path: Path) -> None:
    published = tmp_path / "weld-quality"
    for part in ("valid", "test"):
        shutil.copytree(DATA / "weld-quality" / part, published / part)
    shutil.copy(DATA / "weld-quality" / "data.yaml", published)
    loop.setenv("BEADWATCH_LOOP_FROM", f"{published},{DATA / 'background'}")
    outcome = initial_collection(load_settings())
    assert outcome.facts["audits"]["weld-quality"]["counts"]["copies_across"] > 0
    assert "weld-quality leaks" in outcome.why
    assert outcome.facts["audits"]["whole set"]["leaks"] is False
    assert outcome.facts["groups"]["count"] < outcome.facts["pictures"]
    assert {record.source for record in frozen().records} == {"weld-quality", "background"}
