"""Finds out what works here and says what to do about what does not. Changes nothing but the store's own folder."""

import importlib.metadata
import platform
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from beadwatch import __version__
from beadwatch.apps.bundles import bundle_paths, load_classifier, models_dir
from beadwatch.apps.settings import Settings
from beadwatch.apps.wiring import build_station
from beadwatch.domain.errors import BeadwatchError
from beadwatch.imaging.decode import decoder_version
from beadwatch.inference.session import runtime_version

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
    return [*checks, *(_model(path, settings) for path in paths), _store(settings)]


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


def _model(path: Path, settings: Settings) -> Check:
    try:
        classifier = load_classifier(path, settings)
    except BeadwatchError as error:
        return Check(f"model {path.name}", State.FAILED, str(error))
    card = classifier.card
    detail = f"{card.version}, {classifier.precision}, {len(card.task.labels)} classes, hashes and golden check pass"
    detail += f"; {card.calibration.promise}"
    return Check(f"model {path.name}", State.OK, detail)


def _store(settings: Settings) -> Check:
    try:
        with closing(build_station(settings)) as station:
            station.inspections.check()
            station.blobs.check()
    except BeadwatchError as error:
        return Check("store", State.FAILED, str(error))
    return Check("store", State.OK, f"pictures in {settings.blobs}, database answers")
