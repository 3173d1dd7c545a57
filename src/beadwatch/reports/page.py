"""A run as one HTML page that loads nothing: what became of it, where, and what is left to a person.

Knows how the report reads. How it looks is `imaging.report_page`'s and `page.css`'s; charts are in `charts`.
"""

from collections.abc import Iterable, Mapping
from importlib.resources import files

from beadwatch.imaging.report_page import document, numbers, panel, picture, table, text, verdict
from beadwatch.reports.charts import histogram, part_views, strip_chart
from beadwatch.reports.indications import Indication
from beadwatch.reports.run_report import RunReport
from beadwatch.reports.words import duration, length, moment, share, stretch

_MOST_ROWS = 500
_MEANS = {
    "idle": "no arc",
    "good": "the last frames agree on a good weld",
    "review": "the model is not sure",
    "defect": "the last frames agree on a finding",
    "unknown": "nobody looked: no frame, a frame that cannot be judged, or an answer too late",
}


def run_page(report: RunReport) -> str:
    """Return the page."""
    run = report.run
    parts = (
        simulated_band(run),
        verdict(report.standing.shape, report.standing.word, report.standing.why),
        _head(report),
        _states(report),
        _strip(report),
        _part(report),
        _events(report),
        _delays(report),
        _counters(report),
        _model(report),
    )
    return document(f"Run {run['id']} of {run['line']}", parts, style())


def style() -> str:
    """Return what the pages of the line have besides the common style."""
    here = files("beadwatch.reports")
    return "".join(here.joinpath(name).read_text(encoding="utf-8") for name in ("charts.css", "page.css"))


def simulated_band(run: Mapping[str, object]) -> str:
    """Return the band that every page of a simulated run carries; empty for others."""
    if not run["simulated"]:
        return ""
    return '<p class="simulated"><b>SIMULATED</b> Drawn pictures, not a weld. Nothing here is evidence.</p>'


def facts(lines: Mapping[str, str]) -> str:
    """Return names and what is told of them, one a line."""
    told = "".join(f"<dt>{text(name)}</dt><dd>{text(value)}</dd>" for name, value in lines.items())
    return f'<dl class="facts">{told}</dl>'


def numbers_of(finding: Mapping[str, object]) -> str:
    """Return what a finding is by ISO 6520-1, an imperfection by its number and a condition by what it may cause."""
    if finding["kind"] == "imperfection":
        return f"ISO 6520-1: {finding['iso6520']} {finding['name']}"
    causes = finding["likely_to_cause"]
    assert isinstance(causes, list)
    return "condition, likely to cause " + ", ".join(f"{each['iso6520']} {each['name']}" for each in causes)


def _head(report: RunReport) -> str:
    run, watched = report.run, report.watched
    lines = {
        "line": run["line"],
        "run": run["id"],
        "model": f"{run['model']} {run['model_version']}, task {run['task']}",
        "source": run["source"],
        "track": run["track"],
        "started": moment(run["started_at"]),
        "ended": report.ending or moment(report.ended_at),
    }
    tiles = {
        "watched": duration(watched.seconds),
        "along the seam": length(watched.length_mm),
        "frames": f"{watched.frames:,}",
        "judged by the model": f"{watched.judged:,}",
        "events": f"{len(report.indications):,}",
        "of them defects": f"{sum(each.is_defect for each in report.indications):,}",
    }
    return numbers(tiles) + panel("What was watched", facts(lines))


def _states(report: RunReport) -> str:
    watched = report.watched
    bar = "".join(
        f'<i class="is-{each.state}" style="flex-grow:{each.share:.5f}"></i>' for each in watched.shares if each.seconds
    )
    rows = [
        [each.state, duration(each.seconds), share(each.share), length(each.length_mm), _MEANS[each.state]]
        for each in watched.shares
    ]
    note = (
        f'<p class="soft">Of the unknown, {duration(watched.no_frame_s)} without any frame.</p>'
        if watched.no_frame_s
        else ""
    )
    content = f'<div class="shares" aria-hidden="true">{bar}</div>'
    content += f'<div class="states">{table(["state", "time", "share", "length", "what it means"], rows)}</div>'
    return panel("How much in each state", content + note)


def _strip(report: RunReport) -> str:
    if report.strip is None:
        return panel("Along the run", "<p>No frame was recorded.</p>")
    note = (
        f"{len(report.strip.severity):,} bins. In each the worst state shows and the highest score, of classes that "
        "say that there is no finding the lowest. Where the model was not asked, the rows are empty."
    )
    title = "Along the seam" if report.strip.unit == "mm" else "Over time"
    return panel(title, f'{strip_chart(report.strip, report.indications[:_MOST_ROWS])}<p class="soft">{note}</p>')


def _part(report: RunReport) -> str:
    if report.part is None:
        return ""
    note = (
        "In each cell the worst state shows. Numbers are events; where they would cover one another, some are left out."
    )
    return panel("On the part", f'{part_views(report.part, report.indications[:_MOST_ROWS])}<p class="soft">{note}</p>')


