"""The loop's dashboard in a browser: charts that say and show what was stored, to those who may see it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from beadwatch.domain.accounts import Role
from beadwatch.domain.agreement import share_of
from beadwatch.lifecycle.drift.limits import DriftLimits
from beadwatch.server.application import create_app
from beadwatch.services.station import Station
from beadwatch.settings import load_settings
from beadwatch.wiring import build_station
from tests.browser.loop_history import (
    AGREEMENT,
    BY_HAND,
    CHECKS,
    DRIFT,
    MOVES,
    NO_DRIFT,
    SNAPSHOTS,
    VERDICTS,
    Figure,
    classes_of,
    seed,
)  # fmt: skip
from tests.browser.test_phone_accessible import AXE, serious
from tests.browser.test_review import REMEMBER
from tests.server.feedback_made import token_for
from tests.stations import served, with_web_app

pytestmark = [pytest.mark.browser, pytest.mark.slow]
DESK, PHONE = (1280, 800), (390, 844)
CLOSE_PX, MINUS = 1.5, "\N{MINUS SIGN}"
LIMIT = DriftLimits().min_auc
BOX = """shape => {
    const box = shape.getBBox(), place = shape.getScreenCTM();
    return { x: place.e + box.x, y: place.f + box.y, width: box.width, height: box.height };
}"""
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
ALL_VERDICTS = [*VERDICTS, BY_HAND]
Open = Callable[..., Page]


@pytest.fixture
def station(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Station]:
    monkeypatch.setenv("BEADWATCH_RELEASES_URL", str(tmp_path / "channel"))
    with closing(build_station(load_settings())) as built:
        yield built


@pytest.fixture
def look(browser: Browser, station: Station) -> Iterator[Open]:
    """Return a function that opens the dashboard as somebody of a role."""
    errors: list[str] = []
    contexts = []
    with served(with_web_app(create_app(station))) as url:

        def opened(role: Role = Role.ENGINEER, size: tuple[int, int] = DESK) -> Page:
            context = browser.new_context(viewport={"width": size[0], "height": size[1]}, service_workers="block")
            contexts.append(context)
            page = context.new_page()
            page.on("pageerror", lambda error: errors.append(str(error)))
            page.goto(f"{url}/app/#/station")
            page.get_by_role("heading", name="Pair this device").wait_for()
            token = token_for(station, f"emma-{role}", role)
            pairing = {"token": token, "device_id": "", "account": "emma", "role": role.value, "team": "north"}
            page.evaluate(REMEMBER, pairing)
            page.goto(f"{url}/app/#/loop")
            page.reload()
            page.get_by_role("heading", name="By person").wait_for()
            return page

        yield opened
        for context in contexts:
            context.close()
    assert not errors, errors


def panel(page: Page, title: str) -> Locator:
    """Return the part of the page with that heading."""
    return page.locator("section.panel").filter(has=page.get_by_role("heading", name=title, exact=True))


def rows(page: Page, table: str) -> list[list[str]]:
    """Open a chart's table and return its cells without the dates in front, the newest row first."""
    page.get_by_text(f"{table} as a table").click()
    return [
        [cell.strip() for cell in row.get_by_role("cell").all_inner_texts()]
        for row in page.get_by_role("table", name=table, exact=True).get_by_role("row").all()[1:]
    ]


def scale_of(chart: Locator) -> tuple[float, float]:
    """Return the value at the top of the screen, and what a pixel downwards adds, by the chart's own scale."""
    first, *_, last = chart.locator(".tick text").all()
    low, high = (float((text.text_content() or "").replace(MINUS, "-")) for text in (first, last))
    per_px = (high - low) / (_middle(last) - _middle(first))
    return low - per_px * _middle(first), per_px


def box_of(drawn: Locator) -> dict[str, float]:
    """Return where a shape is on the screen, without its stroke."""
    box: dict[str, float] = drawn.evaluate(BOX)
    return box


