"""Builds what the command line and the server work with, from settings. The composition root: no logic of its own."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from beadwatch.apps.settings import Settings
from beadwatch.domain.errors import BundleError
from beadwatch.inference.bundle import CARD_FILE, load_bundle
from beadwatch.inference.classifier import Classifier
from beadwatch.store.blobs import BlobStore
from beadwatch.store.database import open_database
from beadwatch.store.inspection_store import InspectionStore


@dataclass(frozen=True, slots=True)
class Models:
    """The models of a folder: ready ones by task name, and refused ones with the reason, by bundle name."""

    ready: Mapping[str, Classifier]
    refused: Mapping[str, BundleError]


@dataclass(frozen=True, slots=True)
class Station:
    """All that the server needs."""

    models: Models
    inspections: InspectionStore
    blobs: BlobStore
    max_upload_bytes: int


def models_dir(settings: Settings) -> Path:
    """Return the folder of bundles: the setting, or the bundles that ship with the package or its source tree."""
    if settings.models_dir is not None:
        return settings.models_dir
    package = Path(__file__).resolve().parents[1]
    in_wheel, in_source_tree = package / "models", package.parents[1] / "models"
    return in_wheel if in_wheel.is_dir() else in_source_tree


def bundle_paths(folder: Path) -> list[Path]:
    """Return the bundles in a folder: subfolders with a card, and zips."""
    if not folder.is_dir():
        return []
    return sorted(
        path
        for path in folder.iterdir()
        if not path.name.startswith(".") and ((path / CARD_FILE).is_file() or path.suffix == ".zip")
    )


def open_classifier(name_or_path: str, settings: Settings) -> Classifier:
    """Load the model of that name among the bundles, or the bundle at that path.

    Raises:
        BundleError: there is none, or it is refused.
    """
    folder = models_dir(settings)
    named = [path for path in bundle_paths(folder) if name_or_path in {path.name, path.stem}]
    path = named[0] if named else Path(name_or_path)
    if not path.exists():
        there = ", ".join(path.stem for path in bundle_paths(folder)) or "none"
        raise BundleError(f"no model {name_or_path!r}: it is neither a path nor a bundle in {folder} (there: {there})")
    return Classifier(load_bundle(path), settings.threads)


def open_models(settings: Settings) -> Models:
    """Load every bundle of the models folder; a bad one is refused by name and does not stop the others."""
    ready: dict[str, Classifier] = {}
    refused: dict[str, BundleError] = {}
    for path in bundle_paths(models_dir(settings)):
        try:
            classifier = Classifier(load_bundle(path), settings.threads)
        except BundleError as error:
            refused[path.name] = error
            continue
        task = classifier.card.task.name
        if task in ready:
            refused[path.name] = BundleError(f"{path}: the task {task!r} already has a model; remove one of the two")
        else:
            ready[task] = classifier
    return Models(ready, refused)


def build_station(settings: Settings) -> Station:
    """Open models, database and blob store.

    Raises:
        StoreError: the database or the blob store cannot be opened.
    """
    return Station(
        models=open_models(settings),
        inspections=InspectionStore(open_database(settings.database)),
        blobs=BlobStore(settings.blobs),
        max_upload_bytes=settings.max_upload_mb * 1024 * 1024,
    )
