"""What `beadwatch data import` does: recognise, import with progress, name, and say what was left out."""

import tempfile
from pathlib import Path

import typer

from beadwatch.apps.cli.data_tables import show_snapshot
from beadwatch.apps.cli.progress import tracked
from beadwatch.apps.importing import ImportSource, import_samples
from beadwatch.apps.settings import load_settings
from beadwatch.apps.wiring import open_catalog
from beadwatch.datasets.importers import ImportOptions, Problems, detect, importer_named, read_samples
from beadwatch.datasets.importers.classes import read_classes
from beadwatch.domain.errors import DatasetError
from beadwatch.store.blobs import BlobStore

_PROBLEMS_SHOWN = 20


def run_import(folder: Path, name: str, layout: str | None, classes: Path | None, terms: tuple[str, str]) -> None:
    """Import `folder` as the set `name`; `terms` are the licence and what to do about a problem (stop or skip).

    Raises:
        DatasetError: see `read_samples` and `import_samples`; the set keeps the state that it had.
    """
    licence, on_error = terms
    if on_error not in {"stop", "skip"}:
        raise DatasetError(f"--on-error {on_error!r}: say stop or skip")
    settings = load_settings()
    catalog, blobs = open_catalog(settings), BlobStore(settings.blobs)
    importer = importer_named(layout) if layout else detect(folder)
    problems = Problems(skip=on_error == "skip")
    typer.echo(f"{folder}: layout {importer.name}", err=True)
    with tempfile.TemporaryDirectory(prefix="beadwatch-frames-") as frames:
        options = ImportOptions(name, read_classes(classes) if classes else {}, frames_dir=Path(frames))
        samples = list(read_samples(folder, options, problems, importer))
        snapshot = import_samples(tracked(samples, len(samples)), ImportSource(folder, licence), blobs, problems)
    catalog.put(name, snapshot, f"import {importer.name}")
    show_snapshot(snapshot)
    for problem in problems.found[:_PROBLEMS_SHOWN]:
        typer.echo(f"left out: {problem}", err=True)
    if problems.found:
        typer.echo(f"{len(problems.found)} problems in all", err=True)
        raise typer.Exit(1)