def shows(chart: Locator, marks: str, values: Sequence[float], edge: float = 0.5) -> None:
    """Check at which value each mark stands, from left to right: its middle, or its upper (0) or lower (1) edge."""
    zero, per_px = scale_of(chart)
    boxes = sorted((box_of(mark) for mark in chart.locator(marks).all()), key=lambda box: box["x"])
    found = [zero + per_px * (box["y"] + edge * box["height"]) for box in boxes]
    assert found == pytest.approx(list(values), abs=abs(CLOSE_PX * per_px))


def shows_figures(chart: Locator, figures: Sequence[Figure]) -> None:
    """Check marks, and both ends of their whiskers."""
    values, lows, highs = zip(*figures, strict=True)
    shows(chart, ".mark > path", values)
    shows(chart, ".whisker", highs, 0)
    shows(chart, ".whisker", lows, 1)


def _middle(element: Locator) -> float:
    box = element.bounding_box()
    assert box is not None
    return box["y"] + box["height"] / 2


def kinds_of(chart: Locator) -> list[str]:
    """Return what the marks of a chart say by shape, as they were drawn."""
    return [(mark.get_attribute("class") or "").removeprefix("mark ") for mark in chart.locator(".mark").all()]


def signed(figure: Figure) -> str:
    """Return a difference as the page has it."""
    value, low, high = (f"{each:+.3f}".replace("-", MINUS) for each in figure)
    return f"{value} ({low} to {high})"


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_charts_show_what_was_stored(station: Station, look: Open, tmp_path: Path, size: tuple[int, int]) -> None:
    seed(station, tmp_path / "bundles")
    page = look(size=size)
    for name in ("contamination", "lack of fusion"):
        figures = [check.auc[name] for check in CHECKS if check.auc]
        chart = page.get_by_role("img", name=f"AUC of {name}: {figures[-1][0]:.2f}")
        shows_figures(chart, figures)
        shows(chart, "line.limit", [LIMIT])
        assert kinds_of(chart) == ["bad" if high < LIMIT else "good" for _, _, high in figures]
    for title, figures in (
        ("Frozen test part", [each.frozen for each in ALL_VERDICTS]),
        ("New data", [each.fresh for each in ALL_VERDICTS]),
    ):
        chart = page.get_by_role("img", name=f"{title}: 4 verdicts")
        shows_figures(chart, figures)
        assert kinds_of(chart) == ["good" if each.passes else "bad" for each in ALL_VERDICTS]
        assert chart.locator(".mark.bad .ring").count() == chart.locator(".ring").count() == 1
    grown = page.get_by_role("img", name="The set grew from 820 pictures")
    shows(grown, ".dot", [pictures for _, pictures, _ in SNAPSHOTS])
    checks = page.get_by_role("img", name="6 checks, 2 of them found drift; the last one")
    assert kinds_of(checks) == [{NO_DRIFT: "good", DRIFT: "bad"}.get(each.verdict, "unsure") for each in CHECKS]
    marks = checks.locator(".mark").all()
    assert [_title(mark).split(": ")[1] for mark in marks] == [each.verdict.value for each in CHECKS]
    assert len({mark.locator("path").get_attribute("d") for mark in marks}) == 3, "three shapes, not colour alone"
    assert page.locator("main").evaluate("main => main.scrollWidth <= main.clientWidth"), "wider than the screen"


def test_tables_have_the_figures_of_the_charts(station: Station, look: Open, tmp_path: Path) -> None:
    seed(station, tmp_path / "bundles")
    page = look()
    checks = rows(page, "Checks for drift")
    names = sorted(CHECKS[0].auc)
    for check, cells in zip(reversed(CHECKS), checks, strict=True):
        told = [
            f"{check.auc[name][0]:.2f} ({check.auc[name][1]:.2f} to {check.auc[name][2]:.2f})" if check.auc else ""
            for name in names
        ]
        assert cells == [check.verdict.value, str(check.pictures), "tig-1", *told]
    verdicts = rows(page, "Verdicts of the gate")
    released = f"held, released by rosa: {MOVES[2].why}"
    for judged, cells in zip(reversed(ALL_VERDICTS), verdicts, strict=True):
        says = "passed" if judged.passes else released
        assert cells == [judged.challenger, judged.champion, says, signed(judged.frozen), signed(judged.fresh)]
    for (_, pictures, new), cells in zip(reversed(SNAPSHOTS), rows(page, "Pictures in the set"), strict=True):
        counts = classes_of(pictures)
        assert cells[:-1] == [str(pictures), f"+{new}", *(str(counts[name]) for name in sorted(counts))]

    for scheme in SCHEMES if AXE.is_file() else ():
        page.emulate_media(color_scheme=scheme)
        assert serious(page) == []


