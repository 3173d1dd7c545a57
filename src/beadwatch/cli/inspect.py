"""`beadwatch inspect`: files and folders in, one result for each picture out, in the order given."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Format(StrEnum):
    """How results are written: for people, or one JSON object or CSV row for each picture."""

    TABLE = "table"
    JSONL = "jsonl"
    CSV = "csv"


def inspect(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Pictures, or folders of pictures.")],
    model: Annotated[str, typer.Option(help="tig, surface, or the path of a bundle.")] = "surface",
    output_format: Annotated[
        Format | None, typer.Option("--format", help="Default: table on a terminal, jsonl otherwise.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Write the results to this file instead of the output.")] = None,
    recursive: Annotated[bool, typer.Option("--recursive", "-r", help="Look into subfolders too.")] = False,
) -> None:
    """Inspect pictures of welds.

    Each picture is classified, and a disposition follows: accept, reject, or review when a person has to look. Files
    that cannot be read are reported among the results. With BEADWATCH_RELEASES_URL, the model of a task is the one that
    the station took over last.
    """
    import sys

    from beadwatch.cli.progress import tracked
    from beadwatch.services.inspecting import inspect_files, read_ahead
    from beadwatch.services.picture_files import find_pictures
    from beadwatch.settings import load_settings

    chosen = output_format or (Format.TABLE if out is None and sys.stdout.isatty() else Format.JSONL)
    settings = load_settings()
    found = find_pictures(paths, recursive)
    readings = read_ahead(found)
    from beadwatch.cli.report import Summary, open_writer
    from beadwatch.services.answering import open_answering, withdrawal_of  # while the first pictures are read

    classifier = open_answering(model, settings)
    withdrawn = withdrawal_of(classifier.card, settings)
    if withdrawn is not None:
        typer.echo(f"{withdrawn.words}: all it says is for review", err=True)
    summary = Summary(classifier.card)
    with open_writer(chosen.value, out) as write:
        for result in tracked(inspect_files(classifier, readings, withdrawn), len(found)):
            summary.count(result)
            write(result)
    summary.show()
    if summary.failed:
        raise typer.Exit(1)
