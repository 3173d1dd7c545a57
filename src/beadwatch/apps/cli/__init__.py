"""The command line. Nothing heavy is imported until a command runs, so that `--help` answers at once."""

import sys
from typing import Annotated

import typer

from beadwatch import __version__
from beadwatch.apps.cli import (
    accounts,
    certs,
    data,
    doctor,
    drift,
    evaluate,
    explain,
    export,
    feedback,
    flows,
    inspect,
    models,
    models_firebase,
    models_register,
    runs,
    serve,
    train,
    watch,
)
from beadwatch.domain.errors import BeadwatchError

EXIT_CODES = (
    "Exit codes: 0 all done; 1 some files or checks failed, the rest is done; 2 wrong usage or settings; 3 a split "
    "that leaks, or figures that are no result."
)

app = typer.Typer(
    name="beadwatch",
    help=f"Inspect welds with computer vision, and learn from the inspectors who correct it.\n\n{EXIT_CODES}",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("inspect")(inspect.inspect)
app.command("explain")(explain.explain)
app.command("watch")(watch.watch)
app.command("serve")(serve.serve)
app.command("certs")(certs.certs)
app.command("doctor")(doctor.doctor)
app.command("train")(train.train)
app.command("evaluate")(evaluate.evaluate)
app.command("drift")(drift.drift)
app.command("export")(export.export)
app.add_typer(data.app, name="data")
models.app.command("register")(models_register.register)
models.app.command("publish-firebase")(models_firebase.publish_firebase)
app.add_typer(models.app, name="models")
app.add_typer(runs.app, name="runs")
app.add_typer(accounts.app, name="accounts")
app.add_typer(feedback.app, name="feedback")
app.add_typer(flows.app, name="flows")


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
    try:
        app()
    except BeadwatchError as error:
        typer.echo(f"beadwatch: {type(error).__name__}: {error}", err=True)
        sys.exit(2)
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output left; Python would complain at exit
        sys.exit(1)
