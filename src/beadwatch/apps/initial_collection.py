"""The loop's first data: folders of public sets imported into one data set, and a test part frozen for good.

A folder that is in the set already is passed over, so that a run that was killed goes on. Groups are those that the
sets bring (`beadwatch data group` finds more, before the test part is frozen).
"""

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from beadwatch.apps.importing import ImportSource, import_samples
from beadwatch.apps.settings import Settings
from beadwatch.apps.wiring import open_catalog
from beadwatch.datasets.addition import add_records
from beadwatch.datasets.catalog import Catalog
from beadwatch.datasets.importers import ImportOptions, Problems, detect, read_samples
from beadwatch.datasets.snapshot import DatasetSnapshot, make_snapshot
from beadwatch.datasets.split import split_records
from beadwatch.domain.errors import DatasetError, NotReadyError, SourceError
from beadwatch.lifecycle.jobs import JobOutcome
from beadwatch.store.blobs import BlobStore

SHARES = {"train": 0.9, "valid": 0.0, "test": 0.1}


def initial_collection(settings: Settings) -> JobOutcome:
    """Import what the settings name into the loop's data set, and freeze a test part.

    Raises:
        NotReadyError: the settings name no set, or no folder.
        SourceError: a folder is not there.
        DatasetError: a folder cannot be read, or cannot be split.
    """
    name, folders = settings.loop_dataset, [part.strip() for part in (settings.loop_from or "").split(",")]
    if not name or not any(folders):
        raise NotReadyError("set BEADWATCH_LOOP_DATASET to the set's name, and BEADWATCH_LOOP_FROM to its folders")
    catalog, blobs = open_catalog(settings), BlobStore(settings.blobs)
    left_out: dict[str, list[str]] = {}
    for folder in map(Path, filter(None, folders)):
        if not folder.is_dir():
            raise SourceError(f"{folder}: there is no such folder; BEADWATCH_LOOP_FROM names it")
        held = _held(catalog, name)
        if held and any(record.source == folder.name for record in held.records):
            continue
        problems = Problems(skip=True)
        found = _imported(folder, blobs, problems)
        catalog.put(name, add_records(held, found.records) if held else found, f"initial collection of {folder.name}")
        left_out[folder.name] = [str(problem) for problem in problems.found]
    return _frozen(catalog, name, left_out)


def _held(catalog: Catalog, name: str) -> DatasetSnapshot | None:
    return catalog.snapshot(name) if name in catalog.names() else None


def _imported(folder: Path, blobs: BlobStore, problems: Problems) -> DatasetSnapshot:
    with tempfile.TemporaryDirectory(prefix="beadwatch-frames-") as frames:
        options = ImportOptions(folder.name, {}, frames_dir=Path(frames))
        samples = list(read_samples(folder, options, problems, detect(folder)))
        return import_samples(samples, ImportSource(folder), blobs, problems)


def _frozen(catalog: Catalog, name: str, left_out: dict[str, list[str]]) -> JobOutcome:
    snapshot = catalog.snapshot(name)
    facts: dict[str, Any] = {"dataset": name, "left_out": left_out}
    if not left_out and snapshot.part("test"):
        return JobOutcome(False, f"{name} has all of it already, and a frozen test part", facts)
    # A split that a set brings is not known to keep groups whole: it is drawn anew, once.
    result = split_records([replace(record, split=None) for record in snapshot.records], SHARES, 0)
    frozen = make_snapshot(result.records)
    if not frozen.part("test"):
        raise DatasetError(f"{name}: too few groups to freeze a test part of them")
    catalog.put(name, frozen, "initial collection: a test part is frozen")
    facts |= {"pictures": len(frozen.records), "test": len(frozen.part("test")), "snapshot": frozen.hash}
    words = f"{name} has {len(frozen.records)} pictures, {facts['test']} of them frozen to test by"
    return JobOutcome(True, words, facts)
