"""The stream of a line, from a real server: a snapshot, then what changed, and nothing left behind."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import requests
from fastapi import FastAPI

from beadwatch.server.live.lines import MAX_VIEWERS, LiveLines
from beadwatch.server.live.stream import line_events
from tests.line.made import made_frame, made_run, made_status
from tests.server.live.conftest import document, post
from tests.stations import DEADLINE_S, lines_of, live_app, served
from tests.waiting import until

ALIVE = ": alive\n\n"
NEXT_RUN = made_run("r2", started_at=made_run().started_at + 100)


@pytest.fixture
def app() -> FastAPI:
    return live_app()


@pytest.fixture
def station(app: FastAPI) -> Iterator[str]:
    with served(app) as url:
        yield url


class Follower:
    """One browser's connection."""

    def __init__(self, station: str, line: str = "cell-1") -> None:
        self.response = requests.get(f"{station}/v1/line/{line}/stream", stream=True, timeout=DEADLINE_S)
        self._lines = self.response.iter_lines(chunk_size=1, decode_unicode=True)

    def __enter__(self) -> "Follower":
        return self

    def __exit__(self, *_: object) -> None:
        self.response.close()

    def next(self) -> tuple[str, dict[str, Any]]:
        """Return the next event and its data."""
        kind = self.until("event: ")
        view: dict[str, Any] = json.loads(self.until("data: "))
        return kind, view

    def until(self, start: str) -> str:
        """Return what follows `start` in the next line that has it."""
        found: str = next(text.removeprefix(start) for text in self._lines if text.startswith(start))
        return found


def say(station: str, *messages: Any, line: str = "cell-1", **changes: Any) -> None:
    answer = requests.post(f"{station}/v1/line/{line}/live", json=document(*messages, **changes), timeout=DEADLINE_S)
    assert answer.status_code == 204, answer.text


def test_snapshot_first_and_then_what_changed(station: str) -> None:
    say(station, made_frame(1), made_frame(2), made_status(1))
    with Follower(station) as browser:
        assert browser.response.headers["content-type"].startswith("text/event-stream")
        assert browser.response.headers["cache-control"] == "no-store"
        kind, view = browser.next()
        assert (kind, view["run"]["id"], view["state"]) == ("snapshot", made_run().id, "good")
        assert [cell["number"] for cell in view["cells"]] == [1]
        say(station, made_frame(30), made_status(2))
        kind, view = browser.next()
        assert (kind, [cell["number"] for cell in view["cells"]]) == ("update", [30])


def test_line_can_be_followed_before_it_speaks(station: str) -> None:
    with Follower(station) as browser:
        kind, view = browser.next()
        assert (kind, view["run"], view["state"]) == ("snapshot", None, "unknown")
        say(station, made_frame(1), made_status(1))
        kind, view = browser.next()
        assert (kind, view["run"]["id"]) == ("snapshot", made_run().id)


def test_new_run_is_a_new_snapshot(station: str) -> None:
    say(station, made_frame(90))
    with Follower(station) as browser:
        browser.next()
        say(station, made_frame(1, run_id=NEXT_RUN.id), run=NEXT_RUN)
        kind, view = browser.next()
        assert (kind, view["run"]["id"], len(view["cells"])) == ("snapshot", NEXT_RUN.id, 1)


def test_silence_is_told_and_the_heart_beats(station: str) -> None:
    say(station, made_status(1))
    with Follower(station) as browser:
        assert browser.next()[1]["state"] == "good"
        assert browser.until(": ") == "alive"
        _, view = browser.next()
        assert (view["state"], view["stale"]) == ("unknown", True)


def test_other_lines_are_not_mixed_in(station: str) -> None:
    with Follower(station, "cell-2") as browser:
        browser.next()
        say(station, made_frame(1))
        say(station, made_frame(7), line="cell-2")
        kind, view = browser.next()
        assert (kind, view["line"], view["cells"][0]["number"]) == ("snapshot", "cell-2", 7)


def test_many_browsers_see_the_same_and_leave_nothing_behind(app: FastAPI, station: str) -> None:
    say(station, made_frame(1))
    with ExitStack() as stack:
        browsers = [stack.enter_context(Follower(station)) for _ in range(20)]
        for browser in browsers:
            browser.next()
        assert lines_of(app).viewers == 20
        say(station, made_frame(30))
        assert {browser.next()[1]["cells"][0]["number"] for browser in browsers} == {30}
    until(lambda: lines_of(app).viewers == 0, DEADLINE_S)


def test_viewers_are_bounded(app: FastAPI, station: str) -> None:
    lines_of(app).viewers = MAX_VIEWERS
    answer = requests.get(f"{station}/v1/line/cell-1/stream", timeout=DEADLINE_S)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
    lines_of(app).viewers -= 1
    with Follower(station) as browser:
        assert browser.next()[0] == "snapshot"


def test_slow_browser_misses_steps_instead_of_filling_memory() -> None:
    async def slow() -> list[str]:
        lines = LiveLines()
        line = lines.open("cell-1")
        assert line is not None
        events = line_events(lines, "cell-1")
        seen = [await anext(events), await anext(events)]
        for number in range(5000):  # while it does not ask
            line.receive(post(made_frame(number), made_status(number)))
            lines.notify()
        while (told := await anext(events)) == ALIVE:  # where that took longer than a heartbeat
            pass
        seen += [told, await anext(events)]
        line.receive(post(made_frame(6000)))
        lines.notify()
        seen.append(await anext(events))
        await events.aclose()
        assert lines.viewers == 0
        return seen

    retry, snapshot, caught_up, next_one, *_ = asyncio.run(slow())
    assert (retry, "snapshot" in snapshot, "snapshot" in caught_up) == ("retry: 1000\n\n", True, True)
    view = json.loads(caught_up.split("data: ")[1])
    assert view["status"]["sequence"] == 4999
    assert 400 < len(view["cells"]) <= 600
    assert next_one == ALIVE, "nothing was queued"
