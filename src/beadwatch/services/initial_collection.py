"""The loop's first data: public sets and folders imported into one data set, audited, grouped, and a test part frozen.

A source that is in the set already is passed over, so that a run that was killed goes on. What each set's own split is
worth is said before it is drawn anew: leaks are the rule there. Near copies are grouped across all sources. A test part
that is frozen stays so: sources that are named later are placed around it.
"""

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from beadwatch.datasets.addition import add_records
from beadwatch.datasets.audit import audit
from beadwatch.datasets.audit_page import audit_page, wanted_thumbnails
from beadwatch.datasets.audit_report import AuditReport
from beadwatch.datasets.catalog import Catalog
from beadwatch.datasets.fetch import parse_source
from beadwatch.datasets.importers import ImportOptions, Problems, detect, read_samples
from beadwatch.datasets.near_duplicates import near_pairs
from beadwatch.datasets.snapshot import DatasetSnapshot, Record, make_snapshot
from beadwatch.datasets.split import split_records
from beadwatch.domain.errors import DatasetError, FetchError, NotReadyError, SourceError
from beadwatch.lifecycle.jobs import JobOutcome
from beadwatch.services.auditing import Readings, as_samples, group_snapshot, read_pictures, thumbnails
from beadwatch.services.catalog import open_catalog
from beadwatch.services.fetching import fetch_into
from beadwatch.services.importing import ImportSource, import_samples
from beadwatch.settings import Settings
from beadwatch.storage.blobs import BlobStore
from beadwatch.storage.files import open_files

SHARES = {"train": 0.9, "valid": 0.0, "test": 0.1}
IMPORTED, FROZEN = "initial collection of", "initial collection: grouped, and a test part is frozen"


@dataclass(frozen=True, slots=True)
class _Source:
    name: str
    folder: Path
    licence: str = ""


def initial_collection(settings: Settings) -> JobOutcome:
    """Import what the settings name into the loop's data set, audit and group it, and freeze a test part.

    Raises:
        NotReadyError: the settings name no set, or nothing to make it of.
        SourceError: a folder is not there.
        FetchError: a public set cannot be fetched.
        DatasetError: a folder cannot be read, or cannot be split.
    """
    name = settings.loop_dataset
    named = [part.strip() for part in (settings.loop_from or "").split(",") if part.strip()]
    if not name or not named:
        raise NotReadyError(
            "set BEADWATCH_LOOP_DATASET to the set's name, and BEADWATCH_LOOP_FROM to its folders, or to what "
            "`beadwatch data fetch` takes"
        )
    making = _Making(settings, name)
    for text in named:
        making.take_in(_source(text, settings))
    return making.finished()


def _source(text: str, settings: Settings) -> _Source:
    folder = Path(text)
    if folder.is_dir():
        return _Source(folder.name, folder)
    try:
        source = parse_source(text)
    except FetchError as error:
        raise SourceError(
            f"{text}: there is no such folder, and `beadwatch data fetch` knows none; BEADWATCH_LOOP_FROM names it"
        ) from error
    record, found, name = fetch_into(source, settings.data_dir / "fetched", settings)
    return _Source(name, found, "" if record.credit else record.licence or "")


