"""Named data sets: a name points to the snapshot that it is now, and remembers those that it was.

Snapshots are immutable files under their hash; a name is one small file that is replaced in one step. So whatever kills
an import, the name still points to something whole. Works on any fsspec URL. Knows no pictures.
"""

import json
import re
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import fsspec

from beadwatch.datasets.snapshot import DatasetSnapshot, from_parquet, to_parquet
from beadwatch.domain.errors import DatasetError

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_HASH = re.compile(r"[0-9a-f]{6,64}")


@dataclass(frozen=True, slots=True)
class State:
    """One step in a data set's life: which snapshot it became, when, and by which command."""

    snapshot: str
    at: str
    by: str


@dataclass(frozen=True, slots=True)
class NamedDataset:
    """A data set's name and its states, the newest last."""

    name: str
    states: tuple[State, ...]

    @property
    def snapshot(self) -> str:
        """The hash of the snapshot that the name points to."""
        return self.states[-1].snapshot


class Catalog:
    """The data sets of a folder or fsspec URL."""

    def __init__(self, url: str) -> None:
        """Open the catalog; it is made when the first set is put.

        Raises:
            DatasetError: the URL is of no file system that is installed.
        """
        try:
            self._fs, self._root = fsspec.core.url_to_fs(url)
        except (ImportError, ValueError) as error:
            raise DatasetError(f"data set catalog {url!r}: {error}") from error

    def names(self) -> list[str]:
        """Return the names of all data sets, sorted."""
        folder = f"{self._root}/names"
        if not self._fs.exists(folder):
            return []
        files = (str(path).rsplit("/", 1)[-1] for path in self._fs.ls(folder, detail=False))
        return sorted(file.removesuffix(".json") for file in files if file.endswith(".json"))

    def get(self, name: str) -> NamedDataset:
        """Return a data set by name.

        Raises:
            DatasetError: there is none, or its file is damaged.
        """
        try:
            data = json.loads(self._fs.cat_file(self._pointer(name)))
            states = tuple(State(**state) for state in data["states"])
        except FileNotFoundError:
            there = ", ".join(self.names()) or "none yet; `beadwatch data import` makes one"
            raise DatasetError(f"no data set {name!r}; there are: {there}") from None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise DatasetError(f"data set {name!r}: its file cannot be read: {error}") from error
        if not states:
            raise DatasetError(f"data set {name!r}: its file names no snapshot; import it again")
        return NamedDataset(name, states)

    def snapshot(self, name_or_hash: str) -> DatasetSnapshot:
        """Return the snapshot that a name points to, or the one of a hash or its beginning.

        Raises:
            DatasetError: there is none, several begin so, or it is damaged.
        """
        if name_or_hash in self.names():
            return self._read(self.get(name_or_hash).snapshot)
        if _HASH.fullmatch(name_or_hash):
            folder = f"{self._root}/snapshots"
            files = self._fs.ls(folder, detail=False) if self._fs.exists(folder) else []
            hashes = [str(path).rsplit("/", 1)[-1].removesuffix(".parquet") for path in files]
            found = [known for known in hashes if known.startswith(name_or_hash)]
            if len(found) > 1:
                raise DatasetError(f"{len(found)} snapshots begin with {name_or_hash}: give more digits")
            if found:
                return self._read(found[0])
        self.get(name_or_hash)
        raise DatasetError(f"no snapshot {name_or_hash!r}")

    def put(self, name: str, snapshot: DatasetSnapshot, by: str) -> NamedDataset:
        """Keep a snapshot and let the name point to it; `by` says what made it.

        Raises:
            DatasetError: the name is impossible, or it cannot be written; the name points to what it did.
        """
        if not _NAME.fullmatch(name):
            raise DatasetError(f"data set name {name!r}: use lower-case letters, digits, '.', '_' and '-', at most 64")
        before = self.get(name).states if name in self.names() else ()
        state = State(snapshot.hash, datetime.now(UTC).isoformat(timespec="seconds"), by)
        dataset = NamedDataset(name, (*before, state))
        self._write(self._file(snapshot.hash), to_parquet(snapshot))
        states: list[dict[str, Any]] = [
            {"snapshot": each.snapshot, "at": each.at, "by": each.by} for each in dataset.states
        ]
        self._write(self._pointer(name), json.dumps({"states": states}, indent=1).encode())
        return dataset

    def _read(self, digest: str) -> DatasetSnapshot:
        try:
            return from_parquet(self._fs.cat_file(self._file(digest)), digest)
        except OSError as error:
            raise DatasetError(f"snapshot {digest[:12]} cannot be read: {error}") from error

    def _write(self, path: str, data: bytes) -> None:
        aside = f"{path}.{uuid.uuid4().hex}.part"
        try:
            self._fs.makedirs(self._fs._parent(path), exist_ok=True)
            self._fs.pipe_file(aside, data)
            self._fs.mv(aside, path)
        except OSError as error:
            raise DatasetError(f"cannot write {path}: {error}") from error

    def _file(self, digest: str) -> str:
        return f"{self._root}/snapshots/{digest}.parquet"

    def _pointer(self, name: str) -> str:
        return f"{self._root}/names/{name}.json"