def _events(report: RunReport) -> str:
    found = report.indications
    if not found:
        return panel("Events", "<p>None. That says what the states above say, and no more.</p>")
    head = "".join(
        f'<th scope="col" class="text">{name}</th>'
        for name in ("", "picture", "what", "where", "how long", "peak", "what to do")
    )
    body = "".join(map(_event, found[:_MOST_ROWS]))
    more = len(found) - _MOST_ROWS
    rest = f'<p class="soft">and {more:,} more; the JSON has them</p>' if more > 0 else ""
    content = (
        f'<div class="wide"><table class="events"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
    )
    return panel(f"Events: {len(found):,}", content + rest)


def _event(each: Indication) -> str:
    event = each.event
    shows = picture(each.picture) if each.picture else f'<span class="gone">{text(each.no_picture)}</span>'
    what = [event["reason"]]
    if each.finding:
        what.insert(0, numbers_of(each.finding))
    if each.to_measure:
        what.append(f"Size to be measured: {each.to_measure}.")
    if each.is_open:
        what.append("The run broke off before it ended.")
    name = "nobody looked" if each.kind == "unseen" else event["label"]
    peak = "" if event["confidence"] is None else f"{event['confidence']:.2f}"
    cells = (
        shows,
        f'<b>{text(name)}</b><span class="state is-{text(event["state"])}">{text(event["state"])}</span>'
        + lines_of(what),
        lines_of(_where(each)),
        lines_of([duration(event["duration_s"]), length(event["length_mm"]), f"{event['frames']:,} frames"]),
        text(peak),
        text(each.remedy),
    )
    row = "".join(f'<td class="text">{cell}</td>' for cell in cells)
    return f'<tr id="event-{each.number}"><th scope="row">{each.number}</th>{row}</tr>'


def _where(each: Indication) -> list[str]:
    lines = stretch(each.event["start"], each.event["end"]) or ["place not known"]
    return [*lines, f"{duration(each.offset_s)} after the start", moment(each.event["started_at"])]


def lines_of(lines: Iterable[str]) -> str:
    """Return each text as a line of its own; empty ones are left out."""
    return "".join(f"<div>{text(line)}</div>" for line in lines if line)


def _delays(report: RunReport) -> str:
    delays = report.delays
    if delays is None:
        return ""
    values = {"p50": delays.p50_ms, "p95": delays.p95_ms, "p99": delays.p99_ms, "max": delays.max_ms}
    travel = delays.travel_mm
    rows = [
        [name, f"{value:.1f} ms", f"{travel[name]:.2f} mm" if travel else "not known"] for name, value in values.items()
    ]
    speed = (
        f"Travel at {delays.speed_mm_s:.2f} mm/s, the median with an arc. "
        if delays.speed_mm_s
        else "The track is not known. "
    )
    note = (
        f'<p class="soft">{speed}From handing over a frame until its result; the camera\'s own delay comes on top.</p>'
    )
    content = f'<div class="sides"><div>{table(["delay", "time", "travel"], rows)}{note}</div>{histogram(delays)}</div>'
    return panel("Delay", content)


def _counters(report: RunReport) -> str:
    watched = report.watched
    recorded = {
        "frames recorded": watched.frames,
        "judged by the model": watched.judged,
        "not judged for a fault": watched.faulty,
        "without an arc": watched.idle,
        "numbers missing": watched.missing,
        "in gaps": watched.gap_count,
    }
    rows = [[name, count] for name, count in recorded.items()]
    said = [[f"{name}, said the line", count] for name, count in report.counters.items()]
    faults = [[fault, count] for fault, count in watched.faults.items()]
    gaps = [
        [f"frame {gap.after}" if gap.after >= 0 else "the start", gap.missing, duration(gap.offset_s),
         length(gap.along_mm)]
        for gap in watched.gaps
    ]  # fmt: skip
    content = f'<div class="sides">{table(["from the record of frames", "frames"], rows)}'
    content += (table(["while it ran", "count"], said) if said else "") + "</div>"
    content += f"<h3>Faults</h3>{table(['why', 'frames'], faults)}" if faults else ""
    if gaps:
        content += f"<h3>Longest gaps in the numbers of frames</h3>{table(['after', 'missing', 'at', 'along'], gaps)}"
    return panel("Counters", content)


def _model(report: RunReport) -> str:
    card = report.card
    if card is None:
        return panel("The model", "<p>Its card is not at hand: nothing can be said here about how good it is.</p>")
    rows = [
        [name.replace("_", " ").replace("/", ": "), f"{figure.value:.3f}", f"{figure.low:.3f} to {figure.high:.3f}"]
        for name, figure in card.figures.items()
    ]
    content = facts({
        "model": f"{card.name} {card.version}",
        "measured on": f"{card.samples:,} pictures of {card.groups:,} groups; {card.protocol}",
        "about accepted welds": card.promise,
    })  # fmt: skip
    return panel("The model, as its card says", content + table(["figure", "value", "95 % interval"], rows))
