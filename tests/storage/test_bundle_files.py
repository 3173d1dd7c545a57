"""What is published of a bundle: the card and what it vouches for."""

import json
from pathlib import Path

import pytest

from beadwatch.domain.errors import BundleError
from beadwatch.storage.bundle_files import read_bundle_files
from tests.bundles import write_bundle, zipped

NAMES = {"card.json", "golden.png", "model.onnx", "seen.txt"}


def test_what_the_card_names_is_read_and_nothing_else(tmp_path: Path) -> None:
    folder = write_bundle(tmp_path / "tig")
    (folder / "notes.txt").write_text("mine")
    for path in (folder, zipped(folder)):
        card, files = read_bundle_files(path)
        assert (card.version, set(files)) == ("tig-1", NAMES)
        assert files["card.json"] == (folder / "card.json").read_bytes()


@pytest.mark.parametrize(("name", "text"), [("card.json", b"{"), ("card.json", b"{}"), ("seen.txt", b"other")])
def test_what_is_not_whole_is_refused(tmp_path: Path, name: str, text: bytes) -> None:
    folder = write_bundle(tmp_path / "tig")
    (folder / name).write_bytes(text)
    for path in (folder, zipped(folder)):
        with pytest.raises(BundleError):
            read_bundle_files(path)


def test_a_file_that_is_missing_is_named(tmp_path: Path) -> None:
    folder = write_bundle(tmp_path / "tig")
    (folder / "seen.txt").unlink()
    for path in (folder, zipped(folder)):
        with pytest.raises(BundleError, match=r"seen\.txt"):
            read_bundle_files(path)


def test_a_zip_with_damaged_bytes_is_refused(tmp_path: Path) -> None:
    path = zipped(write_bundle(tmp_path / "tig"))
    data = bytearray(path.read_bytes())
    for place in range(40, len(data), 97):
        path.write_bytes(data[:place] + bytes([data[place] ^ 255]) + data[place + 1 :])
        try:
            _, files = read_bundle_files(path)
        except BundleError:
            continue
        json.loads(files["card.json"])  # the damage was where nothing is read
