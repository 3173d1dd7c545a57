"""The strip chart, the part's views and the histogram of delays as HTML that scales and prints, without scripts.

Lanes, not colours alone, tell the states apart; texts stay text at any width. Knows the values; how they look is
`charts.css`'s.
"""

import base64
import io
from collections.abc import Sequence
from itertools import groupby

import numpy as np
import numpy.typing as npt
from PIL import Image as PillowImage

from beadwatch.imaging.report_page import text
from beadwatch.imaging.ticks import ticks
from beadwatch.reports.figures import Delays
from beadwatch.reports.indications import Indication
from beadwatch.reports.part_map import PartMap, View
from beadwatch.reports.stretches import STATES
from beadwatch.reports.strip import Strip, is_clearing

_NAMED_APART = 0.036  # of the width: closer marks go without their number
_MOST_MARKS = 400
_FOUND, _CLEAR = (213, 94, 0), (0, 158, 115)  # as in page.css
_AXES = {  # by unit: from which extent on, what one on the axis is, and its name
    "mm": ((20_000, 1000, "m along the seam"), (0, 1, "mm along the seam")),
    "s": ((600, 60, "minutes since the start"), (0, 1, "seconds since the start")),
}


def strip_chart(strip: Strip, indications: Sequence[Indication]) -> str:
    """Return a lane for each state, the numbered events, a row of heat for each class, and the axis."""
    lanes = "".join(_row(state.value, _lane(strip, at), "lane") for at, state in reversed(list(enumerate(STATES))))
    heat = "".join(
        _row(
            f"{label}{' (lowest)' if is_clearing(label) else ''}",
            _heat(values, _CLEAR if is_clearing(label) else _FOUND),
            "heat",
        )
        for label, values in strip.scores.items()
    )
    marks = _marks([(each, strip.share(place)) for each in indications if (place := _place(each, strip)) is not None])
    one, name = next((one, name) for extent, one, name in _AXES[strip.unit] if strip.high - strip.low >= extent)
    return (
        f'<div class="strip" role="img" aria-label="States and scores, in {name}">'
        + lanes
        + _row("events", marks, "marks")
        + _row("", "score, 0 to 1", "between")
        + heat
        + _row("", _axis(strip.low / one, strip.high / one), "axis")
        + _row("", name, "between")
        + "</div>"
    )


def part_views(part: PartMap, indications: Sequence[Indication]) -> str:
    """Return the views of a part with their axes; the numbered events on those that they can be placed on."""
    shown = []
    for view in part.views:
        marks = [(each, at) for each in indications if (at := _on(view, part, each)) is not None]
        shown.append(_view(view, marks))
    legend = "".join(f'<li><i class="is-{state.value}"></i>{state.value}</li>' for state in reversed(STATES))
    return "".join(shown) + f'<ul class="legend">{legend}<li>empty: no frame</li></ul>'


def histogram(delays: Delays) -> str:
    """Return how many frames took how long."""
    most = max(delays.histogram)
    width = 100 / len(delays.histogram)
    bars = "".join(
        f'<rect x="{at * width:.2f}" width="{width * 0.9:.2f}" y="{100 - 100 * count / most:.2f}" '
        f'height="{100 * count / most:.2f}"/>'
        for at, count in enumerate(delays.histogram)
        if count
    )
    svg = f'<svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">{bars}</svg>'
    return (
        f'<div class="histogram" role="img" aria-label="Histogram of delays">{svg}{_axis(0.0, delays.histogram_ms)}'
        '<p class="soft">delay in ms; the last bar has all above</p></div>'
    )


def _row(name: str, content: str, kind: str) -> str:
    return f'<span class="name">{text(name)}</span><div class="{kind}">{content}</div>'


def _lane(strip: Strip, severity: int) -> str:
    """Return the runs of bins of one state as one path, stretched to the width there is."""
    bins, at, drawing = len(strip.severity), 0, ""
    for value, run in groupby(strip.severity.tolist()):
        count = len(list(run))
        drawing += f"M{at} 0h{count}v1h-{count}z" if value == severity else ""
        at += count
    path, state = f'<path d="{drawing}"/>' if drawing else "", STATES[severity].value
    box = f'viewBox="0 0 {bins} 1" preserveAspectRatio="none"'
    return f'<svg class="is-{state}" {box} aria-hidden="true">{path}</svg>'


def _heat(values: npt.NDArray[np.float32], colour: tuple[int, int, int]) -> str:
    """Return a row of pixels, as opaque as the score is high, and nothing where the model was not asked."""
    known = np.isfinite(values)
    pixels = np.zeros((1, len(values), 4), np.uint8)
    pixels[0, :, :3] = colour
    pixels[0, known, 3] = np.rint(np.clip(values[known], 0, 1) * 15).astype(np.uint8) * 17
    return _img(pixels)


