"""Named data sets: a name points to the snapshot that it is now, and remembers those that it was.

Snapshots are immutable files under their hash; a name is one small file that is replaced in one step. So whatever kills
an import, the name still points to something whole. Knows snapshots; knows no pictures, nor where its files are kept.
"""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

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


class Files(Protocol):
    """Where a catalog keeps its files: each is there whole or not at all. `store.files` opens such."""

    def read(self, path: str) -> bytes | None:
        """Return the bytes of a file; None where there is none."""
        ...

    def write(self, path: str, data: bytes) -> None:
        """Write or replace a file in one step."""
        ...

    def names(self, folder: str) -> list[str]:
        """Return the names of the files in a folder, sorted."""
        ...


class Catalog:
    """The data sets that are kept in some files; what these raise where they cannot be reached goes through."""

    def __init__(self, files: Files) -> None:
        """Take the files; nothing is written before the first set is put."""
        self._files = files

    def names(self) -> list[str]:
        """Return the names of all data sets, sorted."""
        return [file.removesuffix(".json") for file in self._files.names("names") if file.endswith(".json")]

    def get(self, name: str) -> NamedDataset:
        """Return a data set by name.

        Raises:
            DatasetError: there is none, or its file is damaged.
        """
        found = self._files.read(_pointer(name))
        if found is None:
            there = ", ".join(self.names()) or "none yet; `beadwatch data import` makes one"
            raise DatasetError(f"no data set {name!r}; there are: {there}")
        try:
            states = tuple(State(**state) for state in json.loads(found)["states"])
        except (ValueError, KeyError, TypeError) as error:
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
            files = [file for file in self._files.names("snapshots") if file.endswith(".parquet")]
            found = [file.removesuffix(".parquet") for file in files if file.startswith(name_or_hash)]
            if len(found) > 1:
                raise DatasetError(f"{len(found)} snapshots begin with {name_or_hash}: give more digits")
            if found:
                return self._read(found[0])
        self.get(name_or_hash)
        raise DatasetError(f"no snapshot {name_or_hash!r}")

    def put(self, name: str, snapshot: DatasetSnapshot, by: str) -> NamedDataset:
        """Keep a snapshot and let the name point to it; `by` says what made it.

        Where it cannot be written, the name points to what it did.

        Raises:
            DatasetError: the name is impossible.
        """
        if not _NAME.fullmatch(name):
            raise DatasetError(f"data set name {name!r}: use lower-case letters, digits, '.', '_' and '-', at most 64")
        before = self.get(name).states if name in self.names() else ()
        state = State(snapshot.hash, datetime.now(UTC).isoformat(timespec="seconds"), by)
        dataset = NamedDataset(name, (*before, state))
        self._files.write(_file(snapshot.hash), to_parquet(snapshot))
        states: list[dict[str, Any]] = [
            {"snapshot": each.snapshot, "at": each.at, "by": each.by} for each in dataset.states
        ]
        self._files.write(_pointer(name), json.dumps({"states": states}, indent=1).encode())
        return dataset

    def pictures(self) -> set[str]:
        """Return the sha256 of every picture that a snapshot refers to, also one that no name points to any more.

        Raises:
            DatasetError: a snapshot is damaged.
        """
        files = [file for file in self._files.names("snapshots") if file.endswith(".parquet")]
        snapshots = (self._read(file.removesuffix(".parquet")) for file in files)
        return {record.sha256 for snapshot in snapshots for record in snapshot.records}

    def _read(self, digest: str) -> DatasetSnapshot:
        data = self._files.read(_file(digest))
        if data is None:
            raise DatasetError(f"snapshot {digest[:12]} is gone: restore its file from a backup")
        return from_parquet(data, digest)


def _file(digest: str) -> str:
    return f"snapshots/{digest}.parquet"


def _pointer(name: str) -> str:
    return f"names/{name}.json"
