"""The files of a bundle as bytes, to be published: those that its card vouches for, and the card; nothing else.

Knows the card. Does not run the model: whether it computes what the card promises, `inference` checks.
"""

import hashlib
import json
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

from beadwatch.domain.errors import BundleError
from beadwatch.domain.model_card import ModelCard, card_from_dict

CARD_FILE = "card.json"


def read_bundle_files(path: Path) -> tuple[ModelCard, dict[str, bytes]]:
    """Read a bundle, a folder or a zip: its card, and the bytes of each file by name.

    Raises:
        BundleError: it cannot be read, or a file is not the one that its card names.
    """
    try:
        if path.is_dir():
            return _read(path, lambda name: (path / name).read_bytes())
        with zipfile.ZipFile(path) as archive:
            return _read(path, archive.read)
    except (OSError, KeyError, ValueError, RuntimeError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise BundleError(f"{path}: no bundle that can be read: {error}") from error


def _read(path: Path, read: Callable[[str], bytes]) -> tuple[ModelCard, dict[str, bytes]]:
    text = read(CARD_FILE)
    card = card_from_dict(json.loads(text))
    files = {name: read(name) for name in card.files}
    for name, data in files.items():
        if hashlib.sha256(data).hexdigest() != card.files[name]:
            raise BundleError(f"{path}: {name} is not the file that {CARD_FILE} names (its sha256 differs)")
    return card, {**files, CARD_FILE: text}
