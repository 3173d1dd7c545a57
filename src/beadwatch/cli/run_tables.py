"""Runs as tables for people. Knows runs, reports and Rich; reads nothing."""

import sys
from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from beadwatch.reports.run_report import RunReport
from beadwatch.reports.words import duration, length, moment, share, stretch
from beadwatch.storage.run_store import StoredRun

_PIPED_WIDTH = 160


def show_runs(runs: Sequence[StoredRun]) -> None:
    """Print one row a run; none for none."""
    if not runs:
        return
    table = _table("run", "line", "started", "lasted", "model", "source")
    for run in runs:
        info = run.info
        lasted = "not closed" if run.ended_at is None else duration(run.ended_at - info["started_at"])
        source = ("SIMULATED " if info["simulated"] else "") + info["source"]
        cells = (info["id"], info["line"], moment(info["started_at"]), lasted,
                 f"{info['model']} {info['model_version']}", source)  # fmt: skip
        table.add_row(*map(Text, cells))
    _console().print(table)


def show_run(report: RunReport) -> None:
    """Print what became of a run."""
    console, run, watched = _console(), report.run, report.watched
    console.print(Text(f"{report.standing.word}: {report.standing.why}", style="bold"))
    facts = {
        "run": f"{run['id']} of {run['line']}" + (" (SIMULATED: no evidence)" if run["simulated"] else ""),
        "model": f"{run['model']} {run['model_version']}",
        "source": run["source"],
        "track": run["track"],
        "started": moment(run["started_at"]),
        "ended": report.ending or moment(report.ended_at),
        "watched": f"{duration(watched.seconds)}, {length(watched.length_mm)}, {watched.frames:,} frames",
        "judged": f"{watched.judged:,}; {watched.faulty:,} with a fault, {watched.missing:,} numbers missing",
    }
    if delays := report.delays:
        facts["delay"] = f"p50 {delays.p50_ms:.1f} ms, p95 {delays.p95_ms:.1f} ms, p99 {delays.p99_ms:.1f} ms"
    facts |= {name: str(count) for name, count in report.counters.items()}
    about = Table(box=None, show_header=False, pad_edge=False)
    for name, value in facts.items():
        about.add_row(Text(f"  {name}", style="dim"), Text(value))
    console.print(about)
    states = _table("state", "time", "share", "length")
    for one in watched.shares:
        states.add_row(one.state, duration(one.seconds), share(one.share), length(one.length_mm))
    console.print(states)
    console.print(_events(report) if report.indications else Text("no events"))


def _events(report: RunReport) -> Table:
    table = _table("", "event", "state", "ISO 6520-1", "after", "where", "length", "time", "peak", "what to do")
    for each in report.indications:
        event, finding = each.event, each.finding
        peak = "" if event["confidence"] is None else f"{event['confidence']:.2f}"
        cells = (
            f"{each.number}", event["label"] + (" (not ended)" if each.is_open else ""), event["state"],
            (finding["iso6520"] or "condition") if finding else "", duration(each.offset_s),
            "\n".join(stretch(event["start"], event["end"])), length(event["length_mm"]),
            duration(event["duration_s"]), peak, each.remedy,
        )  # fmt: skip
        table.add_row(*map(Text, cells))
    return table


def _table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(Text(column), overflow="fold")
    return table


def _console() -> Console:
    return Console(file=sys.stdout, width=None if sys.stdout.isatty() else _PIPED_WIDTH, highlight=False)
