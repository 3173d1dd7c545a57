"""A spread as inline SVG: a box for the reference, one for the current pictures, over one axis. Knows no meaning.

Not the charts of an evaluation: their room brings torch along, which a check for drift does not need.
"""

from beadwatch.imaging.report_page import text
from beadwatch.imaging.ticks import ticks
from beadwatch.lifecycle.drift.report import LEVELS, Spread

_WIDTH, _LEFT, _RIGHT, _HEIGHT = 440, 76, 14, 96
_ROWS = (("reference", 20), ("current", 52))
_LOW, _QUARTER, _MIDDLE, _THREE_QUARTERS, _HIGH = (LEVELS.index(level) for level in (0.05, 0.25, 0.5, 0.75, 0.95))


def spread_chart(spread: Spread, described: str) -> str:
    """Return both rows: a line from the 5 % to the 95 % quantile, a box around the middle half, a bar at the median."""
    ends = [side[index] for side in (spread.reference, spread.current) for index in (_LOW, _HIGH)]
    low, high = min(ends), max(ends)
    if high <= low:
        low, high = low - 0.5, high + 0.5

    def x(value: float) -> float:
        return _LEFT + (value - low) / (high - low) * (_WIDTH - _LEFT - _RIGHT)

    content = "".join(
        f'<path class="grid" d="M{x(tick):.1f} 6V70"/>'
        f'<text x="{x(tick):.1f}" y="88" text-anchor="middle">{0.0 if abs(tick) < 1e-12 else tick:.3g}</text>'
        for tick in ticks(low, high)
    )
    for (name, y), side in zip(_ROWS, (spread.reference, spread.current), strict=True):
        left, right = x(side[_QUARTER]), x(side[_THREE_QUARTERS])
        content += (
            f'<g class="{name}"><text x="{_LEFT - 8}" y="{y + 4}" text-anchor="end">{name}</text>'
            f'<path class="whisker" d="M{x(side[_LOW]):.1f} {y}H{x(side[_HIGH]):.1f}"/>'
            f'<rect x="{left:.1f}" y="{y - 9}" width="{max(right - left, 1.0):.1f}" height="18"/>'
            f'<path class="median" d="M{x(side[_MIDDLE]):.1f} {y - 12}v24"/></g>'
        )
    return (
        f'<svg class="chart" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{text(described)}">{content}</svg>'
    )