def _img(pixels: npt.NDArray[np.uint8]) -> str:
    buffer = io.BytesIO()
    PillowImage.fromarray(pixels).save(buffer, "PNG", optimize=True)
    return _png(buffer.getvalue())


def _png(data: bytes) -> str:
    return f'<img alt="" src="data:image/png;base64,{base64.b64encode(data).decode("ascii")}">'


def _marks(places: Sequence[tuple[Indication, float]]) -> str:
    """Return a mark for each event that leads to it, with its number where there is room."""
    drawn, free = "", 0.0
    for each, share in places[:_MOST_MARKS]:
        named = share >= free
        free = share + _NAMED_APART if named else free
        number = str(each.number) if named else ""
        drawn += (
            f'<a href="#event-{each.number}" class="is-{text(each.event["state"])}" style="left:{100 * share:.2f}%" '
            f'title="{each.number}: {text(each.event["label"])}">{number}</a>'
        )
    return drawn


def _place(each: Indication, strip: Strip) -> float | None:
    if strip.unit == "s":
        return each.offset_s
    along: float | None = each.event["start"]["along_mm"]
    return along


def _axis(low: float, high: float) -> str:
    shown = "".join(
        f'<span style="left:{100 * (tick - low) / (high - low):.2f}%">{_told(tick)}</span>' for tick in ticks(low, high)
    )
    return f'<div class="ticks">{shown}</div>'


def _told(tick: float) -> str:
    return f"{tick:,.0f}" if tick == round(tick) else f"{tick:,.6g}"


def _view(view: View, marks: Sequence[tuple[Indication, tuple[float, float]]]) -> str:
    (across, left, right), (up, bottom, top) = view.across, view.up
    is_layers = up == "layer"
    # Layers are whole numbers in the middle of their rows; millimetres keep their proportions.
    low, high = (bottom - 0.5, top + 0.5) if is_layers else (bottom, top)
    labels = [tick for tick in ticks(low, high) if not is_layers or tick == round(tick)]
    if is_layers and len(labels) > 1:
        labels = [bottom, *labels[1:]] if labels[0] < bottom else labels
    scale = "".join(
        f'<span style="bottom:{100 * (tick - low) / (high - low):.2f}%">{_told(tick)}</span>' for tick in labels
    )
    spots = "".join(
        f'<a href="#event-{each.number}" style="left:{100 * min(max(x, 0.012), 0.988):.2f}%;bottom:{100 * y:.2f}%" '
        f'title="{each.number}: {text(each.event["label"])}">{each.number}</a>'
        for each, (x, y) in _apart(marks)
    )
    rows = view.cells[0]
    shape = (
        f"height:{min(max(rows * 4, 120), 560)}px"
        if is_layers
        else f"aspect-ratio:{(right - left) / max(top - bottom, 1e-6):.4f}"
    )
    kind = "view" if is_layers else f"view outside{' tall' if top - bottom > right - left else ''}"
    return (
        f"<h3>{text(view.title)}</h3>"
        f'<div class="{kind}"><span class="up">{text(up)}</span><div class="scale">{scale}</div>'
        f'<div class="cells" style="{shape}">{_png(view.png)}{spots}</div>'
        f'<div class="across">{_axis(left, right)}<span>{text(across)}</span></div></div>'
    )


def _apart(
    marks: Sequence[tuple[Indication, tuple[float, float]]],
) -> list[tuple[Indication, tuple[float, float]]]:
    """Return the marks whose numbers do not cover one another, defects first."""
    kept: list[tuple[Indication, tuple[float, float]]] = []
    for each, (x, y) in sorted(marks, key=lambda mark: not mark[0].is_defect):
        if all(abs(x - other[0]) > _NAMED_APART or abs(y - other[1]) > 0.05 for _, other in kept):
            kept.append((each, (x, y)))
    return kept


def _on(view: View, part: PartMap, each: Indication) -> tuple[float, float] | None:
    """Return where the start of an event is on a view, as shares of its width and height."""
    start = each.event["start"]
    (across, left, right), (up, bottom, top) = view.across, view.up
    if up == "layer":
        begin = part.layer_start_mm.get(start["layer"])
        if begin is None or start["along_mm"] is None:
            return None
        return (start["along_mm"] - begin - left) / (right - left), (start["layer"] - bottom + 0.5) / (top - bottom + 1)
    if start["xyz_mm"] is None:
        return None
    x, y = (start["xyz_mm"]["xyz".index(name[0])] for name in (across, up))
    return (x - left) / (right - left), (y - bottom) / (top - bottom)
