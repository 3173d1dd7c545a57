"""Finds out what works here and says what to do about what does not. Changes nothing but the store's own folder."""

import importlib.metadata
import platform
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from beadwatch import __version__
from beadwatch.domain.errors import BeadwatchError
from beadwatch.imaging.decode import decoder_version
from beadwatch.inference.bundle import CARD_FILE, ModelBundle, Precision, load_bundle
from beadwatch.inference.classifier import Classifier
from beadwatch.inference.session import runtime_version
from beadwatch.services.answering import taken_over
from beadwatch.services.bundles import bundle_paths, models_dir
from beadwatch.services.releases import RECORD
from beadwatch.settings import Settings
from beadwatch.storage.blobs import BlobStore
from beadwatch.storage.database import open_database
from beadwatch.storage.inspection_store import InspectionStore

EXTRAS = {
    "data": ("av", "kagglehub", "polars", "PyYAML", "requests", "scikit-learn"),
    "line": ("av", "paho-mqtt", "asyncua", "polars", "prometheus-client", "reportlab"),
    "train": ("torch", "torchvision", "timm", "lightning", "scikit-learn", "onnxscript"),
}


class State(StrEnum):
    """Outcome of a check: OK, absent but not needed, or failed."""

    OK = "ok"
    ABSENT = "-"
    FAILED = "FAIL"


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the diagnosis."""

    name: str
    state: State
    detail: str

    @property
    def failed(self) -> bool:
        """Whether something must be mended."""
        return self.state is State.FAILED

    def to_dict(self) -> dict[str, str]:
        """Return JSON-ready values."""
        return {"name": self.name, "state": self.state.name.lower(), "detail": self.detail}


def diagnose(settings: Settings) -> list[Check]:
    """Run all checks."""
    versions = f"{__version__}, Python {platform.python_version()}, {runtime_version()}, {decoder_version()}"
    checks = [Check("beadwatch", State.OK, versions), *(_extra(name) for name in EXTRAS)]
    folder = models_dir(settings)
    paths = bundle_paths(folder)
    if not paths:
        checks.append(Check("models", State.FAILED, f"no bundle in {folder}: set BEADWATCH_MODELS_DIR"))
    models = [check for path in paths for check in _graphs(f"model {path.name}", path, settings)]
    return [*checks, *models, *_releases(settings), *_shadows(settings), _store(settings)]


def _extra(name: str) -> Check:
    missing, found = [], []
    for package in EXTRAS[name]:
        try:
            found.append(f"{package} {importlib.metadata.version(package)}")
        except importlib.metadata.PackageNotFoundError:
            missing.append(package)
    if missing:
        return Check(f"extra {name}", State.ABSENT, f"not installed; `pip install beadwatch[{name}]` brings it")
    return Check(f"extra {name}", State.OK, ", ".join(found))


def _graphs(name: str, path: Path, settings: Settings) -> list[Check]:
    """Check a bundle, and each of its graphs by the golden check: all of them, since the line prefers int8."""
    try:
        bundle = load_bundle(path)
    except BeadwatchError as error:
        return [Check(name, State.FAILED, str(error))]
    checks = [_fp32(name, bundle, settings)]
    return checks if bundle.int8 is None else [*checks, _int8(f"{name}, int8", bundle, settings)]


def _fp32(name: str, bundle: ModelBundle, settings: Settings) -> Check:
    try:
        card = Classifier(bundle, settings.threads).card
    except BeadwatchError as error:
        return Check(name, State.FAILED, str(error))
    detail = f"{card.version}, fp32, {len(card.task.labels)} classes, hashes and golden check pass"
    return Check(name, State.OK, f"{detail}; {card.calibration.promise}")


def _int8(name: str, bundle: ModelBundle, settings: Settings) -> Check:
    try:
        Classifier(bundle, settings.threads, Precision.INT8)
    except BeadwatchError as error:
        if settings.precision is Precision.INT8:
            return Check(name, State.FAILED, f"{error}; set BEADWATCH_PRECISION=fp32")
        return Check(name, State.ABSENT, f"{error}; fp32 answers in its place")
    return Check(name, State.OK, "golden check passes")


def _releases(settings: Settings) -> list[Check]:
    """Check what the station took over from its release channel."""
    checks = []
    for record in sorted(settings.data_dir.glob(f"releases/*/{RECORD}")):
        name = f"release {record.parent.name}"
        try:
            path = taken_over(record.parent.name, settings)
        except BeadwatchError as error:
            checks.append(Check(name, State.FAILED, str(error)))
            continue
        checks += [] if path is None else _graphs(name, path, settings)
    return checks


def _shadows(settings: Settings) -> list[Check]:
    cards = (
        sorted(settings.data_dir.glob(f"shadows/*/*/{CARD_FILE}")) if settings.shadow and settings.releases_url else []
    )
    paths = [card.parent for card in cards]
    return [check for path in paths for check in _graphs(f"shadow {path.parent.name} {path.name[:8]}", path, settings)]


def _store(settings: Settings) -> Check:
    try:
        with closing(InspectionStore(open_database(settings.database))) as inspections:
            inspections.check()
        BlobStore(settings.blobs).check()
    except BeadwatchError as error:
        return Check("store", State.FAILED, str(error))
    return Check("store", State.OK, f"pictures in {settings.blobs}, database answers")
