"""`beadwatch models register`: a bundle into MLflow's registry, with where it came from."""

from typing import Annotated

import typer

from beadwatch.cli.extras import needing


@needing("flows")
def register(
    bundle: Annotated[str, typer.Argument(metavar="NAME", help="A bundle in the models folder, or the path of one.")],
    run_id: Annotated[
        str | None, typer.Option("--run", metavar="ID", help="MLflow's run of the training that made it.")
    ] = None,
    challenger: Annotated[bool, typer.Option("--challenger", help="Make it the challenger of its task.")] = False,
) -> None:
    """Register a bundle in MLflow's registry: snapshot, run, revision and the graph's hash.

    Registering it again changes nothing. Prints the version as JSON.
    """
    import importlib.util
    import json

    from beadwatch.domain.errors import SettingsError
    from beadwatch.inference.bundle import load_bundle
    from beadwatch.lifecycle.registry import Alias, Registry, lineage_of
    from beadwatch.services.bundles import find_bundle
    from beadwatch.settings import load_settings

    settings = load_settings()
    uri = settings.tracking(None)
    if uri is None:
        raise SettingsError("BEADWATCH_TRACKING_URI is none, so that there is no registry: name one")
    if importlib.util.find_spec("mlflow") is None:
        raise ModuleNotFoundError("mlflow", name="mlflow")
    loaded = load_bundle(find_bundle(bundle, settings))
    registry = Registry(uri)
    made = registry.register(loaded, lineage_of(loaded.card, run_id))
    if challenger:
        made = registry.set_alias(made.task, made.version, Alias.CHALLENGER)
    typer.echo(json.dumps(made.to_dict(), ensure_ascii=False))
