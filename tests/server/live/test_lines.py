"""The lines that the station knows: no more than it can hold."""

from beadwatch.server.live.lines import FORGET_AFTER_S, MAX_LINES, LiveLines
from tests.line.made import made_status
from tests.server.live.conftest import Clock, post


def full(clock: Clock) -> LiveLines:
    lines = LiveLines(clock)
    for number in range(MAX_LINES):
        opened = lines.open(f"line-{number:02d}")
        assert opened is not None
        opened.receive(post(made_status(1)))
        clock.now_s += 0.01
    return lines


def test_no_more_lines_than_there_is_room_for(clock: Clock) -> None:
    lines = full(clock)
    assert lines.open("one-more") is None
    assert lines.open("line-03") is lines.get("line-03")
    assert len(lines.all()) == MAX_LINES


def test_the_longest_silent_line_makes_room(clock: Clock) -> None:
    lines = full(clock)
    clock.now_s += FORGET_AFTER_S
    assert lines.open("one-more") is not None
    assert lines.get("line-00") is None
    assert lines.get("line-01") is not None
    assert len(lines.all()) == MAX_LINES


def test_reading_opens_nothing(clock: Clock) -> None:
    lines = LiveLines(clock)
    assert lines.get("cell-1") is None
    assert lines.all() == []
