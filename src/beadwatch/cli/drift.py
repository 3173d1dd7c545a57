"""`beadwatch drift`: whether pictures, and what a model says of them, are still what they were."""

from pathlib import Path
from typing import Annotated

import typer

from beadwatch.cli.extras import needing


def drift(
    reference: Annotated[
        str, typer.Argument(help="What the model was judged on: a data set by name or hash, or a folder of pictures.")
    ],
    current: Annotated[str, typer.Argument(help="What it sees now, likewise.")],
    model: Annotated[str, typer.Option(help="tig, surface, or the path of a bundle.")] = "surface",
    limit: Annotated[
        int | None, typer.Option(min=1, help="Take this many pictures of each, the same each time.")
    ] = None,
    html: Annotated[Path | None, typer.Option(help="Write a page to this file.")] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write every figure to this file.")] = None,
) -> None:
    """Say whether pictures, and what a model says of them, have drifted from a reference.

    Labels are used where every picture has some. Exit code 1 when there is drift, 0 when there is none or not enough to
    say.
    """
    with needing("data"):
        from beadwatch.cli.drift_run import run_drift

    if run_drift((reference, current), model, limit, (html, json_file)).drifted:
        raise typer.Exit(1)
