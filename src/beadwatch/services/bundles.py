"""The models of a name: bundles in the models folder or at a path, loaded as the settings ask. Knows no station."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from beadwatch.domain.errors import BundleError
from beadwatch.inference.bundle import CARD_FILE, Precision, load_bundle
from beadwatch.settings import Settings

if TYPE_CHECKING:
    from beadwatch.inference.classifier import Classifier


def models_dir(settings: Settings) -> Path:
    """Return the folder of bundles: the setting, or those in the package (in a source tree a link to `models/`)."""
    return settings.models_dir or Path(__file__).resolve().parents[1] / "models"


def bundle_paths(folder: Path) -> list[Path]:
    """Return the bundles in a folder: subfolders with a card, and zips."""
    if not folder.is_dir():
        return []
    return sorted(
        path
        for path in folder.iterdir()
        if not path.name.startswith(".") and ((path / CARD_FILE).is_file() or path.suffix == ".zip")
    )


def _name(bundle: Path) -> str:
    # Not the stem: that of a folder "tig-2026.01.02" would lack its last two digits.
    return bundle.name.removesuffix(".zip")


def find_bundle(name_or_path: str, settings: Settings) -> Path:
    """Return where the bundle of that name is, or the path itself.

    Raises:
        BundleError: there is neither.
    """
    folder = models_dir(settings)
    named = [path for path in bundle_paths(folder) if name_or_path in {path.name, _name(path)}]
    path = named[0] if named else Path(name_or_path)
    if not os.path.exists(path):  # noqa: PTH110  # Path.exists raises for a name that is too long
        there = ", ".join(map(_name, bundle_paths(folder))) or "none"
        raise BundleError(f"no model {name_or_path!r}: it is neither a path nor a bundle in {folder} (there: {there})")
    return path


def open_classifier(name_or_path: str, settings: Settings) -> "Classifier":
    """Load the model of that name among the bundles, or the bundle at that path.

    Raises:
        BundleError: there is none, or it is refused.
    """
    return load_classifier(find_bundle(name_or_path, settings), settings)


def load_classifier(path: Path, settings: Settings, preferred: Precision = Precision.FP32) -> "Classifier":
    """Load the bundle at `path`, with the graph that the settings ask for, else the preferred one: see `precision`.

    Raises:
        BundleError: the bundle is refused.
    """
    with ThreadPoolExecutor(max_workers=1) as pool:
        reading = pool.submit(load_bundle, path)
        from beadwatch.services.precision import open_precise  # meanwhile: ONNX Runtime takes as long to import

        bundle = reading.result()
    return open_precise(bundle, settings, preferred)