class _Making:
    """One run: what it takes in, and what is found on the way. Audits are kept, and told of again by a later run."""

    def __init__(self, settings: Settings, name: str) -> None:
        self._settings, self._name = settings, name
        self._catalog, self._blobs = open_catalog(settings), BlobStore(settings.blobs)
        self._audits = open_files(str(settings.data_dir / "audit"), private=True)
        self._left_out: dict[str, list[str]] = {}
        self._sources: list[str] = []

    def take_in(self, source: _Source) -> None:
        """Import and audit a source, unless the set has it."""
        self._sources.append(source.name)
        held = _held(self._catalog, self._name)
        if held and any(record.source == source.name for record in held.records):
            return
        problems = Problems(skip=True)
        found = _imported(source, self._blobs, problems)
        self._audited(source.name, found, read_pictures(found.records, self._blobs, None))
        whole = add_records(held, found.records) if held else found
        self._catalog.put(self._name, whole, f"{IMPORTED} {source.name}")
        self._left_out[source.name] = [str(problem) for problem in problems.found + problems.left_out]

    def finished(self) -> JobOutcome:
        """Group and split what waits for it."""
        snapshot, states = self._catalog.snapshot(self._name), self._catalog.get(self._name).states
        frozen_before, waiting = False, False
        for state in states:
            frozen_before |= state.by == FROZEN
            waiting = state.by != FROZEN and (waiting or state.by.startswith(IMPORTED))
        facts: dict[str, Any] = {"dataset": self._name, "left_out": self._left_out}
        if not waiting and snapshot.part("test"):
            return JobOutcome(False, f"{self._name} has all of it already, and a frozen test part", facts)
        readings = read_pictures(snapshot.records, self._blobs, None)
        grouped, summary = group_snapshot(snapshot, readings, {}, again=False, near=self._settings.loop_near)
        # A split that a set brings is not known to keep groups whole: it is drawn anew, once.
        records = [each if frozen_before else replace(each, split=None) for each in grouped.records]
        result = split_records(records, SHARES, 0)
        frozen = make_snapshot(result.records)
        if not frozen.part("test"):
            raise DatasetError(f"{self._name}: too few groups to freeze a test part of them")
        self._audited("", frozen, _of(frozen, grouped, readings))
        self._catalog.put(self._name, frozen, FROZEN)
        facts |= {
            "pictures": len(frozen.records),
            "test": len(frozen.part("test")),
            "snapshot": frozen.hash,
            "groups": {"count": summary.groups, "by": dict(summary.by_how)},
            "held_back": [f"{record.source}/{record.name}" for record in result.held_back],
            "audits": {source or "whole set": self._found(source) for source in (*self._sources, "")},
        }
        return JobOutcome(True, _in_words(self._name, facts), facts)

    def _audited(self, source: str, snapshot: DatasetSnapshot, readings: Readings) -> None:
        """Write the page and the figures of an audit: of a source as it came, or of the whole (no source)."""
        samples, digests = as_samples(snapshot.records), [record.sha256 for record in snapshot.records]
        pairs = near_pairs(readings.fingerprints, self._settings.loop_near)
        report = audit(samples, digests, readings.fingerprints, pairs, readings.broken)
        title = f"{self._name}: {source} as it came" if source else self._name
        pictures = thumbnails(snapshot.records, wanted_thumbnails(report), self._blobs)
        self._audits.write(f"{self._file(source)}.html", audit_page(report, title, pictures, None).encode())
        self._audits.write(f"{self._file(source)}.json", json.dumps(_figures(report)).encode())

    def _found(self, source: str) -> dict[str, Any]:
        """Return the figures of an audit that was made, in this run or before; none of what was imported by hand."""
        found: dict[str, Any] = json.loads(self._audits.read(f"{self._file(source)}.json") or b"{}")
        return found

    def _file(self, source: str) -> str:
        return f"{self._name}-{source}" if source else self._name


def _held(catalog: Catalog, name: str) -> DatasetSnapshot | None:
    return catalog.snapshot(name) if name in catalog.names() else None


def _imported(source: _Source, blobs: BlobStore, problems: Problems) -> DatasetSnapshot:
    with tempfile.TemporaryDirectory(prefix="beadwatch-frames-") as frames:
        options = ImportOptions(source.name, {}, frames_dir=Path(frames))
        samples = list(read_samples(source.folder, options, problems, detect(source.folder)))
        return import_samples(samples, ImportSource(source.folder, source.licence), blobs, problems)


def _of(snapshot: DatasetSnapshot, read: DatasetSnapshot, readings: Readings) -> Readings:
    """Return what was read from the pictures of another snapshot, in the order of this one."""
    places = {_key(record): number for number, record in enumerate(read.records)}
    order = [places[_key(record)] for record in snapshot.records]
    broken = {number: readings.broken[place] for number, place in enumerate(order) if place in readings.broken}
    return Readings([readings.fingerprints[place] for place in order], broken)


def _key(record: Record) -> tuple[str, str]:
    return record.source, record.name


def _figures(report: AuditReport) -> dict[str, Any]:
    found = report.to_dict()
    return {name: found[name] for name in ("leaks", "pictures", "groups", "ungrouped", "splits", "leaked", "counts")}


def _in_words(name: str, facts: Mapping[str, Any]) -> str:
    words = [
        f"{name} has {facts['pictures']} pictures of {facts['groups']['count']} groups, {facts['test']} of them frozen "
        "to test by"
    ]
    for source, found in facts["audits"].items():
        if found.get("leaks"):
            counts = found["counts"]
            parts = "its parts" if source == "whole set" else "the parts that it came in"
            words.append(
                f"{source} leaks: {counts['straddling']} groups and {counts['copies_across']} copies stand in several "
                f"of {parts}"
            )
    conflicts = facts["audits"]["whole set"]["counts"]["conflicts"]
    return "; ".join([*words, *([f"{conflicts} sets of copies disagree in their labels"] if conflicts else [])])
