"""The command line. Nothing heavy is imported until a command runs, so that `--help` answers at once."""

import atexit
import gc
import sys
from collections.abc import Mapping
from typing import Annotated, ClassVar

import typer

from beadwatch import __version__
from beadwatch.cli.lazy import LazyGroup
from beadwatch.domain.errors import BeadwatchError

EXIT_CODES = (
    "Exit codes: 0 all done; 1 some files or checks failed, the rest is done; 2 wrong usage or settings; 3 a split "
    "that leaks, or figures that are no result."
)


class _Commands(LazyGroup):
    """All commands, in the order of the help, each with the first sentence of its own."""

    summaries: ClassVar[Mapping[str, str]] = {
        "inspect": "Inspect pictures of welds.",
        "explain": "Show where in a picture the evidence for a finding is.",
        "watch": "Watch a weld as it is made, and tell the machine in time.",
        "serve": "Serve the station: the page, the HTTP interface and its documentation at /docs.",
        "certs": "Make a certificate authority of the station, and its certificate for https.",
        "doctor": (
            "Check the installation: versions, extras, settings, the store, and each model with its golden check."
        ),
        "train": "Train a model and export it as a bundle.",
        "evaluate": "Judge a model on labelled pictures: figures with 95 % intervals, and whether they are a result.",
        "drift": "Say whether pictures, and what a model says of them, have drifted from a reference.",
        "export": "Export a finished run as a bundle, without training.",
        "data": "Fetch, import, check and split labelled pictures.",
        "models": "List, show, compare, release and withdraw models.",
        "runs": "List, show and report runs of the line.",
        "accounts": "Add, list, pair and revoke accounts and devices.",
        "feedback": "Hand over, delete, let expire and pull in what people said.",
        "flows": "Run the jobs of the loop: collect, check drift, retrain.",
    }


app = typer.Typer(
    name="beadwatch",
    cls=_Commands,
    help=f"Inspect welds with computer vision, and learn from the inspectors who correct it.\n\n{EXIT_CODES}",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"beadwatch {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit."),
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run the command line: the process edge at which our errors become a message and exit code 2."""
    atexit.register(gc.freeze)  # else the end looks for garbage in all that was imported: a tenth of `inspect`
    try:
        app()
    except BeadwatchError as error:
        typer.echo(f"beadwatch: {type(error).__name__}: {error}", err=True)
        sys.exit(2)
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output left; Python would complain at exit
        sys.exit(1)
