"""`beadwatch data`: labelled sets, from import to split."""

from pathlib import Path
from typing import Annotated

import typer

from beadwatch.datasets.likeness import NEAR
from beadwatch.domain.text import cleaned

Name = Annotated[str, typer.Argument(metavar="NAME", help="A data set's name, or a snapshot's hash.")]

app = typer.Typer(no_args_is_help=True, help="Fetch, import, check and split labelled pictures.", rich_markup_mode=None)
snapshot_app = typer.Typer(no_args_is_help=True, help="Compare snapshots.", rich_markup_mode=None)
app.add_typer(snapshot_app, name="snapshot")


@app.command()
def fetch(
    source: Annotated[str, typer.Argument(help="What to fetch, see above.")],
    folder: Annotated[
        Path | None, typer.Argument(help="The new folder to write. Default: one named like the set, here.")
    ] = None,
    sha256: Annotated[str | None, typer.Option(help="What the archive's sha256 must be.")] = None,
    max_gb: Annotated[float, typer.Option(min=0.001, help="Most to download or to unpack, in gigabytes.")] = 64.0,
) -> None:
    """Fetch a public data set to a folder, from where `data import` takes it. Run again, it goes on where it ended.

    \b
    ss304                      TIG process camera on stainless steel 304, from Kaggle
    weld-quality               photos of finished welds, from Roboflow
    kaggle:OWNER/SET           any set on Kaggle; /versions/N for one version of it
    roboflow:WORKSPACE/PROJECT/VERSION
                               any on Roboflow Universe, as yolov8; /FORMAT for another
    https://.../set.zip        an archive: ZIP, or TAR with any compression
    git+https://...            a repository; @REF for a branch, tag or commit

    Roboflow wants a key in ROBOFLOW_API_KEY; Kaggle may want KAGGLE_API_TOKEN or ~/.kaggle/kaggle.json.
    """
    from beadwatch.cli.data_fetch import run_fetch

    run_fetch(source, folder, sha256, max_gb)


@app.command("import")
def import_(
    folder: Annotated[Path, typer.Argument(help="The folder to import.")],
    name: Annotated[str, typer.Option(help="What to call the set.")],
    layout: Annotated[str | None, typer.Option(help="Its layout. Default: recognised.")] = None,
    classes: Annotated[Path | None, typer.Option(help="YAML file with `foreign class: our class`.")] = None,
    licence: Annotated[str, typer.Option(help="Under which licence the pictures are.", callback=cleaned)] = "",
    on_error: Annotated[str, typer.Option(help="stop at the first problem, or skip what it is about.")] = "stop",
    add: Annotated[bool, typer.Option("--add", help="Add to the pictures that the set has.")] = False,
    source: Annotated[str | None, typer.Option(help="Where the pictures are from. Default: the set's name.")] = None,
) -> None:
    """Import a labelled set: its pictures are kept once, by their hash, and its labels become a snapshot.

    A picture that does not come in is named (exit code 1); labels that nobody reads end the import.

    With --add the set keeps its pictures, with their groups and parts; the new ones have no part until the next split.
    """
    from beadwatch.cli.data_import import run_import

    run_import(folder, name, layout, classes, (licence, on_error), source=source, add=add)


@app.command("list")
def list_() -> None:
    """List the data sets."""
    from beadwatch.services.catalog import open_catalog
    from beadwatch.settings import load_settings

    catalog = open_catalog(load_settings())
    for name in catalog.names():
        dataset = catalog.get(name)
        state = dataset.states[-1]
        typer.echo(f"{name:24} {dataset.snapshot[:12]}  {state.at}  {state.by}")
    if not catalog.names():
        typer.echo("no data sets yet; `beadwatch data import FOLDER --name NAME` makes one", err=True)


@app.command()
def show(name: Name) -> None:
    """Show what is in a data set: pictures, groups and labels of each part, sources, and its history."""
    from beadwatch.cli.data_tables import show_snapshot
    from beadwatch.services.catalog import open_catalog
    from beadwatch.settings import load_settings

    catalog = open_catalog(load_settings())
    show_snapshot(catalog.snapshot(name))
    if name in catalog.names():
        for state in catalog.get(name).states:
            typer.echo(f"{state.at}  {state.snapshot[:12]}  {state.by}")


@app.command()
def split(
    name: Annotated[str, typer.Argument(help="The data set's name.")],
    train: Annotated[float, typer.Option(help="Share of the training part.")] = 0.8,
    valid: Annotated[float, typer.Option(help="Share of the validation part.")] = 0.15,
    test: Annotated[float, typer.Option(help="Share of the test part.")] = 0.05,
    seed: Annotated[int, typer.Option(help="The same seed gives the same split.")] = 0,
    again: Annotated[bool, typer.Option("--again", help="Forget the split that the set has.")] = False,
) -> None:
    """Split a data set by group: near copies of one weld are never on both sides.

    A picture that has been split stays where it is, so that a test part is frozen; --again is for a set whose own split
    leaks.
    """
    from dataclasses import replace

    from beadwatch.cli.data_tables import show_snapshot
    from beadwatch.datasets.snapshot import make_snapshot
    from beadwatch.datasets.split import split_records
    from beadwatch.services.catalog import open_catalog
    from beadwatch.settings import load_settings

    catalog = open_catalog(load_settings())
    records = catalog.snapshot(name).records
    if again:
        records = tuple(replace(record, split=None) for record in records)
    result = split_records(records, {"train": train, "valid": valid, "test": test}, seed)
    snapshot = make_snapshot(result.records)
    catalog.put(name, snapshot, f"split --train {train:g} --valid {valid:g} --test {test:g} --seed {seed}")
    show_snapshot(snapshot)
    if result.held_back:
        typer.echo(f"{len(result.held_back)} pictures held back: they tie old parts together", err=True)


