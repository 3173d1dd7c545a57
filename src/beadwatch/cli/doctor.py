"""`beadwatch doctor`: what is installed, which models load, and what to do about the rest."""

from typing import Annotated

import typer


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Write a JSON list instead.")] = False,
) -> None:
    """Check the installation: versions, extras, settings, the store, and each model with its golden check."""
    import json

    from beadwatch.services.diagnosis import diagnose
    from beadwatch.settings import load_settings

    checks = diagnose(load_settings())
    if as_json:
        typer.echo(json.dumps([check.to_dict() for check in checks], indent=2))
    else:
        width = max(len(check.name) for check in checks)
        for check in checks:
            typer.echo(f"{check.state.value:>4}  {check.name:<{width}}  {check.detail}")
    if any(check.failed for check in checks):
        raise typer.Exit(1)
