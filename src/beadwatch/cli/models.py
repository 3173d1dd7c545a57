"""`beadwatch models`: what models there are, what stands on their cards, releasing them and withdrawing one."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from beadwatch.cli.models_firebase import publish_firebase
from beadwatch.cli.models_register import register
from beadwatch.domain.text import cleaned

Name = Annotated[str, typer.Argument(metavar="NAME", help="A bundle in the models folder, or the path of one.")]

app = typer.Typer(no_args_is_help=True, help="List, show, compare, release and withdraw models.", rich_markup_mode=None)


class Format(StrEnum):
    """How results are written: for people, or one JSON object a line."""

    TABLE = "table"
    JSONL = "jsonl"


class CardFormat(StrEnum):
    """How a card is written: for people, or as one JSON object."""

    TABLE = "table"
    JSON = "json"


Lines = Annotated[Format | None, typer.Option("--format", help="Default: table on a terminal, jsonl otherwise.")]


@app.command("list")
def list_(output_format: Lines = None) -> None:
    """List the bundles of the models folder, with their main figures and whether they pass their checks.

    Says which are withdrawn, too. Exit code 1 when one is refused.
    """
    from beadwatch.cli.model_tables import show_models, write_lines
    from beadwatch.cli.models_withdraw import opened_withdrawals
    from beadwatch.services.bundles import models_dir
    from beadwatch.services.model_listing import list_models
    from beadwatch.settings import load_settings

    settings = load_settings()
    with opened_withdrawals(settings) as store:
        withdrawn = store.withdrawn()
    models = list_models(settings, withdrawn)
    if not models:
        typer.echo(f"no bundle in {models_dir(settings)}; BEADWATCH_MODELS_DIR names another folder", err=True)
    if _lines(output_format):
        write_lines(model.to_dict() for model in models)
    else:
        show_models(models)
    here = [model.withdrawn for model in models]
    for one in withdrawn:
        if one not in here:
            typer.echo(f"withdrawn, and not in the models folder: {one.version} of {one.task}: {one.reason}", err=True)
    if any(model.refused for model in models):
        raise typer.Exit(1)


@app.command()
def show(
    name: Name,
    output_format: Annotated[
        CardFormat | None, typer.Option("--format", help="Default: table on a terminal, json otherwise.")
    ] = None,
) -> None:
    """Show a model's card: classes and thresholds, figures with 95 % intervals, data, training, attribution."""
    import json
    import sys

    from beadwatch.cli.model_tables import show_card
    from beadwatch.inference.bundle import load_bundle
    from beadwatch.services.bundles import find_bundle
    from beadwatch.settings import load_settings

    bundle = load_bundle(find_bundle(name, load_settings()))
    chosen = output_format or (CardFormat.TABLE if sys.stdout.isatty() else CardFormat.JSON)
    if chosen is CardFormat.JSON:
        typer.echo(json.dumps(bundle.card.to_dict(), indent=2, ensure_ascii=False))
    else:
        show_card(bundle)


@app.command()
def compare(first: Name, second: Name, output_format: Lines = None) -> None:
    """Compare two models: figures with their intervals, then all that differs in data, thresholds and training.

    Intervals that overlap leave it open whether there is a difference.
    """
    from beadwatch.cli.model_tables import show_comparison, write_lines
    from beadwatch.domain.comparison import caveats, compare_figures, compare_rest
    from beadwatch.inference.bundle import load_bundle
    from beadwatch.services.bundles import find_bundle
    from beadwatch.settings import load_settings

    settings = load_settings()
    one, other = (load_bundle(find_bundle(name, settings)).card for name in (first, second))
    figures, rest = compare_figures(one, other), compare_rest(one, other)
    if _lines(output_format):
        write_lines([*(figure.to_dict() for figure in figures), *(difference.to_dict() for difference in rest)])
    else:
        show_comparison((one, other), figures, rest)
    for caveat in caveats(one, other):
        typer.echo(f"beware: {caveat}", err=True)


