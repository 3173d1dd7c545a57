"""Roboflow's interface, played by a stand-in: the export is waited for, and its key is never seen anywhere."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from beadwatch.datasets.fetch import fetch, parse_source
from beadwatch.datasets.fetch.roboflow import PATIENCE_POLLS, POLL_S, find_on_roboflow
from beadwatch.datasets.fetch.sources import RoboflowSource
from beadwatch.domain.errors import BeadwatchError, FetchError, NetworkError, SettingsError
from tests.datasets.fetch.conftest import FILES, Watched, files_below, watched, zipped
from tests.datasets.fetch.standin import Resource, StandIn
from tests.waiting import free_port

PATH = "/w/p/9/yolov8"
KEY = "rf_secret"


def using(server: StandIn, **changes: Any) -> Watched:
    return watched(**({"roboflow_key": KEY, "roboflow_url": f"{server.url}/"} | changes))


@pytest.fixture
def export(server: StandIn) -> Resource:
    server.has["/ds/abc"] = Resource(location=f"{server.url}/storage/x.zip?signature=secret_too")
    server.has["/storage/x.zip"] = Resource(zipped())
    server.has_json(PATH, {"export": {"format": "yolov8", "link": f"{server.url}/ds/abc?key=secret_three"}})
    return server.has["/storage/x.zip"]


@pytest.fixture(autouse=True)
def nothing_leaks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> Iterator[None]:
    """No key stands in a file, an output or a log, whatever a test does."""
    caplog.set_level("INFO")
    yield
    out = capsys.readouterr()
    assert "secret" not in out.out + out.err + caplog.text
    for path in tmp_path.rglob("*"):
        assert "secret" not in path.name
        assert path.is_dir() or b"secret" not in path.read_bytes()


def test_export_is_fetched(server: StandIn, export: Resource, tmp_path: Path) -> None:
    fetched = fetch(parse_source("roboflow:w/p/9"), tmp_path / "welds", using(server).options)
    assert files_below(tmp_path / "welds") == FILES
    assert (fetched.record.source, fetched.record.version) == ("roboflow:w/p/9", "9")
    assert server.asked[0].path == PATH
    assert server.asked[0].query == f"api_key={KEY}&nocache=true"
    assert KEY not in "".join(f"{asked.query}{asked.headers}" for asked in server.asked[1:])


def test_another_format(server: StandIn, export: Resource, tmp_path: Path) -> None:
    server.has["/w/p/9/multiclass"] = server.has.pop(PATH)
    fetch(parse_source("roboflow:w/p/9/multiclass"), tmp_path / "welds", using(server).options)
    assert files_below(tmp_path / "welds") == FILES


def test_export_that_is_being_made_is_waited_for(server: StandIn, export: Resource, tmp_path: Path) -> None:
    done = {"export": {"link": f"{server.url}/storage/x.zip"}}
    server.has_json(PATH, {"progress": None}, {"progress": 0.5}, done)
    watch = using(server)
    fetch(parse_source("roboflow:w/p/9"), tmp_path / "welds", watch.options)
    assert len(watch.slept) == 2
    assert watch.said == ["Roboflow is making the export; this can take minutes"]


def test_export_that_is_never_done(server: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    assert PATIENCE_POLLS * POLL_S == 1800
    monkeypatch.setattr("beadwatch.datasets.fetch.roboflow.PATIENCE_POLLS", 5)
    server.has_json(PATH, {"progress": 0.1})
    watch = using(server)
    with pytest.raises(NetworkError, match="still making the export; run the command again later"):
        find_on_roboflow(RoboflowSource("w", "p", 9), watch.options)
    assert len(server.asked) == 5
    assert watch.slept == [POLL_S] * 5


def test_broken_download_goes_on_with_a_fresh_link(server: StandIn, export: Resource, tmp_path: Path) -> None:
    export.cuts = [10_000, 0, 0, 0, 0, 0]
    with pytest.raises(NetworkError, match="run the same command again"):
        fetch(parse_source("roboflow:w/p/9"), tmp_path / "welds", using(server).options)
    server.has_json(PATH, {"export": {"link": f"{server.url}/storage/x.zip?signature=secret_new"}})
    server.asked.clear()
    fetch(parse_source("roboflow:w/p/9"), tmp_path / "welds", using(server).options)
    assert files_below(tmp_path / "welds") == FILES
    assert server.ranges == [None, "bytes=10000-"]


@pytest.mark.parametrize("key", [None, "", " "])
def test_missing_key_is_named(server: StandIn, key: str | None) -> None:
    with pytest.raises(SettingsError, match=r"set ROBOFLOW_API_KEY; a key stands at https://app\.roboflow\.com"):
        find_on_roboflow(RoboflowSource("w", "p", 9), using(server, roboflow_key=key).options)
    assert server.asked == []


def test_key_is_not_sent_in_the_clear(server: StandIn) -> None:
    with pytest.raises(SettingsError, match="it must be https"):
        find_on_roboflow(RoboflowSource("w", "p", 9), using(server, roboflow_url="http://far.example").options)


@pytest.mark.parametrize(
    ("status", "says"),
    [
        (401, "Is ROBOFLOW_API_KEY right"),
        (403, "may it see this project"),
        (404, r"roboflow:w/p/9: there is no such set \(HTTP 404\)"),
        (400, "is yolov8 one of the formats"),
        (500, r"cannot answer now \(HTTP 500\)"),
        (429, "try again later"),
    ],
)
def test_refusal(server: StandIn, export: Resource, status: int, says: str) -> None:
    server.has[PATH].statuses = [status]
    with pytest.raises(FetchError, match=says) as raised:
        find_on_roboflow(RoboflowSource("w", "p", 9), using(server).options)
    assert "secret" not in str(raised.value)


def test_refused_link_is_no_question_of_netrc(server: StandIn, export: Resource, tmp_path: Path) -> None:
    export.statuses = [403]
    with pytest.raises(FetchError, match="The link may have expired; try again"):
        fetch(parse_source("roboflow:w/p/9"), tmp_path / "welds", using(server).options)


@pytest.mark.parametrize(
    "answer",
    [{}, {"export": None}, {"export": {}}, {"export": {"link": 1}}, {"export": {"link": "file:///etc"}}, [], "no"],
)
def test_odd_answer(server: StandIn, answer: object) -> None:
    server.has_json(PATH, answer)
    with pytest.raises(FetchError, match="Roboflow gave an answer"):
        find_on_roboflow(RoboflowSource("w", "p", 9), using(server).options)


def test_answer_that_is_no_json(server: StandIn) -> None:
    server.has[PATH] = Resource(b"<html>")
    with pytest.raises(FetchError, match="not understood"):
        find_on_roboflow(RoboflowSource("w", "p", 9), using(server).options)


def test_nobody_there() -> None:
    gone = StandIn(f"http://127.0.0.1:{free_port()}")
    with pytest.raises(BeadwatchError, match="is there a network") as raised:
        find_on_roboflow(RoboflowSource("w", "p", 9), using(gone).options)
    assert "secret" not in str(raised.value)
    assert raised.value.__suppress_context__
