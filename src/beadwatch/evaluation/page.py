"""An evaluation as one HTML page that loads nothing: verdict, figures, pictures, tables and curves.

Knows how a report reads. Does not read pictures: the caller hands in JPEG bytes by row of the answers. How it looks is
`report_page`'s and `page.css`'s; parts with pictures are in `page_pictures`.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from importlib.resources import files

from beadwatch.domain.labels import TaskKind
from beadwatch.evaluation.charts import Axes, line_chart, reliability_chart
from beadwatch.evaluation.exhibits import Exhibits
from beadwatch.evaluation.figures import PER_CLASS, SECTIONS
from beadwatch.evaluation.page_pictures import gallery, worst_errors
from beadwatch.evaluation.report import EvaluationReport, Part
from beadwatch.evaluation.run_curves import Curve
from beadwatch.evaluation.tables import Timing
from beadwatch.evaluation.verdict import Standing
from beadwatch.imaging.report_page import document, numbers, panel, table, text, verdict

MAX_GROUPS = 40
_LOOK = {
    Standing.RESULT: ("accept", "A result"),
    Standing.UNSURE: ("review", "Unsure"),
    Standing.NO_RESULT: ("reject", "No result"),
}


def evaluation_page(
    report: EvaluationReport, exhibits: Exhibits, thumbnails: Mapping[int, bytes], curves: Sequence[Curve] = ()
) -> str:
    """Return the page. `thumbnails` are JPEG files by row; for one that is missing the page says so."""
    parts = (
        _verdict(report),
        _figures(report),
        _confusion(report),
        f'<div class="sides">{_dispositions(report)}{_single_classes(report)}</div>',
        worst_errors(exhibits, report, thumbnails),
        gallery(exhibits, thumbnails),
        _classes(report),
        f'<div class="sides">{_reliability(report)}{_risk(report)}</div>',
        _strangers(report),
        _groups(report),
        _curves(curves),
        _about(report),
    )
    style = files("beadwatch.evaluation").joinpath("page.css").read_text(encoding="utf-8")
    return document(f"Evaluation of {report.subject.model} on {report.subject.data}", parts, style)


def figure(part: Part, name: str) -> tuple[str, str]:
    """Return a figure and its interval as text; empty where there is none."""
    found = part.figures.get(name)
    if found is None:
        return "", ""
    return f"{found.value:.3f}", f"{found.low:.3f} to {found.high:.3f}" if part.has_intervals else "no interval"


def _verdict(report: EvaluationReport) -> str:
    shape, word = _LOOK[report.verdict.standing]
    why = ". ".join(reason[:1].upper() + reason[1:] for reason in report.verdict.reasons)
    return verdict(shape, word, f"{why}.")


def _figures(report: EvaluationReport) -> str:
    parts = []
    if report.unseen:
        below = '<p class="soft">The tables and pictures below are of these, too.</p>'
        parts.append(
            panel(f"Groups that it had not learned from: {_size(report.unseen)}", _tiles(report.unseen))
            + panel(f"Everything, {_size(report.whole)}: no result", _tiles(report.whole) + below)
        )
    elif report.verdict.standing is Standing.NO_RESULT:
        parts.append(panel(f"Figures on what it has learned: {_size(report.whole)}: no result", _tiles(report.whole)))
    else:
        parts.append(panel(f"Figures: {_size(report.whole)}", _tiles(report.whole)))
    return "".join(parts)


def _tiles(part: Part) -> str:
    tiles = ""
    for section, titles in SECTIONS.items():
        shown = {title: figure(part, name) for name, title in titles.items() if name in part.figures}
        tiles += f"<h3>{text(section)}</h3>" + numbers(
            {title: value for title, (value, _) in shown.items()},
            {title: range_ for title, (_, range_) in shown.items()},
        )
    return tiles


def _confusion(report: EvaluationReport) -> str:
    names = report.task.label_names
    single = report.task.kind is TaskKind.SINGLE_LABEL
    rows = ""
    for index, row in enumerate(report.classes):
        cells = "".join(
            _confusion_cell((column == index, single), (count, report.false_beside[index][column]), row.pictures)
            for column, count in enumerate(report.confusion[index])
        )
        rows += f'<tr><th scope="row">{text(row.label)}</th>{cells}<td style="--part:0">{row.pictures:,}</td></tr>'
    head = "".join(f'<th scope="col">{text(name)}</th>' for name in names)
    note = (
        "Rows are the truth, columns the answer; shades are shares of a row."
        if single
        else "A picture counts in each cell whose row is one of its true classes and whose column was found: the "
        "diagonal holds the hits. Of the rest only what is called false is an error, and shaded."
    )
    content = (
        '<div class="wide"><table class="confusion"><thead>'
        f'<tr><th></th><th class="axis" colspan="{len(names)}">the model\'s answer</th><th></th></tr>'
        f'<tr><th scope="col">truth</th>{head}<th scope="col">pictures</th></tr></thead>'
        f'<tbody>{rows}</tbody></table></div><p class="soft">{note}</p>'
    )
    return panel("Confusion" if single else "True classes and found classes", content)


def _confusion_cell(place: tuple[bool, bool], counts: tuple[int, int], pictures: int) -> str:
    """Return a cell; `place`: is it on the diagonal, and is the task single-label, where all the rest is false."""
    (hit, single), (count, false) = place, counts
    note = "" if single or not false else f"<small>{false:,} false</small>"
    share = (count if hit else false) / max(pictures, 1)
    return f'<td class="{"hit" if hit else "miss"}" style="--part:{share:.3f}">{count:,}{note}</td>'


def _dispositions(report: EvaluationReport) -> str:
    rows = [[name, counts["good"], counts["bad"]] for name, counts in report.dispositions.items()]
    bad = report.dispositions["accept"]["bad"]
    accepted = bad + report.dispositions["accept"]["good"]
    told = (
        f"{bad:,} of {accepted:,} accepted pictures are not of a good weld." if accepted else "No picture was accepted."
    )
    by_class = [[row.label, row.accept, row.review, row.reject] for row in report.classes]
    return panel(
        "Accept, review, reject",
        f"<p><b>{told}</b></p>{table(['decision', 'good weld', 'anything else'], rows)}"
        f"<h3>What becomes of each class</h3>{table(['true class', 'accept', 'review', 'reject'], by_class)}",
    )


def _single_classes(report: EvaluationReport) -> str:
    counts = [[row.label, row.hits, row.missed, row.false_alarms, row.rightly_absent] for row in report.classes]
    note = (
        '<p class="soft">Of pictures that have the class: found or missed. Of the others: false alarms or rightly '
        "absent.</p>"
    )
    return panel(
        "Each class by itself", table(["class", "found", "missed", "false alarms", "rightly absent"], counts) + note
    )


def _classes(report: EvaluationReport) -> str:
    head = ("class", "pictures", "groups", "recall", "precision", "F1", "AUC", "average precision")
    lines = ""
    for row in report.classes:
        cells = "".join(_with_interval(*figure(report.whole, f"{name}/{row.label}")) for name in PER_CLASS)
        lines += (
            f'<tr><th scope="row">{text(row.label)}</th><td>{row.pictures:,}</td><td>{row.groups:,}</td>{cells}</tr>'
        )
    heads = "".join(f'<th scope="col">{text(name)}</th>' for name in head)
    content = f'<div class="wide"><table><thead><tr>{heads}</tr></thead><tbody>{lines}</tbody></table></div>'
    return panel("Figures of each class", content)


def _with_interval(value: str, interval: str) -> str:
    return f'<td>{value}<span class="interval">{interval}</span></td>' if value else '<td class="zero">none</td>'


def _reliability(report: EvaluationReport) -> str:
    total = sum(each.count for each in report.reliability)
    bins = [(each.mean_score, each.came_true, each.count / total) for each in report.reliability]
    value, interval = figure(report.whole, "ece")
    what = "answers" if report.task.kind is TaskKind.SINGLE_LABEL else "scores of single classes"
    told = f"On the dashed line a score of 0.8 comes true 8 times in 10. {total:,} {what}; larger marks hold more."
    return panel(
        "Reliability",
        reliability_chart(bins, f"Reliability diagram, calibration error {value}")
        + f'<p class="soft">{told} Calibration error {value} ({interval}).</p>',
    )


def _risk(report: EvaluationReport) -> str:
    points = report.risk_coverage
    worst = max(*(risk for _, risk in points), 0.05)
    chart = line_chart(
        {"": points}, Axes((0.0, 1.0), (0.0, worst), ("share answered, the surest first", "share wrong")), "Risk curve"
    )
    left, interval = figure(report.whole, "errors_left_at_90_coverage")
    told = f"Leaving the least sure 10 % to a person leaves {left} ({interval}) of all errors." if left else "No error."
    return panel("Risk and coverage", f'{chart}<p class="soft">{told}</p>')


def _strangers(report: EvaluationReport) -> str:
    if not report.strangers:
        return ""
    (over, over_in), (area, area_in) = (
        figure(report.strangers, name) for name in ("over_max_distance", "distance_auc")
    )
    return panel(
        f"Strangers: {report.strangers.pictures:,} pictures of {report.strangers_of}",
        numbers({"recognised as unlike known pictures": over, "distance tells them from welds (AUC)": area},
                {"recognised as unlike known pictures": over_in, "distance tells them from welds (AUC)": area_in}),
    )  # fmt: skip


def _groups(report: EvaluationReport) -> str:
    sources = {row.group.partition("/")[0] for row in report.groups}
    start = len(sources.pop()) + 1 if len(sources) == 1 else 0  # a source that all share is said above
    rows = [
        [
            row.group[start:], ", ".join(row.labels), row.pictures, row.right, row.accept, row.review, row.reject,
            row.bad_accepted, row.over_max_distance, "yes" if row.seen else "no",
        ]
        for row in report.groups[:MAX_GROUPS]
    ]  # fmt: skip
    head = [
        "group",
        "truth",
        "pictures",
        "right",
        "accept",
        "review",
        "reject",
        "bad accepted",
        "unlike",
        "learned from",
    ]
    more = len(report.groups) - len(rows)
    rest = f'<p class="soft">and {more:,} more; the JSON has them</p>' if more else ""
    return panel(f"Groups, the worst first: {len(report.groups):,}", table(head, rows) + rest)


def _curves(curves: Sequence[Curve]) -> str:
    by_name: dict[tuple[str, str], dict[str, Sequence[tuple[float, float]]]] = defaultdict(dict)
    for curve in curves:
        by_name[curve.name, curve.axis][curve.run] = curve.points
    charts = ""
    for (name, axis), series in by_name.items():
        xs, ys = zip(*(point for points in series.values() for point in points), strict=True)
        axes = Axes((min(xs), max(xs)), (min(*ys, 0.0), max(ys)), (axis, name))
        charts += f"<div>{line_chart(series, axes, f'{name} over the training run')}</div>"
    return panel("The training run", f'<div class="sides">{charts}</div>') if charts else ""


def _about(report: EvaluationReport) -> str:
    facts = {
        "model": report.subject.model,
        "task": f"{report.task.name}: {report.task.title}",
        "data": f"{report.subject.data}, {_size(report.whole)}",
        "snapshot": report.subject.snapshot or "none: the answers were kept without it",
        "how": report.subject.protocol,
        "when": report.subject.created,
        **{
            name: f"{times.median_ms:.1f} ms a picture in the median, {times.p95_ms:.1f} ms for 95 of 100"
            for name, times in _times(report)
        },
    }
    lines = "".join(f"<dt>{text(name)}</dt><dd>{text(told)}</dd>" for name, told in facts.items())
    limits = "".join(f"<li>{text(limit)}</li>" for limit in report.limits)
    return panel("What was judged, and how", f'<dl class="facts">{lines}</dl><ul>{limits}</ul>')


def _times(report: EvaluationReport) -> list[tuple[str, Timing]]:
    named = (("reading and decoding", report.decoding), ("resizing and inference", report.inference))
    return [(name, times) for name, times in named if times]


def _size(part: Part) -> str:
    return f"{part.pictures:,} pictures of {part.groups:,} groups"
