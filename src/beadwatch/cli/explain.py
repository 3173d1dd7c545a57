"""`beadwatch explain`: where in each picture the model's evidence is, as JSON lines and as pictures."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Format(StrEnum):
    """How results are written: for people, or one JSON object for each picture."""

    TABLE = "table"
    JSONL = "jsonl"


def explain(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Pictures, or folders of pictures.")],
    model: Annotated[str, typer.Option(help="tig, surface, or the path of a bundle.")] = "surface",
    label: Annotated[
        list[str] | None, typer.Option(help="Explain this class, found or not; may be given several times.")
    ] = None,
    out: Annotated[Path, typer.Option(help="The folder for the pictures.")] = Path("explained"),
    output_format: Annotated[
        Format | None, typer.Option("--format", help="Default: table on a terminal, jsonl otherwise.")
    ] = None,
    recursive: Annotated[bool, typer.Option("--recursive", "-r", help="Look into subfolders too.")] = False,
) -> None:
    """Show where in a picture the evidence for a finding is.

    For each picture with a finding, NAME.explain.png shows the heat map, and a box to look at more closely. The box is
    a hint and no outline: the map is coarse.
    """
    import sys

    from beadwatch.cli.explain_table import show_explained
    from beadwatch.cli.progress import tracked
    from beadwatch.services.answering import open_answering
    from beadwatch.services.explaining import explain_files
    from beadwatch.services.picture_files import find_pictures
    from beadwatch.settings import load_settings

    classifier = open_answering(model, load_settings())
    known = classifier.card.task.label_names
    if unknown := [name for name in label or [] if name not in known]:
        raise typer.BadParameter(f"no class {unknown[0]!r} in {model}; there are: {', '.join(known)}")
    found = find_pictures(paths, recursive)
    chosen = output_format or (Format.TABLE if sys.stdout.isatty() else Format.JSONL)
    results = tracked(explain_files(classifier, found, label or [], out), len(found))
    failed = show_explained(results, chosen.value, classifier.card)
    if failed:
        raise typer.Exit(1)
