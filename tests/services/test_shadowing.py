"""A challenger in shadow answers what was inspected since, and nobody who inspects notices anything of it."""

import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from beadwatch.domain.errors import BundleError, StoreError
from beadwatch.domain.labels import SURFACE, TIG
from beadwatch.inference.classifier import Classifier
from beadwatch.lifecycle.shadow import Places
from beadwatch.server.application import create_app
from beadwatch.services.releases import open_channel, open_shadows
from beadwatch.services.shadowing import Shadows
from beadwatch.services.station import Station
from beadwatch.settings import load_settings
from beadwatch.storage.blobs import BlobStore
from beadwatch.storage.database import open_database
from beadwatch.storage.reinspection_store import ReinspectionStore
from beadwatch.storage.shadow_channel import ShadowChannel
from beadwatch.wiring import build_station
from tests.bundles import colour_of, write_bundle
from tests.pictures import png
from tests.releases import bundle, lying_bundle
from tests.stations import HERE
from tests.waiting import until

pytestmark = pytest.mark.usefixtures("models_dir")
FORCED = {"name": "rosa", "reason": "a test"}


@pytest.fixture
def channel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ShadowChannel:
    monkeypatch.setenv("BEADWATCH_RELEASES_URL", str(tmp_path / "channel"))
    return open_shadows(load_settings())


@pytest.fixture
def station(channel: ShadowChannel) -> Iterator[Station]:
    with closing(build_station(load_settings())) as built:
        yield built


@pytest.fixture
def challenger(tmp_path: Path) -> Path:
    return bundle(tmp_path / "bundles", "tig-2")


def shadows(station: Station) -> Shadows:
    assert station.shadows is not None
    return station.shadows


def inspect(station: Station, label: str = "good weld") -> dict[str, Any]:
    """Post a picture as a client would; return the answer without what no two answers have in common."""
    image = ("a.png", png(colour_of(TIG, label)), "image/png")
    client = TestClient(create_app(station), base_url=HERE)
    answer = client.post("/v1/inspections", data={"task": "tig"}, files={"image": image})
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    assert body["model_version"] == "tig-1"
    return {key: value for key, value in body.items() if key not in {"id", "created_at", "latency_ms"}}


def counts(version: str = "tig-2") -> dict[str, int]:
    store = ReinspectionStore(open_database(load_settings().database))
    try:
        return store.count("tig", version)
    finally:
        store.close()


def test_what_is_inspected_since_is_answered_too_and_the_answer_shown_is_the_champions(
    station: Station, channel: ShadowChannel, challenger: Path
) -> None:
    alone = inspect(station)
    channel.begin(challenger, "tig", "rosa", "to see")
    shadows(station).look()
    assert inspect(station) == alone
    inspect(station, "burn through")
    (running,) = shadows(station).running()
    assert (running.release.version, shadows(station).waiting(running)) == ("tig-2", 2)
    shadows(station).look()
    assert (counts()["same"], shadows(station).waiting(running)) == (2, 0), "what was inspected before is left alone"
    with TestClient(create_app(station), base_url=HERE) as client:
        listed = client.get("/v1/inspections").json()["inspections"]
    assert {each["model_version"] for each in listed} == {"tig-1"}
    shadows(station).look()
    assert counts() == {"same": 2, "changed": 0, "failed": 0}, "nothing is answered twice"


def test_the_station_looks_by_itself(
    station: Station, channel: ShadowChannel, challenger: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shadows(station), "_interval_s", 0.05)
    channel.begin(challenger, "tig", "rosa", "to see")
    with TestClient(create_app(station), base_url=HERE):
        until(lambda: shadows(station).running(), 10)
        inspect(station)
        until(lambda: counts()["same"] == 1, 10)


