"""The page says what the report says, loads nothing, and takes no text of strangers for HTML."""

import re
from html.parser import HTMLParser
from importlib.resources import files

import pytest

from beadwatch.domain.line import EventPhase, LineState
from beadwatch.domain.position import Position
from beadwatch.reports.page import run_page, style
from beadwatch.reports.part_map import _COLOURS
from tests.reports.made import blobs, event_at, frame_at, in_state, jpeg, report_on
from tests.reports.test_part_map import ring

GOOD = in_state(range(100), LineState.GOOD)
NASTY = "<script>alert('x')</script>\"&"


class Checked(HTMLParser):
    """Collects what a browser would load or run, and whether every element is closed."""

    VOID = ("meta", "img", "br")

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.addresses: list[str] = []
        self.ids: list[str] = []
        self.scripts = 0
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.addresses += [str(values[name]) for name in ("src", "href") if name in values]
        self.ids += [str(values["id"])] if "id" in values else []
        self.scripts += tag == "script" or any(name.startswith("on") for name in values)
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass


def checked(page: str) -> Checked:
    found = Checked(page)
    assert found.open == []
    assert found.scripts == 0
    assert all(address.startswith(("data:image/", "#event-")) for address in found.addresses)
    assert {address[1:] for address in found.addresses if address.startswith("#")} <= set(found.ids)
    assert "http" not in page.replace("http-equiv", "")
    return found


def test_a_run_is_told_in_full() -> None:
    kept = blobs(jpeg())
    frames = [*GOOD[:50], *in_state(range(50, 60), LineState.DEFECT), *GOOD[70:]]
    events = [
        event_at(1, 5.0, picture=next(iter(kept)), confidence=0.87),
        event_at(2, 6.0, label="unknown", state=LineState.UNKNOWN, confidence=None, reason="camera lost"),
        event_at(3, 8.0, label="lack of shielding gas", state=LineState.REVIEW),
        event_at(4, 9.0, label="contamination", state=LineState.REVIEW, phase=EventPhase.STARTED),
    ]
    page = run_page(report_on(frames, events, kept, ended_s=10.0))
    checked(page)
    for words in (
        "Defect", "10.0 s", "cell-1", "tig-small 3, task tig", "ISO 6520-1: 510 burn through", "0.87", "less current",
        "condition, likely to cause 610 temper colour", "nobody looked", "camera lost", "50.0 mm along",
        "Size to be measured: length", "broke off before it ended", "mm along the seam", "p99", "10.00 mm/s",
        "frame 59", "received, said the line", "Its card is not at hand", "good weld (lowest)", "2030-03-17 17:46:40",
    ):  # fmt: skip
        assert words in page, words
    assert "SIMULATED" not in page.replace(style(), "")
    assert page.count("data:image/jpeg") == 1


def test_a_simulated_run_carries_its_band() -> None:
    page = run_page(report_on(GOOD, ended_s=10.0, simulated=True)).replace(style(), "")
    assert "SIMULATED" in page
    assert "Nothing here is evidence" in page
    assert "Simulated: good" in page


def test_texts_of_strangers_are_escaped() -> None:
    frames = [frame_at(0, fault=NASTY), *GOOD[1:]]
    event = event_at(1, 5.0, label=NASTY, reason=NASTY) | {"state": NASTY}
    page = run_page(report_on(frames, [event], ended_s=10.0, line=NASTY, source=NASTY, track=NASTY, model=NASTY))
    checked(page)
    assert "<script" not in page


def test_a_run_without_frames_and_one_without_positions_have_pages() -> None:
    assert "No frame was recorded" in run_page(report_on([]))
    page = run_page(report_on([frame_at(number, position=Position()) for number in range(50)]))
    assert "seconds since the start" in page
    assert "ended without closing" in page
    assert "On the part" not in page


def test_a_part_of_many_layers_stays_small() -> None:
    frames = [ring(number, state=LineState.DEFECT if number % 97 < 3 else LineState.GOOD) for number in range(20_000)]
    events = [
        event_at(at, at * 10.0, start=frames[at * 97].position, end=frames[at * 97 + 3].position) for at in range(200)
    ]
    page = run_page(report_on(frames, events, ended_s=2000.0))
    checked(page)
    assert len(page) < 1_000_000
    for words in ("Unrolled", "From above", "From the side", "mm along the layer"):
        assert words in page


def test_a_long_list_of_events_is_cut_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("beadwatch.reports.page._MOST_ROWS", 5)
    page = run_page(report_on(GOOD, [event_at(at, 0.5 * at) for at in range(12)], ended_s=10.0))
    assert "and 7 more; the JSON has them" in page
    assert page.count('id="event-') == 5
    checked(page)


def test_marks_of_events_are_where_they_are() -> None:
    page = run_page(report_on(GOOD, [event_at(1, 2.5)], ended_s=10.0))
    (left,) = re.findall(r'href="#event-1" class="is-defect" style="left:([\d.]+)%"', page)
    assert float(left) == pytest.approx(25.2, abs=0.3)


def test_pictures_and_page_have_the_same_colours() -> None:
    common = files("beadwatch.imaging").joinpath("report_page.css").read_text(encoding="utf-8")
    named = dict(re.findall(r"--([\w-]+):\s*#([0-9a-f]{6});", common.split("@media", maxsplit=1)[0] + style()))
    names = {"good": "accept", "review": "review", "defect": "reject", "unknown": "unknown", "idle": "idle"}
    for state, colour in _COLOURS.items():
        assert named[names[state.value]] == bytes(colour[:3]).hex(), state
