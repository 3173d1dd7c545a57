"""On the command line a task's name stands for what the station took over; a withdrawn model has no last word."""

import threading
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from beadwatch.domain.errors import ReleaseError, WithdrawalError
from beadwatch.domain.labels import TIG
from beadwatch.services.answering import open_all_answering, open_answering, withdrawal_of
from beadwatch.services.releases import open_channel
from beadwatch.services.run_reports import model_of
from beadwatch.services.watching import watch
from beadwatch.settings import load_settings
from beadwatch.storage.database import open_database
from beadwatch.storage.run_store import RunStore
from beadwatch.wiring import build_station
from tests.bundles import colour_of
from tests.cli.conftest import Run, beadwatch
from tests.pictures import png
from tests.releases import bundle
from tests.services.test_watching import ORDER, recording

__all__ = ["beadwatch", "recording"]
pytestmark = pytest.mark.usefixtures("models_dir")
FORCED = {"name": "rosa", "reason": "a test"}


@pytest.fixture
def taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Release tig-2, have the station take it over, and return the folder of what it keeps."""
    monkeypatch.setenv("BEADWATCH_RELEASES_URL", str(tmp_path / "channel"))
    settings = load_settings()
    open_channel(settings).publish(bundle(tmp_path / "bundles", "tig-2"), "tig", "rosa", {}, FORCED)
    with closing(build_station(settings)) as station:
        assert station.models.ready["tig"].card.version == "tig-2"
    return settings.data_dir / "releases" / "tig"


def version(name: str = "tig") -> str:
    return open_answering(name, load_settings()).card.version


@pytest.mark.usefixtures("taken")
def test_a_tasks_name_is_the_release_that_was_taken_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert version() == "tig-2"
    assert version("surface") == "surface-1", "of which nothing was released"
    assert version(str(tmp_path / "models" / "tig")) == "tig-1", "a path is a path"
    (tmp_path / "channel").rename(tmp_path / "away")
    assert version() == "tig-2", "without its channel, too"
    monkeypatch.delenv("BEADWATCH_RELEASES_URL")
    assert version() == "tig-1"


@pytest.mark.usefixtures("taken")
def test_stored_pictures_are_inspected_again_with_what_was_taken_over() -> None:
    assert {name: each.card.version for name, each in open_all_answering(load_settings()).items()} == {
        "tig": "tig-2",
        "surface": "surface-1",
    }


def test_a_release_that_is_damaged_is_refused_and_not_passed_over(taken: Path, tmp_path: Path) -> None:
    (graph,) = taken.glob("*/model.onnx")
    graph.write_bytes(b"damaged")
    assert version() == "tig-2", "fetched again"
    graph.write_bytes(b"damaged")
    (tmp_path / "channel").rename(tmp_path / "away")
    with pytest.raises(ReleaseError, match=r"card\.json of tig-2 of tig is missing"):
        version()
    (taken / "taken.json").write_text("{")
    with pytest.raises(ReleaseError, match=r"taken\.json is damaged"):
        version()


@pytest.mark.usefixtures("taken")
def test_inspect_uses_it_and_hands_what_is_withdrawn_to_a_person(beadwatch: Run) -> None:
    Path("a.png").write_bytes(png(colour_of(TIG, "good weld")))
    (line,) = beadwatch("inspect", "a.png", "--model", "tig").lines
    assert (line["model_version"], line["disposition"]) == ("tig-2", "accept")
    beadwatch("models", "withdraw", "tig-2", "--task", "tig", "--why", "misses pores")
    outcome = beadwatch("inspect", "a.png", "--model", "tig")
    (line,) = outcome.lines
    assert (outcome.code, line["disposition"]) == (0, "review")
    assert line["reasons"][0] == "the model tig-2 was withdrawn: misses pores"
    assert "the model tig-2 was withdrawn: misses pores: all it says is for review" in outcome.err


def test_inspect_without_a_station_makes_no_database(beadwatch: Run, tmp_path: Path) -> None:
    Path("a.png").write_bytes(png(colour_of(TIG, "good weld")))
    assert beadwatch("inspect", "a.png", "--model", "tig").code == 0
    assert withdrawal_of(open_answering("tig", load_settings()).card, load_settings()) is None
    assert not (tmp_path / "data").exists()


@pytest.mark.usefixtures("taken", "recording")
def test_watch_uses_it_refuses_what_is_withdrawn_and_its_report_finds_it_again(beadwatch: Run) -> None:
    settings = load_settings()
    watched = watch(ORDER, settings, threading.Event())
    assert watched.run.model_version == "tig-2"
    with closing(RunStore(open_database(settings.database))) as runs:
        (run,) = runs.find()
    model = model_of(run, settings)
    assert model is not None
    assert model.card.version == "tig-2"
    earlier = replace(run, info={**run.info, "model_version": "tig-1"})
    assert (found := model_of(earlier, settings)) is not None
    assert found.card.version == "tig-1"
    assert model_of(replace(run, info={**run.info, "model_version": "tig-0"}), settings) is None
    beadwatch("models", "withdraw", "tig-2", "--task", "tig", "--why", "misses pores")
    with pytest.raises(WithdrawalError, match="tig-2 was withdrawn: misses pores: no line is judged by it"):
        watch(ORDER, settings, threading.Event())