def test_a_challenger_that_is_being_loaded_holds_nobody_up(
    station: Station, channel: ShadowChannel, challenger: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loading, go_on, load = threading.Event(), threading.Event(), shadows(station)._load

    def slowly(path: Path) -> Classifier:
        loading.set()
        assert go_on.wait(30)
        return load(path)

    monkeypatch.setattr(shadows(station), "_load", slowly)
    channel.begin(challenger, "tig", "rosa", "to see")
    look = threading.Thread(target=shadows(station).look)
    look.start()
    try:
        assert loading.wait(10)
        inspect(station)
        assert counts()["same"] == 0
    finally:
        go_on.set()
        look.join(30)
    assert counts()["same"] == 1


def test_what_was_owed_when_the_station_died_is_answered_by_the_next(
    station: Station, channel: ShadowChannel, challenger: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel.begin(challenger, "tig", "rosa", "to see")
    shadows(station).look()
    for _ in range(3):
        inspect(station)
    get, left = BlobStore.get, [1]

    def dying(self: BlobStore, digest: str) -> bytes:
        if not left[0]:
            raise KeyboardInterrupt
        left[0] -= 1
        return get(self, digest)

    with monkeypatch.context() as patch:
        patch.setattr(BlobStore, "get", dying)
        with pytest.raises(KeyboardInterrupt):
            shadows(station).look()
    assert counts()["same"] == 1
    with closing(build_station(load_settings())) as again:
        shadows(again).look()
    assert counts() == {"same": 3, "changed": 0, "failed": 0}


def test_a_challenger_that_fails_is_noted_and_told_of_to_nobody_else(
    station: Station, channel: ShadowChannel, challenger: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel.begin(challenger, "tig", "rosa", "to see")
    shadows(station).look()
    inspect(station)
    (running,) = shadows(station).running()

    def failing(*_: object) -> None:
        raise BundleError("no memory")

    with monkeypatch.context() as patch:
        patch.setattr(running.classifier, "inspect", failing)
        shadows(station).look()
    assert counts() == {"same": 0, "changed": 0, "failed": 1}
    inspect(station)
    shadows(station).look()
    assert counts() == {"same": 1, "changed": 0, "failed": 1}


def test_a_store_that_is_away_is_told_of_and_tried_again(
    station: Station, channel: ShadowChannel, challenger: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel.begin(challenger, "tig", "rosa", "to see")
    shadows(station).look()
    inspect(station)

    def away(*_: object) -> bytes:
        raise StoreError("the bucket is gone")

    (running,) = shadows(station).running()
    with monkeypatch.context() as patch:
        patch.setattr(BlobStore, "get", away)
        patch.setattr(BlobStore, "check", away)
        shadows(station).look()
    assert "the bucket is gone" in str(running.problem)
    shadows(station).look()
    assert (running.problem, counts()["same"]) == (None, 1)


def test_a_bad_bundle_is_told_of_and_another_takes_its_place(
    station: Station, channel: ShadowChannel, challenger: Path, tmp_path: Path
) -> None:
    channel.begin(lying_bundle(tmp_path / "bad"), "tig", "rosa", "to see")
    shadows(station).look()
    (running,) = shadows(station).running()
    assert running.classifier is None
    assert running.problem is not None
    channel.begin(challenger, "tig", "rosa", "a better one")
    shadows(station).look()
    (running,) = shadows(station).running()
    assert (running.release.version, running.problem) == ("tig-2", None)
    assert len(list((tmp_path / "data" / "shadows" / "tig").iterdir())) == 1


def test_it_ends_when_it_is_stopped_or_promoted(
    station: Station, channel: ShadowChannel, challenger: Path, tmp_path: Path
) -> None:
    channel.begin(challenger, "tig", "rosa", "to see")
    shadows(station).look()
    channel.stop("tig", "rosa", "seen enough")
    inspect(station)
    shadows(station).look()
    assert (shadows(station).running(), counts()["same"]) == ([], 0)
    channel.begin(challenger, "tig", "rosa", "once more")
    open_channel(load_settings()).publish(challenger, "tig", "rosa", {}, FORCED)
    shadows(station).look()
    assert shadows(station).running() == []


def test_a_channel_that_is_away_leaves_what_runs(
    station: Station, channel: ShadowChannel, challenger: Path, tmp_path: Path
) -> None:
    channel.begin(challenger, "tig", "rosa", "to see")
    shadows(station).look()
    (tmp_path / "channel").rename(tmp_path / "away")
    (tmp_path / "channel").write_text("out of reach")
    inspect(station)
    shadows(station).look()
    assert (counts()["same"], len(shadows(station).problems())) == (1, 1)
    (tmp_path / "channel").unlink()
    (tmp_path / "away").rename(tmp_path / "channel")
    shadows(station).look()
    assert shadows(station).problems() == []


def test_the_backlog_of_one_task_does_not_hold_up_another(
    station: Station, channel: ShadowChannel, challenger: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = write_bundle(tmp_path / "surface-2", SURFACE, version="surface-2")
    channel.begin(challenger, "tig", "rosa", "to see")
    channel.begin(other, "surface", "rosa", "to see")
    monkeypatch.setattr(shadows(station), "_interval_s", 0.1)
    had_time: list[bool] = []

    def without_an_end(*arguments: Any) -> Places:
        may_go_on = arguments[-1]
        had_time.append(may_go_on())
        until(lambda: not may_go_on(), 10)
        return 0, 0

    monkeypatch.setattr("beadwatch.services.shadowing.answer_waiting", without_an_end)
    shadows(station).look()
    assert had_time == [True, True]


def test_a_station_may_have_none(channel: ShadowChannel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BEADWATCH_SHADOW", "false")
    with closing(build_station(load_settings())) as station:
        assert station.shadows is None
