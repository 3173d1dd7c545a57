"""Model bundles: a folder or zip with `card.json` and the files that the card vouches for.

Knows where the files are and that they are the ones the card names. Does not run the model: see `classifier`.
"""

import hashlib
import json
import lzma
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from beadwatch.domain.errors import BundleError
from beadwatch.domain.model_card import ModelCard, card_from_dict

CARD_FILE = "card.json"
MODEL_FILE = "model.onnx"
INT8_FILE = "model.int8.onnx"
TFLITE_FILE = "model.tflite"
SEEN_FILE = "seen.txt"
SEEN_DIGITS = 16  # of a sha256: enough to tell pictures apart, and a quarter of the size
_MAX_FILE_BYTES = 512 * 1024 * 1024
_ZIP_DAMAGE = (  # what `zipfile` is known to raise at damaged bytes
    zipfile.BadZipFile, OSError, EOFError, RuntimeError, ValueError, LookupError, ArithmeticError, MemoryError,
    struct.error, zlib.error, lzma.LZMAError,
)  # fmt: skip


class Precision(StrEnum):
    """Which of a bundle's two ONNX graphs runs. INT8 is faster and a little off; not every bundle has it."""

    FP32 = "fp32"
    INT8 = "int8"


@dataclass(frozen=True, slots=True)
class DeviceFiles:
    """The files of a bundle with which a device runs the model itself: the fp32 graph and the golden picture.

    `sizes` are their bytes by name. They are read when they are asked for, not held in memory.
    """

    path: Path
    card: ModelCard
    sizes: Mapping[str, int]

    def read(self, name: str) -> bytes:
        """Return one of the files, checked against the card again.

        Raises:
            KeyError: it is none of them.
            BundleError: it has gone, or is not what it was when the bundle was loaded.
        """
        if name not in self.sizes:
            raise KeyError(name)
        with _opened(self.path) as read:
            return _checked(self.path, name, read(name), self.card.files[name])


@dataclass(frozen=True, slots=True)
class ModelBundle:
    """A verified bundle in memory. `seen` holds the first 16 digits of the sha256 of each training picture.

    `int8` is the quantised graph, None in a bundle that has none.
    """

    path: Path
    card: ModelCard
    model: bytes
    golden: bytes
    seen: frozenset[str]
    int8: bytes | None = None

    def graph(self, precision: Precision) -> bytes:
        """Return the ONNX graph of that precision.

        Raises:
            BundleError: the bundle has none.
        """
        graph = self.int8 if precision is Precision.INT8 else self.model
        if graph is None:
            raise BundleError(f"there is no {INT8_FILE} in it: run it with fp32, or export the model with int8")
        return graph

    @property
    def device_files(self) -> DeviceFiles:
        """What a device needs of it."""
        sizes = {MODEL_FILE: len(self.model), self.card.golden.file: len(self.golden)}
        return DeviceFiles(self.path, self.card, sizes)

    def best(self, wanted: Precision) -> Precision:
        """Return `wanted` where the bundle has such a graph, else fp32, which every bundle has."""
        return wanted if self.int8 is not None else Precision.FP32


def load_bundle(path: Path) -> ModelBundle:
    """Read a bundle and check each file against the card.

    Raises:
        BundleError: it is missing or incomplete, or a file is not the one that the card names.
    """
    with _opened(path) as read:
        return _verified(path, read)


@contextmanager
def _opened(path: Path) -> Iterator[Callable[[str], bytes]]:
    if path.is_dir():
        yield lambda name: _read_from_folder(path, name)
        return
    if not path.exists():
        raise BundleError(f"{path}: no such bundle; `beadwatch doctor` lists those there are")
    try:
        with zipfile.ZipFile(path) as archive:
            yield lambda name: _read_from_zip(archive, path, name)
    except _ZIP_DAMAGE as error:
        raise BundleError(f"{path}: neither a bundle folder nor a zip: {error}") from error


def _verified(path: Path, read: Callable[[str], bytes]) -> ModelBundle:
    text = read(CARD_FILE)
    try:
        card = card_from_dict(json.loads(text))
    except (ValueError, RecursionError) as error:
        raise BundleError(f"{path}: {CARD_FILE} is broken JSON: {error}") from error
    except BundleError as error:
        raise BundleError(f"{path}: {error}") from error
    files = {name: _checked(path, name, read(name), expected) for name, expected in card.files.items()}
    seen = files.get(SEEN_FILE, b"").decode("ascii", errors="replace").split()
    if INT8_FILE in files and INT8_FILE not in card.other_goldens:
        raise BundleError(f"{path}: {CARD_FILE} does not say what {INT8_FILE} makes of the golden input")
    golden = files[card.golden.file]
    return ModelBundle(path, card, files[MODEL_FILE], golden, frozenset(seen), files.get(INT8_FILE))


def _checked(path: Path, name: str, data: bytes, expected: str) -> bytes:
    if hashlib.sha256(data).hexdigest() != expected:
        raise BundleError(
            f"{path}: {name} is not the file that {CARD_FILE} names (its sha256 differs): "
            "the bundle is damaged or was altered; fetch it again"
        )
    return data


def _read_from_folder(folder: Path, name: str) -> bytes:
    try:
        return (folder / name).read_bytes()
    except OSError as error:
        raise BundleError(f"{folder}: {name} cannot be read: {error.strerror}") from error


def _read_from_zip(archive: zipfile.ZipFile, path: Path, name: str) -> bytes:
    try:
        if archive.getinfo(name).file_size > _MAX_FILE_BYTES:
            raise BundleError(f"{path}: {name} unpacks to more than {_MAX_FILE_BYTES:,} bytes")
        return archive.read(name)
    except KeyError:
        raise BundleError(f"{path}: {name} is not in the zip") from None
    except _ZIP_DAMAGE as error:
        raise BundleError(f"{path}: {name} cannot be unpacked: {error}") from error


def write_card(folder: Path, card: ModelCard) -> None:
    """Write `card.json` into a bundle folder."""
    text = json.dumps(card.to_dict(), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    (folder / CARD_FILE).write_text(text, encoding="utf-8")
