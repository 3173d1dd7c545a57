"""A chart shows where the pictures of each side lie, and says it too."""

import re

import pytest

from beadwatch.lifecycle.drift.charts import spread_chart
from beadwatch.lifecycle.drift.report import LEVELS, Spread


def medians(svg: str) -> list[float]:
    return [float(x) for x in re.findall(r'class="median" d="M([\d.]+) ', svg)]


def test_the_side_with_larger_values_lies_to_the_right() -> None:
    low, high = tuple(100 * level for level in LEVELS), tuple(50 + 100 * level for level in LEVELS)
    before, now = medians(spread_chart(Spread(low, high), "moved"))
    assert now - before == pytest.approx(50 / 140 * 350, abs=1.0)  # both whiskers together are 140 wide, in 350 px
    assert medians(spread_chart(Spread(high, low), "moved")) == [now, before]
    boxes = re.findall(r'<rect x="([\d.]+)" y="\d+" width="([\d.]+)"', spread_chart(Spread(low, high), "moved"))
    assert [float(width) for _, width in boxes] == pytest.approx([125.0, 125.0], abs=0.2)


def test_values_that_are_all_the_same_can_be_drawn() -> None:
    same = (3.0,) * len(LEVELS)
    assert medians(spread_chart(Spread(same, same), "the same")) == [251.0, 251.0]


def test_it_is_described_and_escaped() -> None:
    values = tuple(LEVELS)
    svg = spread_chart(Spread(values, values), '"><b>')
    assert 'aria-label="&quot;&gt;&lt;b&gt;"' in svg
    assert ">reference</text>" in svg
    assert ">current</text>" in svg
