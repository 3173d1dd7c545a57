"""The sink of the live view against a real station: what arrives, how often, and what an absent station costs."""

import contextlib
import io
import socket
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import requests
from fastapi import FastAPI
from PIL import Image

from beadwatch.domain.errors import SinkError
from beadwatch.domain.line import LineState
from beadwatch.line import trouble
from beadwatch.line.sinks import station as module
from beadwatch.line.sinks.port import Sink
from beadwatch.line.sinks.station import StationSink, jpeg
from beadwatch.server.live.line import LiveLine
from beadwatch.server.reach import Reach
from tests.line.made import made_event, made_frame, made_run, made_status
from tests.pictures import pool
from tests.stations import TOKEN, lines_of, live_app, served
from tests.waiting import free_port


@pytest.fixture
def app() -> FastAPI:
    return live_app()


@pytest.fixture
def station(app: FastAPI) -> Iterator[str]:
    with served(app) as url:
        yield url


@pytest.fixture
def sink(station: str) -> Iterator[StationSink]:
    opened = StationSink(station)
    opened.open(made_run())
    yield opened
    opened.close()


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the sink's clock: one number that the test turns."""
    told = [1000.0]
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: told[0]))
    return told


@pytest.fixture
def posts(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Return method and path of every request that the sink sends; they are sent all the same."""
    sent: list[tuple[str, str]] = []
    send = requests.Session.request

    def noted(self: requests.Session, method: str, url: str, **content: Any) -> requests.Response:
        sent.append((method, url.rpartition("/")[2]))
        return send(self, method, url, **content)

    monkeypatch.setattr(requests.Session, "request", noted)
    return sent


def line_in(app: FastAPI) -> LiveLine:
    line = lines_of(app).get("cell-1")
    assert line is not None
    return line


@pytest.mark.parametrize("login", ["", "proxy:password@"])
def test_station_that_asks_for_a_token_gets_it(login: str) -> None:
    app = live_app(reach=Reach(asks_token=True))
    with served(app) as url:
        opened = StationSink(url.replace("//", f"//{login}"), token=TOKEN)
        opened.open(made_run())
        opened.send(made_status())
        opened.close()
    assert line_in(app).run is not None


@pytest.mark.parametrize("token", [None, "old"])
def test_station_that_knows_no_such_token_says_where_one_comes_from(token: str | None) -> None:
    with served(live_app(reach=Reach(asks_token=True))) as url:
        opened = StationSink(url, token=token)
        opened.open(made_run())
        with pytest.raises(SinkError, match=r"401.*BEADWATCH_STATION_TOKEN") as raised:
            opened.send(made_status())
        opened.close()
    assert "old" not in str(raised.value)


def test_it_is_a_sink() -> None:
    sink: Sink = StationSink("http://127.0.0.1:8000")
    assert sink.wants_frames


def test_frames_statuses_and_events_arrive(app: FastAPI, sink: StationSink, now: list[float]) -> None:
    sink.send(made_frame(1))
    sink.send(made_status(1, LineState.REVIEW))
    now[0] += 0.2
    sink.send(made_frame(5))
    sink.send(made_event(1))
    view = line_in(app).view()
    assert (view["run"]["id"], view["state"], view["stale"]) == (made_run().id, "review", False)
    assert [cell["number"] for cell in view["cells"]] == [1, 5]
    assert [told["id"] for told in view["events"]] == [made_event(1).id]


def test_what_a_broken_model_says_does_not_silence_the_line(app: FastAPI, sink: StationSink, now: list[float]) -> None:
    sink.send(made_frame(1, LineState.UNKNOWN, fault="the model failed: " + 1000 * "x", distance=float("nan")))
    now[0] += 1
    sink.send(made_status(1, LineState.UNKNOWN, reason=1000 * "x"))
    (line,) = lines_of(app).all()
    assert line.state()["reason"] == 499 * "x" + "…"


def test_frames_are_gathered_and_none_is_lost(
    app: FastAPI, sink: StationSink, now: list[float], posts: list[tuple[str, str]]
) -> None:
    for number in range(101):
        now[0] = 1000 + 0.01 * number  # a second of a hundred frames
        sink.send(made_frame(number))
    assert len(posts) in {10, 11}
    now[0] += 1
    sink.send(made_frame(101))
    assert len(line_in(app)._pace._frames) == 102


def test_change_of_state_and_events_go_at_once(
    app: FastAPI, sink: StationSink, now: list[float], posts: list[tuple[str, str]]
) -> None:
    sink.send(made_status(1))
    sink.send(made_status(2))
    assert len(posts) == 1, "a heartbeat waits"
    sink.send(made_status(3, LineState.DEFECT, stop=True))
    assert line_in(app).view()["state"] == "defect"
    sink.send(made_event(1))
    assert len(line_in(app).view()["events"]) == 1


def test_picture_goes_with_the_result_of_its_own_frame(app: FastAPI, sink: StationSink, now: list[float]) -> None:
    for number, level in ((1, 10), (2, 120), (3, 200)):
        sink.offer_picture(number, pool(level))
    sink.send(made_frame(2, LineState.DEFECT))
    shown = line_in(app).picture
    assert shown is not None
    assert shown.frame is not None
    assert (shown.number, shown.frame.state) == (2, LineState.DEFECT)
    assert int(np.asarray(Image.open(io.BytesIO(shown.jpeg)))[0, 0, 0]) == pytest.approx(120, abs=3)


def test_picture_is_sent_once_and_encoded_only_then(station: str, now: list[float]) -> None:
    encoded: list[int] = []

    def encode(pixels: Any) -> bytes:
        encoded.append(int(pixels[0, 0, 0]))
        return jpeg(pixels)

    sink = StationSink(station, encode)
    sink.open(made_run())
    for number in range(1, 31):
        sink.offer_picture(number, pool(number, 64, 48))
        sink.send(made_frame(number))
        now[0] += 0.01
    sink.send(made_frame(31))
    sink.close()
    assert encoded[0] == 1
    assert 2 <= len(encoded) <= 4


def test_picture_is_small() -> None:
    small = Image.open(io.BytesIO(jpeg(pool(width=1280, height=700))))
    assert (small.format, small.size, small.mode) == ("JPEG", (640, 350), "RGB")
    assert Image.open(io.BytesIO(jpeg(pool(width=320, height=240)))).size == (320, 240)


def test_absent_station_costs_one_try_a_second(now: list[float], posts: list[tuple[str, str]]) -> None:
    sink = StationSink(f"http://127.0.0.1:{free_port()}")
    sink.open(made_run())
    failures = 0
    for number in range(300):
        now[0] = 1000 + 0.01 * number
        sink.offer_picture(number, pool(width=64, height=48))
        try:
            sink.send(made_frame(number))
        except SinkError:
            failures += 1
    assert (failures, len(posts)) == (3, 3)
    sink.close()


def test_absent_station_is_said_once(
    now: list[float], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trouble, "_PATIENCE_S", 0.0)
    sink = StationSink("http://127.0.0.1:1")
    sink.open(made_run())
    for number in range(5):
        now[0] += 0.6  # every second send is a try
        with contextlib.suppress(SinkError):
            sink.send(made_frame(number))
    sink.close()
    (record,) = caplog.records
    assert record.message.startswith("the station at http://127.0.0.1:1 does not answer")


def test_event_to_an_absent_station_is_an_error_each_time() -> None:
    sink = StationSink(f"http://127.0.0.1:{free_port()}")
    sink.open(made_run())
    for _ in range(2):
        with pytest.raises(SinkError, match="does not answer"):
            sink.send(made_event(1))
    sink.close()


def test_station_that_comes_late_gets_the_last_frames(app: FastAPI, now: list[float]) -> None:
    port = free_port()
    sink = StationSink(f"http://127.0.0.1:{port}")
    sink.open(made_run())
    with pytest.raises(SinkError):
        sink.send(made_frame(0))
    for number in range(1, 1000):
        now[0] += 0.0005
        sink.send(made_frame(number))
    now[0] += 1
    with served(app, port):
        sink.send(made_frame(1000))
        numbers = [kept.number for kept in line_in(app)._pace._frames]
        assert numbers[-1] == 1000
        assert len(line_in(app).view()["cells"]) > 50
        sink.close()


def test_station_that_stalls_does_not_hold_the_sink_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_TIMEOUTS_S", (0.2, 0.2))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        sink = StationSink(f"http://127.0.0.1:{silent.getsockname()[1]}")
        sink.open(made_run())
        started = time.monotonic()
        with pytest.raises(SinkError, match=r"does not answer \(ReadTimeout\)"):
            sink.send(made_status(1))
        assert time.monotonic() - started < 5
        sink.close()


def test_refusal_says_why_and_poisons_nothing(app: FastAPI, sink: StationSink, now: list[float]) -> None:
    with pytest.raises(SinkError, match=r"answered 422: frames\.0\.delay_ms"):
        sink.send(made_frame(1, delay_ms=-1.0))
    now[0] += 2
    sink.send(made_frame(2))
    assert [cell["number"] for cell in line_in(app).view()["cells"]] == [2]


def test_what_is_no_station_is_asked_after(app: FastAPI) -> None:
    with served(app) as url:
        sink = StationSink(f"{url}/elsewhere")
        sink.open(made_run())
        with pytest.raises(SinkError, match="answered 404"):
            sink.send(made_status(1))
        sink.close()


@pytest.mark.parametrize(
    "url",
    ["", "station", "ftp://station", "http://", "http://h:port", "http://h/?a=1", "http://h/#a", "http://[::1"],
)
def test_address_that_is_none_is_an_error_without_the_password(url: str) -> None:
    with pytest.raises(SinkError, match="no http:// or https:// one"):
        StationSink(url)
    with pytest.raises(SinkError) as caught:
        StationSink(f"{url}user:secret@")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("http://127.0.0.1:8000/", "station+http://127.0.0.1:8000"),
        ("https://user:s%40cret@station.example/weld/", "station+https://station.example/weld"),
        ("http://[::1]:8000", "station+http://[::1]:8000"),
    ],
)
def test_name_has_no_password(url: str, name: str) -> None:
    assert StationSink(url).name == name


def test_password_goes_to_the_station_and_into_no_message(monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port()
    sink = StationSink(f"http://user:s%40cret@127.0.0.1:{port}")
    sink.open(made_run())
    assert sink._session is not None
    assert sink._session.auth == ("user", "s@cret")
    with pytest.raises(SinkError) as caught:
        sink.send(made_event(1))
    assert "cret" not in str(caught.value)
    sink.close()


def test_next_run_starts_anew_and_close_may_be_called_twice(app: FastAPI, sink: StationSink, now: list[float]) -> None:
    sink.send(made_frame(90))
    later = made_run("later", started_at=made_run().started_at + 10)
    sink.close()
    sink.close()
    sink.open(later)
    sink.send(made_frame(1, run_id="later"))
    assert [cell["number"] for cell in line_in(app).view()["cells"]] == [1]


def test_close_sends_what_waits(app: FastAPI, sink: StationSink, now: list[float]) -> None:
    sink.send(made_frame(1))
    sink.send(made_frame(5))
    sink.close()
    assert [cell["number"] for cell in line_in(app).view()["cells"]] == [1, 5]


def test_not_opened_is_an_error() -> None:
    with pytest.raises(SinkError, match="not open"):
        StationSink("http://127.0.0.1:8000").send(made_event(1))
