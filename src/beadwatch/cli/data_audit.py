"""What `beadwatch data group` and `beadwatch data audit` do: read the pictures with progress, judge, and say it."""

import json
from pathlib import Path

import numpy as np
import typer

from beadwatch.cli.progress import ticking
from beadwatch.datasets.audit import audit
from beadwatch.datasets.audit_page import audit_page, wanted_thumbnails
from beadwatch.datasets.audit_report import AuditReport
from beadwatch.datasets.groups import read_overrides
from beadwatch.datasets.leak_estimate import LeakEstimate, estimate_leak
from beadwatch.datasets.near_duplicates import near_pairs
from beadwatch.datasets.snapshot import DatasetSnapshot
from beadwatch.domain.errors import DatasetError
from beadwatch.services.auditing import Readings, as_samples, group_snapshot, read_pictures, thumbnails
from beadwatch.services.bundles import open_classifier
from beadwatch.services.catalog import open_catalog
from beadwatch.settings import Settings, load_settings
from beadwatch.storage.blobs import BlobStore

NO_MODEL = "none"


def run_group(name: str, overrides: Path | None, again: bool) -> None:
    """Group the set `name` and let the name point to the result.

    Raises:
        DatasetError: no such set, or an override that fits no picture.
    """
    settings = load_settings()
    catalog, blobs = open_catalog(settings), BlobStore(settings.blobs)
    snapshot = catalog.snapshot(name)
    chosen = read_overrides(overrides) if overrides else {}
    with ticking(len(snapshot.records)) as tick:
        readings = read_pictures(snapshot.records, blobs, None, tick)
    grouped, summary = group_snapshot(snapshot, readings, chosen, again)
    catalog.put(name, grouped, "group" + (f" --overrides {overrides.name}" if overrides else ""))
    typer.echo(f"{summary.pictures} pictures in {summary.groups} groups, snapshot {grouped.hash[:12]}")
    for how, count in summary.by_how.items():
        typer.echo(f"{count:8} by {how}")
    typer.echo(f"the largest group, {summary.largest_group!r}, has {summary.largest_pictures} pictures")


def run_audit(name: str, html: Path | None, json_file: Path | None, model: str) -> AuditReport:
    """Audit the set `name`, write what was asked for and print a summary.

    Raises:
        DatasetError: no such set, or a file cannot be written.
        BundleError: no such model.
    """
    settings = load_settings()
    snapshot, blobs = open_catalog(settings).snapshot(name), BlobStore(settings.blobs)
    readings = _read(snapshot, settings, model, blobs)
    samples, digests = as_samples(snapshot.records), [record.sha256 for record in snapshot.records]
    report = audit(samples, digests, readings.fingerprints, near_pairs(readings.fingerprints), readings.broken)
    leak = _leak(snapshot, readings) if readings.embeddings else None
    if html:
        pictures = thumbnails(snapshot.records, wanted_thumbnails(report), blobs)
        _write(html, audit_page(report, name, pictures, leak))
    if json_file:
        found = {"snapshot": snapshot.hash, **report.to_dict(), "leak_estimate": leak.to_dict() if leak else None}
        _write(json_file, json.dumps(found, indent=1, ensure_ascii=False))
    _summarise(report, leak)
    return report


def _read(snapshot: DatasetSnapshot, settings: Settings, model: str, blobs: BlobStore) -> Readings:
    grouped = all(record.group is not None for record in snapshot.records)
    classifier = open_classifier(model, settings) if model != NO_MODEL and grouped else None
    if classifier and any(classifier.has_seen(record.sha256) for record in snapshot.records):
        typer.echo(f"{model} was trained on pictures of this set: the leak estimate will be too small", err=True)
    with ticking(len(snapshot.records)) as tick:
        return read_pictures(snapshot.records, blobs, classifier, tick)


def _leak(snapshot: DatasetSnapshot, readings: Readings) -> LeakEstimate | None:
    readable = [record for number, record in enumerate(snapshot.records) if number not in readings.broken]
    try:
        return estimate_leak(as_samples(readable), np.stack(readings.embeddings))
    except DatasetError as error:
        typer.echo(f"no leak estimate: {error}", err=True)
        return None


def _summarise(report: AuditReport, leak: LeakEstimate | None) -> None:
    verdict = "LEAKS: the split has copies of one weld on both sides" if report.leaks else "no leak found"
    typer.echo(verdict)
    lines = {
        "pictures": report.pictures,
        "groups": report.groups,
        "without a group": report.ungrouped,
        "groups in several splits": len(report.straddling),
        "copies in several splits": len(report.copies_across),
        "look-alikes in several splits": len(report.look_alikes_across),
        "copies that disagree in labels": len(report.conflicts),
        "broken": len(report.broken),
        "odd": len(report.odd),
        "without a label": len(report.unlabelled),
    }
    for name, count in lines.items():
        typer.echo(f"{count:8} {name}")
    if leak:
        typer.echo(
            f"a simple classifier scores {leak.random:.3f} on a random split and {leak.grouped:.3f} on whole groups: "
            f"{leak.leakage:.3f} of the first is leakage"
        )


def _write(path: Path, text: str) -> None:
    aside = path.with_name(f".{path.name}.part")
    try:
        aside.write_text(text, encoding="utf-8")
        aside.replace(path)
    except OSError as error:
        raise DatasetError(f"{path}: cannot be written: {error.strerror}") from error
