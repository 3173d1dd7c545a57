"""Finding a run by what a person types, and making its report from the stores that the settings name."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from beadwatch.domain.errors import BundleError, ReleaseError, SourceError, StoreError
from beadwatch.inference.classifier import Classifier
from beadwatch.line.frame_record import read_frames
from beadwatch.reports.run_report import RunReport, run_report
from beadwatch.services.answering import open_answering
from beadwatch.services.bundles import open_classifier
from beadwatch.settings import Settings
from beadwatch.storage.blobs import BlobStore
from beadwatch.storage.database import open_database
from beadwatch.storage.run_store import RunStore, StoredRun

LATEST = "latest"
_MOST_RUNS = 10_000


@contextmanager
def open_runs(settings: Settings) -> Iterator[RunStore]:
    """Open the runs of the settings' database, and let go of it at the end.

    Raises:
        StoreError: the database cannot be opened.
    """
    runs = RunStore(open_database(settings.database))
    try:
        yield runs
    finally:
        runs.close()


def run_folder(settings: Settings, run_id: str) -> Path:
    """Return the folder of a run's frames and reports."""
    return settings.data_dir / "runs" / run_id


def find_run(runs: RunStore, wanted: str) -> StoredRun:
    """Return the run of that id, of that beginning of an id, or the newest one for `latest`.

    Raises:
        StoreError: there is none, or several begin so.
    """
    if wanted != LATEST and (found := runs.get(wanted)):
        return found
    stored = runs.find(limit=1 if wanted == LATEST else _MOST_RUNS)
    matching = stored if wanted == LATEST else [run for run in stored if run.info["id"].startswith(wanted)]
    if len(matching) == 1 and wanted:
        return matching[0]
    if matching and wanted:
        some = ", ".join(run.info["id"] for run in matching[:5])
        raise StoreError(f"{len(matching)} runs begin with {wanted!r}: {some}{', ...' * (len(matching) > 5)}")
    raise StoreError(f"no run {wanted!r}: `beadwatch runs list` lists those there are")


def model_of(run: StoredRun, settings: Settings) -> Classifier | None:
    """Return the model that a run used; None where that version is not among the models any more, or is refused."""
    for load in (open_answering, open_classifier):
        with suppress(BundleError, ReleaseError, StoreError):
            classifier = load(run.info["model"], settings)
            if classifier.card.version == run.info["model_version"]:
                return classifier
    return None


def report_of(wanted: str, settings: Settings) -> RunReport:
    """Compute the report of the run that a person means.

    Raises:
        StoreError: there is no such run, or its record cannot be read.
    """
    with open_runs(settings) as runs:
        run = find_run(runs, wanted)
        events = runs.events(run.info["id"])
    frames = read_frames(run_folder(settings, run.info["id"]))
    model = model_of(run, settings)
    explain = (lambda image, label: model.explain(image, [label])[0]) if model else None
    return run_report(run, events, frames, BlobStore(settings.blobs).get, model.card if model else None, explain)


def write_whole(place: Path, data: bytes) -> None:
    """Write a file in one step, with the folder that it lies in.

    Raises:
        SourceError: it cannot be written.
    """
    if place.is_dir():
        raise SourceError(f"{place}: cannot be written: it is a folder; name a file")
    aside = place.with_name(f".{place.name}.{os.getpid()}.part")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        try:
            aside.write_bytes(data)
            aside.replace(place)
        finally:
            aside.unlink(missing_ok=True)
    except OSError as error:
        raise SourceError(f"{place}: cannot be written: {error.strerror}") from error