def test_champions_are_those_of_the_channel_whoever_moved_them(station: Station, look: Open, tmp_path: Path) -> None:
    seed(station, tmp_path / "bundles")
    page = look()
    champions = panel(page, "Champions over time")
    expect(page.get_by_role("img", name="5 versions by 7 moves, 2 of them back;")).to_be_visible()
    champions.get_by_text("2 earlier").click()
    against, back = "released against the gate", "rolled back to"
    whats = [against, "released", against, back, back, "released", "released"]
    told = [
        f"{move.version} {what} by {move.by}: {move.why or 'the gate let it pass'}"
        for move, what in zip(MOVES, whats, strict=True)
    ]
    for line, expected in zip(champions.locator("summary:has(b)").all(), reversed(told), strict=True):
        expect(line).to_contain_text(expected)
    reigns = champions.locator(".reign")
    assert [_title(reign).split()[0] for reign in reigns.all()] == sorted(move.version for move in MOVES)
    assert sorted(_title(each)[:5] for each in reigns.filter(has=page.locator(".back")).all()) == ["tig-1", "tig-2"]
    assert reigns.filter(has=page.locator(".against")).count() == 2
    boxes = {_title(reign): box_of(reign.locator("rect")) for reign in reigns.all()}
    widths = [box["width"] for box in sorted(boxes.values(), key=lambda box: box["x"])]
    ago = [*(move.days_ago for move in MOVES), 0]
    days = [start - end for start, end in pairwise(ago)]
    assert [width / sum(widths) for width in widths] == pytest.approx([each / sum(days) for each in days], abs=0.01)
    now = page.locator("dl.now")
    expect(now).to_contain_text("Championtig-5")
    expect(now).to_contain_text("Newest drift checkno drift")
    expect(now).to_contain_text("Pictures in the set1180")


def _title(reign: Locator) -> str:
    return reign.locator("title").text_content() or ""


def test_reviewers_see_the_agreement_of_their_team_and_no_more(station: Station, look: Open, tmp_path: Path) -> None:
    seed(station, tmp_path / "bundles")
    page = look(role=Role.REVIEWER, size=PHONE)
    table = page.get_by_role("table", name="Agreement by person")
    for name, (agreed, sent) in AGREEMENT.items():
        share = share_of(agreed, sent)
        assert share is not None
        row = table.get_by_role("row", name=name)
        interval = f"{share.low * 100:.0f} to {share.high * 100:.0f} %"
        for text in (f"{share.value * 100:.0f} %", f"{agreed} of {sent}", interval):
            expect(row.get_by_text(text, exact=True)).to_be_visible()
        whole = row.locator("svg.share").bounding_box()
        sure = row.locator("svg .sure").bounding_box()
        assert whole is not None
        assert sure is not None
        assert sure["width"] / whole["width"] == pytest.approx(share.low, abs=0.01)
    expect(page.get_by_role("heading", name="Champions over time")).to_have_count(0)
    assert page.get_by_text("rosa").count() == 0


def test_empty_dashboard_says_what_to_do_next(look: Open) -> None:
    page = look(size=PHONE)
    for title, command in {
        "Champions over time": "beadwatch models promote",
        "Drift over time": "beadwatch flows run check-drift",
        "The gate": "beadwatch flows run retrain",
        "Growth of the set": "beadwatch flows run collect",
    }.items():
        expect(panel(page, title).get_by_text(command)).to_be_visible()
