"""A check for drift as one HTML page that loads nothing: verdict, reasons, comparisons, charts and strange pictures.

Knows how a report reads. Judges nothing, and reads no pictures: it names them. How it looks is `report_page`'s
and `page.css`'s.
"""

from collections.abc import Iterable
from importlib.resources import files

from beadwatch.imaging.report_page import document, numbers, panel, table, text, verdict
from beadwatch.lifecycle.drift.charts import spread_chart
from beadwatch.lifecycle.drift.report import DriftReport, DriftVerdict, Finding, Part

_LOOK = {
    DriftVerdict.NO_DRIFT: ("accept", "No drift"),
    DriftVerdict.TOO_LITTLE: ("review", "Not enough to say"),
    DriftVerdict.DRIFT: ("reject", "Drift"),
}
_FIGURES = {"auc": "AUC", "recall": "recall", "expected_auc": "AUC expected from the scores"}
_MEANING = (
    "An alarm says that the current pictures, or what is said of them, are not what the reference was. It does not say "
    "why, nor that the answers are wrong: look at the pictures that are most unlike, and have some of them labelled. "
    "No alarm does not say that all is well: what people would have corrected shows only where there are labels."
)


def drift_page(report: DriftReport, reference: str, current: str) -> str:
    """Return the page; `reference` and `current` are what the two sets are called."""
    parts = (
        _verdict(report),
        _sizes(report),
        _list("What cannot be said, or was left out", report.notes),
        _findings(report.findings),
        _charts(report.findings),
        _classes(report),
        _unlike(report),
        panel("What an alarm means", f"<p>{text(_MEANING)}</p><p class='soft'>{text(_rules(report))}</p>"),
    )
    style = files("beadwatch.lifecycle.drift").joinpath("page.css").read_text(encoding="utf-8")
    return document(f"Drift from {reference} to {current}", parts, style)


def _verdict(report: DriftReport) -> str:
    shape, word = _LOOK[report.verdict]
    if len(report.reasons) == 1:
        return verdict(shape, word, _sentence(report.reasons[0]))
    told = f"{len(report.reasons)} of {len(report.findings)} comparisons alarm."
    return verdict(shape, word, told) + _list("Why", report.reasons)


def _sizes(report: DriftReport) -> str:
    facts = {}
    for name, part in (("reference", report.reference), ("current", report.current)):
        facts[f"{name} pictures"] = f"{part.pictures:,}"
        facts[f"{name} groups"] = f"{part.groups:,}"
    return numbers(facts)


def _list(title: str, sentences: Iterable[str]) -> str:
    items = "".join(f"<li>{text(_sentence(each))}</li>" for each in sentences)
    return panel(title, f"<ul>{items}</ul>") if items else ""


def _findings(findings: tuple[Finding, ...]) -> str:
    if not findings:
        return ""
    rows = [
        (
            each.name, each.kind.value, f"{each.reference:.3f}", f"{each.current:.3f}", f"{each.effect:.3f}",
            "" if each.p is None else f"{each.p:.4f}", "alarm" if each.alarm else "",
        )
        for each in sorted(findings, key=lambda each: not each.alarm)
    ]  # fmt: skip
    head = ("compared", "kind", "reference", "current", "difference", "p, corrected", "")
    note = (
        "Of distributions the medians are given; their difference is 0 where they are the same, and 1 at most. Of the "
        "embedding, the median is that of the distance to the nearest reference picture. A figure against its limit "
        "has no p."
    )
    return panel("Comparisons", f'{table(head, rows)}<p class="soft">{text(note)}</p>')


def _charts(findings: tuple[Finding, ...]) -> str:
    charts = ""
    for each in sorted(findings, key=lambda each: not each.alarm):
        if each.spread is None:
            continue
        told = f"{each.name}: median {each.current:.3f} now, {each.reference:.3f} in the reference"
        title = f"{each.name}: alarm" if each.alarm else each.name
        charts += f"<div><h3>{text(title)}</h3>{spread_chart(each.spread, told)}</div>"
    note = "Line: 90 of 100 pictures. Box: the middle half. Bar: the median."
    return panel("Distributions", f'<div class="sides">{charts}</div><p class="soft">{note}</p>') if charts else ""


def _classes(report: DriftReport) -> str:
    few = {each.label for each in report.classes if not each.enough}
    labels = [name.partition("/")[2] for name in report.current.figures if name.startswith("expected_auc/")]
    rows = []
    for label in labels:
        for key, title in _FIGURES.items():
            now = _interval(report.current, f"{key}/{label}")
            if now:
                rows.append(
                    (
                        label,
                        title,
                        _interval(report.reference, f"{key}/{label}"),
                        now,
                        "not enough to say" if label in few else "",
                    )
                )
    for key, title in (("ece", "calibration error"), ("expected_accuracy", "accuracy expected from the scores")):
        if now := _interval(report.current, key):
            rows.append(("all", title, _interval(report.reference, key), now, ""))
    head = ("class", "figure", "reference", "current", "labels")
    told = "With 95 % intervals by resampling groups. What is expected holds as far as the scores are still calibrated."
    return panel("Performance", f'{table(head, rows)}<p class="soft">{told}</p>') if rows else ""


def _interval(part: Part, name: str) -> str:
    found = part.figures.get(name)
    return f"{found.value:.3f} ({found.low:.3f} to {found.high:.3f})" if found else ""


def _unlike(report: DriftReport) -> str:
    rows = [(each.name, each.group, f"{each.distance:.3f}", each.nearest) for each in report.unlike]
    head = ("picture", "group", "distance", "nearest reference picture")
    return panel("Most unlike the reference", table(head, rows)) if rows else ""


def _rules(report: DriftReport) -> str:
    limits = report.limits
    return (
        f"Of checks in which nothing drifted, at most {limits.alpha:.1%} alarm, if groups are draws from one pool. "
        f"A difference must also exceed {limits.min_effect:g} (distributions), {limits.min_fall:g} (falls of AUC, "
        f"recall and expected accuracy) or {limits.min_rise:g} (rises of the calibration error)."
    )


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."
