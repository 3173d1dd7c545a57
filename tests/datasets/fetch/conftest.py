"""A server that stands in for others, archives, and options that never sleep."""

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from beadwatch.datasets.fetch import FetchOptions
from tests.datasets.fetch.standin import StandIn, standing_in

COMPRESSED: dict[str, Callable[[bytes], bytes]] = {
    "": bytes, "gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress
}  # fmt: skip
FILES = {"train/crack/1.png": b"first" * 5000, "train/porosity/2.png": b"second" * 300, "README.txt": b"read me"}


@pytest.fixture
def server() -> Iterator[StandIn]:
    with standing_in() as standin:
        yield standin


@pytest.fixture(autouse=True)
def no_logins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the credentials and the proxy of whoever runs the tests out of them."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("KAGGLE_CONFIG_DIR", str(tmp_path / "home" / ".kaggle"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    for name in ("ROBOFLOW_API_KEY", "KAGGLE_USERNAME", "KAGGLE_KEY", "KAGGLE_API_TOKEN", "NETRC"):
        monkeypatch.delenv(name, raising=False)


@dataclass
class Watched:
    """Options, and what was said, shown and slept through with them."""

    options: FetchOptions
    said: list[str] = field(default_factory=list)
    seen: list[tuple[str, int, int | None]] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)


def watched(**changes: Any) -> Watched:
    said: list[str] = []
    seen: list[tuple[str, int, int | None]] = []
    slept: list[float] = []
    options = FetchOptions(
        **({"say": said.append, "progress": lambda *step: seen.append(step), "wait": slept.append} | changes)
    )
    return Watched(options, said, seen, slept)


def zipped(files: Mapping[str, bytes] = FILES) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def tarred(files: Mapping[str, bytes] = FILES, compression: str = "") -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return COMPRESSED[compression](buffer.getvalue())


def files_below(folder: Path) -> dict[str, bytes]:
    """Return what is in a folder, by path, without the record of the fetch."""
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if not path.is_dir()}
    return {name: path.read_bytes() for name, path in found.items() if not name.startswith(".beadwatch")}