Version = Annotated[str, typer.Argument(metavar="VERSION", help="The version, as the model's card has it.")]
TaskName = Annotated[str, typer.Option("--task", metavar="TASK", help="The model's task, as surface.")]


@app.command()
def withdraw(
    version: Version,
    task: TaskName,
    why: Annotated[str, typer.Option(help="The reason in a line, for the inspectors who have it on their phones.")],
) -> None:
    """Withdraw a model version: the station and the phones that hear of it judge nothing by it alone any more.

    Phones may have versions that are not here; those can be withdrawn too.
    """
    from beadwatch.cli.models_withdraw import run_withdraw

    run_withdraw(task, version, why)


@app.command()
def restore(version: Version, task: TaskName) -> None:
    """Take back that a model version is withdrawn."""
    from beadwatch.cli.models_withdraw import run_restore

    run_restore(task, version)


By = Annotated[str, typer.Option("--by", metavar="NAME", help="Who does it; it is kept for ever.", callback=cleaned)]
Task = Annotated[str, typer.Argument(metavar="TASK", help="The model's task, as surface.")]


@app.command()
def promote(
    bundle: Name,
    by: By,
    verdict: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The gate's verdict on this model, as JSON.")
    ] = None,
    override: Annotated[
        str | None, typer.Option(metavar="REASON", help="Release it against the gate; the reason is kept for ever.")
    ] = None,
) -> None:
    """Release a model as its task's champion: the stations that follow BEADWATCH_RELEASES_URL take it over.

    Without a verdict that it passed the gate against the present champion, it is refused.
    """
    from beadwatch.cli.models_release import run_promote

    run_promote(bundle, by, verdict, override)


@app.command()
def shadow(
    by: By,
    bundle: Annotated[
        str | None, typer.Argument(metavar="NAME", help="A bundle in the models folder, or the path of one.")
    ] = None,
    stop: Annotated[
        str | None, typer.Option(metavar="TASK", help="Instead: end what runs in shadow for this task.")
    ] = None,
    why: Annotated[
        str, typer.Option(metavar="TEXT", help="The reason; it is kept for ever.", callback=cleaned)
    ] = "to compare",
) -> None:
    """Put a model into shadow: stations that follow BEADWATCH_RELEASES_URL let it answer beside the champion.

    Its answers are stored and shown to nobody who inspects; #/compare in the app shows where they differ. The champion
    is left alone.
    """
    from beadwatch.cli.models_release import run_shadow, run_shadow_stop

    if (bundle is None) == (stop is None):
        raise typer.BadParameter("name either a bundle to put into shadow, or a task with --stop")
    if stop is not None:
        run_shadow_stop(stop, by, why)
    elif bundle is not None:
        run_shadow(bundle, by, why)


@app.command()
def rollback(
    task: Task,
    by: By,
    why: Annotated[str, typer.Option(metavar="TEXT", help="The reason; it is kept for ever.", callback=cleaned)],
) -> None:
    """Go back to the champion before the present one was released."""
    from beadwatch.cli.models_release import run_rollback

    run_rollback(task, by, why)


@app.command()
def history(task: Task, output_format: Lines = None) -> None:
    """List what was released for a task and rolled back, the oldest first: who, when, why, and the gate's verdict."""
    from beadwatch.cli.models_release import run_history

    run_history(task, _lines(output_format))


@app.command()
def keys(
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="Where they are made; none may be there yet.")],
) -> None:
    """Make a key pair for signing releases: release.key, which stays with who publishes, and release.pub."""
    from beadwatch.storage.release_signing import make_keys

    private, public = make_keys(out)
    typer.echo(f"BEADWATCH_SIGNING_KEY={private}", err=True)
    typer.echo(f"BEADWATCH_VERIFY_KEY={public}", err=True)


app.command("register")(register)
app.command("publish-firebase")(publish_firebase)


def _lines(output_format: Format | None) -> bool:
    import sys

    return (output_format or (Format.TABLE if sys.stdout.isatty() else Format.JSONL)) is Format.JSONL
