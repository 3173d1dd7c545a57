"""What `beadwatch data import` does: recognise, import with progress, name, and say what was left out.

Exit code 1: something was left out.
"""

import tempfile
from pathlib import Path

import typer

from beadwatch.cli.data_tables import show_snapshot
from beadwatch.cli.progress import tracked
from beadwatch.datasets.addition import add_records
from beadwatch.datasets.importers import ImportOptions, Problems, detect, importer_named, read_samples
from beadwatch.datasets.importers.classes import read_classes
from beadwatch.domain.errors import DatasetError
from beadwatch.domain.text import cleaned
from beadwatch.services.catalog import open_catalog
from beadwatch.services.importing import ImportSource, import_samples
from beadwatch.settings import load_settings
from beadwatch.storage.blobs import BlobStore

_PROBLEMS_SHOWN = 20


def run_import(
    folder: Path,
    name: str,
    layout: str | None,
    classes: Path | None,
    terms: tuple[str, str],
    *,
    source: str | None = None,
    add: bool = False,
) -> None:
    """Import `folder` as the set `name`; `terms` are the licence and what to do about a problem (stop or skip).

    The pictures are of `source`, or of the set's name; with `add` they come to those that the set has.

    Raises:
        DatasetError: see `read_samples` and `import_samples`; the set keeps the state that it had.
    """
    licence, on_error = terms
    if on_error not in {"stop", "skip"}:
        raise DatasetError(f"--on-error {on_error!r}: say stop or skip")
    settings = load_settings()
    catalog, blobs = open_catalog(settings), BlobStore(settings.blobs)
    held = catalog.snapshot(catalog.get(name).snapshot) if add else None
    importer = importer_named(layout) if layout else detect(folder)
    problems = Problems(skip=on_error == "skip")
    typer.echo(f"{folder}: layout {importer.name}", err=True)
    with tempfile.TemporaryDirectory(prefix="beadwatch-frames-") as frames:
        options = ImportOptions(
            cleaned(source or name), read_classes(classes) if classes else {}, frames_dir=Path(frames)
        )
        samples = list(read_samples(folder, options, problems, importer))
        snapshot = import_samples(tracked(samples, len(samples)), ImportSource(folder, licence), blobs, problems)
    if held is not None:
        snapshot = add_records(held, snapshot.records)
        typer.echo(f"{len(snapshot.records) - len(held.records)} pictures added; now group and split the set", err=True)
    catalog.put(name, snapshot, f"import {importer.name}{' --add' if add else ''}")
    show_snapshot(snapshot)
    for note in problems.notes:
        typer.echo(f"note: {note}", err=True)
    for problem in problems.found[:_PROBLEMS_SHOWN] + problems.left_out:
        typer.echo(f"left out: {problem}", err=True)
    if problems.found:
        typer.echo(f"problems in all: {len(problems.found)}", err=True)
    if problems.found or problems.left_out:
        raise typer.Exit(1)