@app.command()
def collect(
    task: Annotated[str, typer.Argument(metavar="NAME", help="Whose feedback: that on tig or on surface.")],
    into: Annotated[str, typer.Option(metavar="DATASET", help="The data set that it comes to.")],
    held_out: Annotated[
        float, typer.Option(min=0.0, max=0.9, help="Share of the new groups that no model trains on.")
    ] = 0.3,
    seed: Annotated[int, typer.Option(help="Draws those groups.")] = 0,
    near: Annotated[
        float, typer.Option(min=0.5, max=1.0, help="Likeness of near copies; 0.9 for a camera that never moves.")
    ] = NEAR,
    trust_reviewers: Annotated[
        bool, typer.Option("--trust-reviewers", help="What reviewers send counts without a review.")
    ] = False,
    relabel: Annotated[
        bool, typer.Option("--relabel", help="Feedback also changes labels that did not come from feedback.")
    ] = False,
) -> None:
    """Collect what people said and reviewers accepted into a data set; collecting again changes nothing.

    The frozen test part stays as it is, and nothing that is like one of its pictures comes in. Exit code 1: a picture
    cannot be read and was left out.
    """
    from beadwatch.cli.data_collect import run_collect
    from beadwatch.cli.extras import needing

    with needing("data"):
        run_collect(task, into, {"held_out": held_out, "seed": seed, "near": near}, (trust_reviewers, relabel))


@snapshot_app.command()
def diff(old: Name, new: Name) -> None:
    """Say what changed from one snapshot to another."""
    from beadwatch.datasets.snapshot import diff_snapshots
    from beadwatch.services.catalog import open_catalog
    from beadwatch.settings import load_settings

    catalog = open_catalog(load_settings())
    changes = diff_snapshots(catalog.snapshot(old), catalog.snapshot(new))
    for record in changes.removed:
        typer.echo(f"- {record.source}/{record.name}")
    for record in changes.added:
        typer.echo(f"+ {record.source}/{record.name}")
    for key, fields in changes.changed.items():
        typer.echo(f"~ {key}: {', '.join(fields)}")
    counts = f"{len(changes.added)} added, {len(changes.removed)} removed, {len(changes.changed)} changed"
    typer.echo(counts, err=True)


@app.command()
def export(
    name: Name,
    target: Annotated[Path, typer.Argument(help="The new folder to write.")],
    layout: Annotated[str, typer.Option("--format", help="folder, yolo, coco or csv.")] = "yolo",
) -> None:
    """Write a data set as a folder that other tools read, and that `beadwatch data import` reads again."""
    from beadwatch.datasets.export import export_snapshot
    from beadwatch.imaging.decode import decode
    from beadwatch.services.catalog import open_catalog
    from beadwatch.settings import load_settings
    from beadwatch.storage.blobs import BlobStore

    def size_of(data: bytes) -> tuple[int, int]:
        image = decode(data)
        return image.width, image.height

    settings = load_settings()
    snapshot = open_catalog(settings).snapshot(name)
    export_snapshot(snapshot, layout, target, BlobStore(settings.blobs).get, size_of)
    typer.echo(f"{target}: {len(snapshot.records)} pictures of snapshot {snapshot.hash[:12]} as {layout}", err=True)


@app.command()
def group(
    name: Annotated[str, typer.Argument(help="The data set's name.")],
    overrides: Annotated[Path | None, typer.Option(help="CSV with the columns file and group; it decides.")] = None,
    again: Annotated[bool, typer.Option("--again", help="Find anew what was found before.")] = False,
) -> None:
    """Find the groups of a data set: pictures of one weld, run or source photo, by their names and what they show.

    Groups that the layout gave stay, but those that hold sure copies of each other become one. How each group was
    decided is kept with it.
    """
    from beadwatch.cli.data_audit import run_group

    run_group(name, overrides, again)


@app.command()
def audit(
    name: Name,
    html: Annotated[Path | None, typer.Option(help="Write a page with pictures to this file.")] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write everything found to this file.")] = None,
    model: Annotated[str, typer.Option(help="Model whose features the leak estimate uses; none for no estimate.")] = (
        "surface"
    ),
) -> None:
    """Look for what is wrong with a data set: leaks, copies, conflicting labels, broken pictures, thin classes.

    Exit code 3 when a split leaks, so that CI can use it.
    """
    from beadwatch.cli.data_audit import run_audit

    if run_audit(name, html, json_file, model).leaks:
        raise typer.Exit(3)


@app.command()
def preview(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A data set's name, a snapshot's hash, or a folder.")],
    out: Annotated[Path, typer.Option(help="The PNG file to write.")],
    recipe: Annotated[str, typer.Option(help="Whose variations to show: tig or surface.")] = "surface",
    config: Annotated[
        Path | None, typer.Option(help="YAML file over the recipe, as `beadwatch train` takes it.")
    ] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="One field, such as augment.glare=0.2; over recipe and file.")
    ] = None,
    each: Annotated[int, typer.Option(min=1, max=60, help="Samples of each class.")] = 6,
) -> None:
    """Draw a contact sheet: samples of each class, each variation alone, and draws as they are trained on.

    Variations happen during training only; no file is ever changed by them.
    """
    from beadwatch.cli.data_preview import run_preview

    run_preview(name, out, (recipe, config, settings or []), each)
