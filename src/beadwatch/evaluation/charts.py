"""Small charts as inline SVG, coloured by the page's style sheet, so that they are right in light, dark and print.

Knows points and axes. Does not know what they mean. Each chart carries its description for those who cannot see it.
"""

import math
from collections.abc import Iterable, Mapping, Sequence

from beadwatch.imaging.report_page import text
from beadwatch.imaging.ticks import ticks

Points = Sequence[tuple[float, float]]
_WIDTH, _HEIGHT = 440, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 66, 14, 12, 46
SERIES = 8  # colours of the style sheet


class Axes:
    """The frame of a chart: ranges, ticks, and where a point lies in it."""

    def __init__(self, across: tuple[float, float], up: tuple[float, float], names: tuple[str, str]) -> None:
        """Take the ranges of x and y and the names of both axes."""
        self._across, self._up, self._names = _widened(across), _widened(up), names

    def x(self, value: float) -> float:
        """Return the place of a value on the horizontal axis."""
        low, high = self._across
        return _LEFT + (value - low) / (high - low) * (_WIDTH - _LEFT - _RIGHT)

    def y(self, value: float) -> float:
        """Return the place of a value on the vertical axis."""
        low, high = self._up
        return _HEIGHT - _BOTTOM - (value - low) / (high - low) * (_HEIGHT - _TOP - _BOTTOM)

    def path(self, points: Points) -> str:
        """Return the drawing commands of a line through points."""
        return "M" + "L".join(f"{self.x(x):.1f} {self.y(y):.1f}" for x, y in points)

    def frame(self) -> str:
        """Return grid, ticks and names."""
        bottom, right = _HEIGHT - _BOTTOM, _WIDTH - _RIGHT
        lines = [
            f'<path class="grid" d="M{self.x(tick):.1f} {_TOP}V{bottom}"/>'
            f'<text x="{self.x(tick):.1f}" y="{bottom + 17}" text-anchor="middle">{_told(tick)}</text>'
            for tick in ticks(*self._across)
        ]
        lines += [
            f'<path class="grid" d="M{_LEFT} {self.y(tick):.1f}H{right}"/>'
            f'<text x="{_LEFT - 8}" y="{self.y(tick) + 4:.1f}" text-anchor="end">{_told(tick)}</text>'
            for tick in ticks(*self._up)
        ]
        middle = (_TOP + bottom) / 2
        return (
            "".join(lines)
            + f'<text x="{(_LEFT + right) / 2}" y="{_HEIGHT - 8}" text-anchor="middle">{text(self._names[0])}</text>'
            f'<text transform="translate(13 {middle}) rotate(-90)" text-anchor="middle">{text(self._names[1])}</text>'
        )


def line_chart(series: Mapping[str, Points], axes: Axes, described: str) -> str:
    """Return lines over one frame, with a legend where there are several."""
    lines = "".join(
        f'<path class="line s{number % SERIES}" d="{axes.path(points)}"/>'
        for number, points in enumerate(series.values())
    )
    return _svg(axes.frame() + lines, described) + (_legend(series) if len(series) > 1 else "")


def reliability_chart(bins: Iterable[tuple[float, float, float]], described: str) -> str:
    """Return the reliability diagram: mean score, share that came true, and the bin's part of all, for each bin.

    The area of a mark grows with the bin: a bin of few scores says little.
    """
    axes = Axes((0.0, 1.0), (0.0, 1.0), ("score", "share that came true"))
    marks = ""
    for score, share, part in bins:
        x, y = axes.x(score), axes.y(share)
        marks += (
            f'<path class="gap" d="M{x:.1f} {axes.y(score):.1f}V{y:.1f}"/>'
            f'<circle class="mark" cx="{x:.1f}" cy="{y:.1f}" r="{3 + 9 * math.sqrt(part):.1f}"/>'
        )
    return _svg(f'{axes.frame()}<path class="ideal" d="{axes.path([(0, 0), (1, 1)])}"/>{marks}', described)


def _widened(limits: tuple[float, float]) -> tuple[float, float]:
    low, high = limits
    return (low, high) if high > low else (low - 0.5 * (abs(low) or 1.0), high + 0.5 * (abs(high) or 1.0))


def _told(value: float) -> str:
    return "0" if abs(value) < 1e-12 else f"{value:.3g}"


def _svg(content: str, described: str) -> str:
    return (
        f'<svg class="chart" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{text(described)}">{content}</svg>'
    )


def _legend(names: Iterable[str]) -> str:
    items = "".join(
        f'<li><i class="s{number % SERIES}"></i>{text(name or "run")}</li>' for number, name in enumerate(names)
    )
    return f'<ul class="legend">{items}</ul>'
