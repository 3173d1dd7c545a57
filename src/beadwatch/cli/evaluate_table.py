"""An evaluation as a short table for people: what was judged, the verdict, the main figures. Knows reports and Rich."""

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from beadwatch.evaluation.figures import SECTIONS
from beadwatch.evaluation.page import figure
from beadwatch.evaluation.report import EvaluationReport, Part
from beadwatch.evaluation.verdict import Standing

_WORDS = {
    Standing.RESULT: ("✔ a result", "bold cyan"),
    Standing.UNSURE: ("? unsure whether this is a result", "bold yellow"),
    Standing.NO_RESULT: ("✘ NO RESULT", "bold red"),
}


def show_report(report: EvaluationReport) -> None:
    """Print the report's main figures to standard output."""
    console = Console(highlight=False, soft_wrap=True)
    subject = report.subject
    console.print(
        Text(f"{subject.model} on {subject.data}" + (f", {subject.snapshot[:12]}" if subject.snapshot else ""))
    )
    word, style = _WORDS[report.verdict.standing]
    for reason in report.verdict.reasons:
        console.print(Text(f"{word}: {reason}", style=style))
        word = " "
    parts = [part for part in (report.whole, report.unseen) if part]
    console.print(_figures(report, parts))
    console.print(_classes(report))
    if report.strangers:
        for name, told in (
            ("over_max_distance", "recognised as strangers"),
            ("distance_auc", "distance tells them, AUC"),
        ):
            value, interval = figure(report.strangers, name)
            console.print(
                Text(f"{report.strangers.pictures:,} strangers of {report.strangers_of}: {told} {value} ({interval})")
            )
    for name, times in (("reading and decoding", report.decoding), ("resizing and inference", report.inference)):
        if times:
            console.print(
                Text(f"{name}: {times.median_ms:.1f} ms a picture (median), {times.p95_ms:.1f} ms (95 of 100)")
            )
    for limit in report.limits:
        console.print(Text(f"note: {limit}", style="dim"))


def _figures(report: EvaluationReport, parts: list[Part]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column(Text("figure [95 % interval]"), vertical="bottom")
    for part in parts:
        name = "never learned from" if part is report.unseen else ("all" if report.verdict.is_result else "NO RESULT")
        table.add_column(f"{name}\n{part.pictures:,} pictures, {part.groups:,} groups", justify="right", no_wrap=True)
    for titles in SECTIONS.values():
        for name, title in titles.items():
            if name in report.whole.figures:
                table.add_row(title, *(_cell(part, name) for part in parts))
        table.add_section()
    return table


def _cell(part: Part, name: str) -> Text:
    value, interval = figure(part, name)
    return Text(f"{value}  [{interval.replace(' to ', ', ')}]" if value else "")


def _classes(report: EvaluationReport) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("class", "pictures", "groups", "recall", "precision", "F1", "AUC"):
        table.add_column(name, justify="left" if name == "class" else "right")
    for row in report.classes:
        shown = [figure(report.whole, f"{name}/{row.label}")[0] for name in ("recall", "precision", "f1", "auc")]
        table.add_row(row.label, str(row.pictures), str(row.groups), *shown)
    return table
