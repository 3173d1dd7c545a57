"""`beadwatch runs`: the runs of the line, one of them in figures, and its reports."""

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from beadwatch.cli.extras import needing

if TYPE_CHECKING:
    from beadwatch.reports.run_report import RunReport
    from beadwatch.reports.visual_testing import VisualTesting

Run = Annotated[str, typer.Argument(metavar="RUN", help="A run's id, its beginning, or `latest`.")]

app = typer.Typer(no_args_is_help=True, help="List, show and report runs of the line.", rich_markup_mode=None)


class Format(StrEnum):
    """How results are written: for people, or one JSON object a line."""

    TABLE = "table"
    JSONL = "jsonl"


class ShowFormat(StrEnum):
    """How a run is written: for people, or as one JSON object."""

    TABLE = "table"
    JSON = "json"


@app.command("list")
@needing("line")
def list_(
    line: Annotated[str | None, typer.Option(help="Only runs of this line.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many, the newest first.")] = 50,
    output_format: Annotated[
        Format | None, typer.Option("--format", help="Default: table on a terminal, jsonl otherwise.")
    ] = None,
) -> None:
    """List runs, the newest first."""
    import sys

    from beadwatch.cli.model_tables import write_lines
    from beadwatch.cli.run_tables import show_runs
    from beadwatch.services.run_reports import open_runs
    from beadwatch.settings import load_settings

    with open_runs(load_settings()) as runs:
        found = runs.find(limit, line)
    if not found:
        typer.echo("no run yet: `beadwatch watch sim://tig` makes one", err=True)
    if (output_format or (Format.TABLE if sys.stdout.isatty() else Format.JSONL)) is Format.JSONL:
        write_lines(run.to_dict() for run in found)
    else:
        show_runs(found)


@app.command()
@needing("line")
def show(
    run: Run,
    output_format: Annotated[
        ShowFormat | None, typer.Option("--format", help="Default: table on a terminal, json otherwise.")
    ] = None,
) -> None:
    """Show a run: what was watched, how much in each state, its events, delays and counters."""
    import sys

    from beadwatch.cli.run_tables import show_run
    from beadwatch.services.run_reports import report_of
    from beadwatch.settings import load_settings

    report = report_of(run, load_settings())
    chosen = output_format or (ShowFormat.TABLE if sys.stdout.isatty() else ShowFormat.JSON)
    if chosen is ShowFormat.JSON:
        typer.echo(_json(report).decode(), nl=False)
    else:
        show_run(report)


@app.command()
@needing("line")
def report(
    run: Run,
    html: Annotated[Path | None, typer.Option(help="Write the report as one HTML page.")] = None,
    json: Annotated[Path | None, typer.Option(help="Write the report as JSON.")] = None,
    visual_testing: Annotated[
        list[Path] | None,
        typer.Option(help="Write a visual-testing report, by its ending .html, .json or .pdf; may be given again."),
    ] = None,
    field: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="A field of the visual-testing report, as manufacturer=...; again."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Write all of them into this folder; by default the run's own, if none is named."),
    ] = None,
) -> None:
    """Write reports of a run, and the paths of the files to standard output.

    Fields that are not given stay empty, to be filled in by hand. Nothing in a report accepts a weld.
    """
    from beadwatch.reports.visual_testing import visual_testing as laid_out
    from beadwatch.services.run_reports import report_of, run_folder, write_whole
    from beadwatch.settings import load_settings

    settings, fields, tested = load_settings(), _fields(field or []), {path: _of(path) for path in visual_testing or []}
    computed = report_of(run, settings)
    laid = laid_out(computed, fields)
    if out is None and not (html or json or tested):
        out = run_folder(settings, computed.run["id"]) / "report"
    if out is not None:
        html, json = html or out / "report.html", json or out / "report.json"
        tested |= {path: _of(path) for path in (out / f"visual-testing.{ending}" for ending in _VISUAL_TESTING)}
    files = {path: make(computed) for path, make in ((html, _page), (json, _json)) if path}
    for path, data in (files | {path: make(laid) for path, make in tested.items()}).items():
        write_whole(path, data)
        typer.echo(path)


def _fields(given: list[str]) -> dict[str, str]:
    from beadwatch.domain.errors import SettingsError

    for one in given:
        if "=" not in one:
            raise SettingsError(f"--field {one!r}: say NAME=VALUE, as in --field manufacturer='Example Ltd'")
    return {name.strip(): value for name, _, value in (one.partition("=") for one in given)}


def _of(path: Path) -> "Callable[[VisualTesting], bytes]":
    from beadwatch.domain.errors import SettingsError

    if make := _VISUAL_TESTING.get(path.suffix.removeprefix(".").lower()):
        return make
    raise SettingsError(f"--visual-testing {path}: its ending must be .html, .json or .pdf")


def _page(report: "RunReport") -> bytes:
    from beadwatch.reports.page import run_page

    return run_page(report).encode()


def _json(report: "RunReport | VisualTesting") -> bytes:
    import json

    return (json.dumps(report.to_dict(), indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()


def _visual_testing_html(report: "VisualTesting") -> bytes:
    from beadwatch.reports.visual_testing_page import visual_testing_page

    return visual_testing_page(report).encode()


def _visual_testing_pdf(report: "VisualTesting") -> bytes:
    from beadwatch.reports.visual_testing_pdf import visual_testing_pdf

    return visual_testing_pdf(report)


_VISUAL_TESTING: "dict[str, Callable[[VisualTesting], bytes]]" = {
    "html": _visual_testing_html,
    "json": _json,
    "pdf": _visual_testing_pdf,
}
