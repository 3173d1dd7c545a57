"""`beadwatch models publish-firebase`: a bundle's TFLite graph into Firebase ML, with tags."""

from typing import Annotated

import typer

from beadwatch.cli.extras import needing


@needing("firebase")
def publish_firebase(
    bundle: Annotated[str, typer.Argument(metavar="NAME", help="A bundle in the models folder, or the path of one.")],
    bucket: Annotated[str, typer.Option(metavar="BUCKET", help="The Cloud Storage bucket that the graph goes to.")],
    tags: Annotated[
        list[str] | None, typer.Option("--tag", metavar="TAG", help="A tag beside version and hash; may be repeated.")
    ] = None,
    display_name: Annotated[
        str | None, typer.Option("--as", metavar="NAME", help="What apps call it. Default: the model's task.")
    ] = None,
    project: Annotated[
        str | None, typer.Option(metavar="ID", help="The Firebase project. Default: that of the credentials.")
    ] = None,
) -> None:
    """Publish a model's TFLite graph in Firebase ML, for apps that take it from there. Again, it changes nothing.

    Who we are there, the service account's key file says that GOOGLE_APPLICATION_CREDENTIALS names. Google ends
    Firebase ML on 15 June 2027. Prints the model as JSON.
    """
    import json
    import re

    from beadwatch.cli.models_withdraw import opened_withdrawals
    from beadwatch.domain.errors import ReleaseError
    from beadwatch.inference.bundle import TFLITE_FILE
    from beadwatch.services.bundles import find_bundle
    from beadwatch.settings import load_settings
    from beadwatch.storage.bundle_files import read_bundle_files
    from beadwatch.storage.firebase_models import publish_tflite

    settings = load_settings()
    card, files = read_bundle_files(find_bundle(bundle, settings))
    if TFLITE_FILE not in files:
        raise ReleaseError(
            f"{card.version} of {card.task.name} has no {TFLITE_FILE}: `beadwatch export RUN --tflite` makes a bundle "
            "with one"
        )
    with opened_withdrawals(settings) as store:
        for one in store.withdrawn():
            if (one.task, one.version) == (card.task.name, card.version):
                raise ReleaseError(f"{card.version} of {card.task.name} is withdrawn: {one.reason}")
    version = re.sub(r"[^A-Za-z0-9_-]", "-", card.version)[:32]
    made = publish_tflite(files[TFLITE_FILE], display_name or card.task.name, [*(tags or ()), version], bucket, project)
    typer.echo("Google ends Firebase ML on 15 June 2027; a release channel in a bucket goes on", err=True)
    typer.echo(json.dumps(made.to_dict()))
