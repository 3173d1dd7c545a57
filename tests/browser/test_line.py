"""The live view of a line as a person at the machine sees it: fed by the real sink, shown by a real browser."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from beadwatch.domain.line import EventPhase, LineState
from beadwatch.line.sinks.station import StationSink
from tests.line.made import made_event, made_frame, made_run, made_status, scores_of
from tests.pictures import pool
from tests.stations import live_app, served

pytestmark = [pytest.mark.browser, pytest.mark.slow]

Open = Callable[..., Page]
NOT_BLANK = """canvas => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    const seen = new Set();
    for (let at = 0; at < data.length; at += 4) seen.add(data.slice(at, at + 4).join());
    return seen.size;
}"""
CONTRAST = """element => {
    const light = text => {
        const parts = text.match(/[0-9.]+/g).slice(0, 3).map(Number).map(c => c / 255);
        const [r, g, b] = parts.map(c => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const style = getComputedStyle(element);
    const grounds = [...(style.backgroundImage.match(/rgb[^)]*\\)/g) ?? []), style.backgroundColor];
    const seen = style.backgroundImage === "none" ? [style.backgroundColor] : grounds.slice(0, -1);
    return Math.min(...seen.map(ground => {
        const [low, high] = [light(style.color), light(ground)].sort((a, b) => a - b);
        return (high + 0.05) / (low + 0.05);
    }));
}"""


@pytest.fixture
def station() -> Iterator[str]:
    """Return a station without models: the live view needs none."""
    with served(live_app()) as url:
        yield url


@pytest.fixture
def line(station: str) -> Iterator[StationSink]:
    sink = StationSink(station)
    sink.open(made_run())
    yield sink
    sink.close()


@pytest.fixture
def look(browser: Browser, station: str) -> Iterator[Open]:
    """Return a function that opens a page of the station; any error in its console fails the test."""
    errors: list[str] = []
    contexts = []

    def opened(path: str = "/line", width: int = 1180, height: int = 820, **options: Any) -> Page:
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.goto(station + path)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert not errors, errors


def weld(line: StationSink, frames: int = 250) -> None:
    """Let the line make a weld with a fault in its middle, and leave it unsure."""
    for number in range(frames):
        bad = frames // 3 < number < frames // 2
        label, state = ("lack of fusion", LineState.DEFECT) if bad else ("good weld", LineState.GOOD)
        line.offer_picture(number, pool(width=320, height=180))
        line.send(made_frame(number, state, label=label, scores=scores_of(label)))
    line.send(made_event(1, frames // 3, frames // 2, label="lack of fusion", phase=EventPhase.ENDED))
    line.send(made_event(2, frames - 10, frames, label="contamination", state=LineState.REVIEW))


def test_empty_page_says_what_to_do(look: Open, station: str, line: StationSink) -> None:
    page = look()
    expect(page.locator("#none-title")).to_have_text("No line is watched")
    expect(page.locator("#command")).to_have_text(f"beadwatch watch sim://tig --station {station}")
    expect(page.locator("#live")).to_be_hidden()
    line.send(made_status(1, LineState.IDLE))
    expect(page.locator("#live")).to_be_visible()
    expect(page.locator("#title")).to_have_text("cell-1")


def test_state_follows_the_line_and_silence_is_unknown(look: Open, line: StationSink) -> None:
    line.send(made_status(1, LineState.IDLE))
    page = look("/line/cell-1")
    word = page.locator("#word")
    for sequence, state in enumerate(LineState, 2):
        line.send(made_status(sequence, state, labels=(), reason=f"because {sequence}", stop=state is LineState.DEFECT))
        expect(word).to_have_text(state.value)
        expect(page.locator("#reason")).to_have_text(f"because {sequence}", timeout=1400)
        expect(page.locator("#state")).to_have_attribute("data-state", state.value)
        assert page.locator("#shape use").get_attribute("href") == f"#{state.value}"
        expect(page.locator("#stop")).to_be_visible(visible=state is LineState.DEFECT)
        assert page.locator("#state").evaluate(CONTRAST) >= 4.5, "AAA for large type"
    line.send(made_status(20, LineState.GOOD))
    expect(word).to_have_text("good")
    expect(word).to_have_text("unknown", timeout=4000)
    expect(page.locator("#reason")).to_contain_text("no word from the line for")


def test_station_that_is_gone_is_unknown_too(look: Open) -> None:
    with served(live_app()) as url:
        sink = StationSink(url)
        sink.open(made_run())
        sink.send(made_status(1))
        page = look()
        page.goto(f"{url}/line/cell-1")
        sink.send(made_status(2, since=time.time()))
        expect(page.locator("#word")).to_have_text("good")
        page.evaluate("window.stop()")  # ends the stream, and asks for no other
        expect(page.locator("#word")).to_have_text("unknown", timeout=4000)
        sink.close()
        page.goto("about:blank")


def test_simulated_run_can_be_taken_for_nothing_else(look: Open, station: str) -> None:
    sink = StationSink(station)
    sink.open(made_run(simulated=True, source="sim://tig"))
    weld(sink, 50)
    page = look()
    for band in ("#simulated", "#picture-simulated"):
        expect(page.locator(band)).to_be_visible()
        expect(page.locator(band)).to_contain_text("SIMULATED")
    sink.close()


def test_a_weld_is_shown_whole(look: Open, line: StationSink) -> None:
    weld(line)
    page = look()
    expect(page.locator("#simulated")).to_be_hidden()
    items = page.locator("#events li")
    expect(items).to_have_count(2)
    expect(items.first).to_contain_text("contamination 93 % · still going")
    expect(items.last).to_contain_text("10.0 to 15.0 mm · 5.0 mm long")
    expect(items.last).to_contain_text("more heat, slower, clean")
    expect(page.locator("#picture")).to_have_js_property("naturalWidth", 320)
    expect(page.locator("#overlay")).to_contain_text("frame")
    expect(page.locator("#figures")).to_contain_text("12 ms")
    page.wait_for_function("document.getElementById('strip').getAttribute('aria-label').includes('mm along the seam')")
    assert page.locator("#strip").evaluate(NOT_BLANK) >= 4


@pytest.mark.parametrize(("width", "height"), [(390, 844), (1180, 820), (1600, 1000)])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_overflows_and_targets_are_large(
    look: Open, line: StationSink, width: int, height: int, scheme: str
) -> None:
    weld(line, 60)
    page = look("/line/cell-1", width, height, color_scheme=scheme, reduced_motion="reduce")
    expect(page.locator("#events li")).to_have_count(2)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    for target in page.locator("a:visible, button:visible").all():
        place = target.bounding_box()
        assert place is not None
        assert place["height"] >= 48


def test_several_lines_are_listed_and_reached_by_keyboard(look: Open, station: str) -> None:
    for name in ("cell-1", "cell-2"):
        sink = StationSink(station)
        sink.open(made_run(line=name))
        sink.send(made_status(1))
        sink.close()
    page = look()
    expect(page.locator("#lines a")).to_have_count(2)
    page.locator("#lines a").last.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#title")).to_have_text("cell-2")
    expect(page.locator("#all")).to_be_visible()
    assert all(image.get_attribute("alt") is not None for image in page.locator("img").all())
