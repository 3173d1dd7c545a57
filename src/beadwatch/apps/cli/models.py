"""`beadwatch models`: what models there are, what stands on their cards, and two of them side by side."""

from enum import StrEnum
from typing import Annotated

import typer

Name = Annotated[str, typer.Argument(metavar="NAME", help="A bundle in the models folder, or the path of one.")]

app = typer.Typer(no_args_is_help=True, help="List, show and compare models.", rich_markup_mode=None)


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

    Exit code 1 when one is refused.
    """
    from beadwatch.apps.cli.model_tables import show_models, write_lines
    from beadwatch.apps.model_listing import list_models
    from beadwatch.apps.settings import load_settings
    from beadwatch.apps.wiring import models_dir

    settings = load_settings()
    models = list_models(settings)
    if not models:
        typer.echo(f"no bundle in {models_dir(settings)}; BEADWATCH_MODELS_DIR names another folder", err=True)
    if _lines(output_format):
        write_lines(model.to_dict() for model in models)
    else:
        show_models(models)
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

    from beadwatch.apps.cli.model_tables import show_card
    from beadwatch.apps.settings import load_settings
    from beadwatch.apps.wiring import find_bundle
    from beadwatch.inference.bundle import load_bundle

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
    from beadwatch.apps.cli.model_tables import show_comparison, write_lines
    from beadwatch.apps.settings import load_settings
    from beadwatch.apps.wiring import find_bundle
    from beadwatch.domain.comparison import caveats, compare_figures, compare_rest
    from beadwatch.inference.bundle import load_bundle

    settings = load_settings()
    one, other = (load_bundle(find_bundle(name, settings)).card for name in (first, second))
    figures, rest = compare_figures(one, other), compare_rest(one, other)
    if _lines(output_format):
        write_lines([*(figure.to_dict() for figure in figures), *(difference.to_dict() for difference in rest)])
    else:
        show_comparison((one, other), figures, rest)
    for caveat in caveats(one, other):
        typer.echo(f"beware: {caveat}", err=True)


def _lines(output_format: Format | None) -> bool:
    import sys

    return (output_format or (Format.TABLE if sys.stdout.isatty() else Format.JSONL)) is Format.JSONL
