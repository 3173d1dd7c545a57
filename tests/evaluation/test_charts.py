"""Charts: points land where the axes say, ticks are round, texts are escaped."""

import re

import pytest

from beadwatch.evaluation.charts import Axes, line_chart, reliability_chart
from beadwatch.imaging.ticks import ticks


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.0, 1.0, [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]),
        (0.0, 0.05, [0.0, 0.01, 0.02, 0.03, 0.04, 0.05]),
        (0.0, 395.0, [0, 100, 200, 300]),
        (-1.0, 1.0, [-1.0, -0.5, 0.0, 0.5, 1.0]),
    ],
)
def test_ticks_are_round(low: float, high: float, expected: list[float]) -> None:
    assert ticks(low, high) == pytest.approx(expected)


def test_points_land_where_the_axes_say() -> None:
    axes = Axes((0.0, 2.0), (0.0, 1.0), ("across", "up"))
    left, right = axes.x(0.0), axes.x(2.0)
    assert axes.x(1.0) == pytest.approx((left + right) / 2)
    assert axes.y(1.0) < axes.y(0.0), "up is up"
    assert axes.path([(0, 0), (2, 1)]) == f"M{left:.1f} {axes.y(0):.1f}L{right:.1f} {axes.y(1):.1f}"


@pytest.mark.parametrize("value", [0.0, 3.0, -2.0])
def test_a_range_without_width_is_widened(value: float) -> None:
    chart = line_chart({"a": [(value, value)]}, Axes((value, value), (value, value), ("x", "y")), "one point")
    assert "nan" not in chart


def test_a_legend_where_there_are_several() -> None:
    axes = Axes((0, 1), (0, 1), ("x", "y"))
    assert "legend" not in line_chart({"a": [(0, 0)]}, axes, "")
    both = line_chart({"<a>": [(0, 0)], "": [(1, 1)]}, axes, "<evil>")
    assert re.findall(r"</i>(.*?)</li>", both) == ["&lt;a&gt;", "run"]
    assert 'aria-label="&lt;evil&gt;"' in both


def test_larger_bins_have_larger_marks() -> None:
    radii = re.findall(r' r="([\d.]+)"', reliability_chart([(0.1, 0.2, 0.9), (0.8, 0.7, 0.1)], ""))
    assert float(radii[0]) > float(radii[1])
