"""Fetching public data sets to a folder, from where `beadwatch data import` takes them.

Everything happens in a folder beside the target, on the same disk: the archive comes there, is unpacked there, and only
then is renamed to the target. A run that ends early, killed or not, leaves the target as it was; the next one goes on.
Knows where sets come from; does not know what is in them.
"""

import fcntl
import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from beadwatch.datasets.fetch.disk import disk_errors
from beadwatch.datasets.fetch.options import FetchOptions, Progress, Remote
from beadwatch.datasets.fetch.record import FetchRecord, read_record, write_record
from beadwatch.datasets.fetch.sources import (
    ArchiveSource,
    GitSource,
    KaggleSource,
    RoboflowSource,
    Source,
    known_set,
    parse_source,
)
from beadwatch.datasets.fetch.unpack import Contents
from beadwatch.domain.errors import ArchiveError, FetchError

__all__ = ["FetchOptions", "FetchRecord", "Fetched", "Progress", "Source", "fetch", "known_set", "parse_source"]


@dataclass(frozen=True, slots=True)
class Fetched:
    """A fetched folder: its record, and whether it was there `already`."""

    record: FetchRecord
    already: bool


@dataclass(frozen=True, slots=True)
class _Brought:
    contents: Contents
    version: str
    sha256: str
    licence: str


def fetch(source: Source, target: Path, options: FetchOptions) -> Fetched:
    """Bring `source` into the folder `target`, which appears whole or not at all.

    Where `target` is this very fetch already, nothing is done. An empty folder may stand in its place.

    Raises:
        SettingsError: a setting that the source needs is missing.
        NetworkError: the network or a server failed; what came is kept for the next run.
        ArchiveError: what came is damaged or must not be unpacked; it is removed.
        FetchError: anything else; the message says what to do.
    """
    if isinstance(source, GitSource) and options.sha256:
        raise FetchError(f"{source}: --sha256 is for archives; name a commit after @ instead")
    target = target.absolute()
    with disk_errors(target.parent):
        target.parent.mkdir(parents=True, exist_ok=True)
        with _side_folder(target, source) as side:
            if found := _already(source, target, options):
                return Fetched(found, already=True)
            tree = side / "new"
            if tree.exists():
                shutil.rmtree(tree)
            brought = _bring(source, side, tree, options)
            record = _record(source, brought)
            write_record(tree, record)
            tree.rename(target)
    return Fetched(record, already=False)


def _already(source: Source, target: Path, options: FetchOptions) -> FetchRecord | None:
    """Return the record of a target that is this fetch; refuse one that is anything else than an empty folder."""
    if not target.exists() and not target.is_symlink():
        return None
    record = read_record(target) if target.is_dir() else None
    if record is None:
        if target.is_dir() and not target.is_symlink() and not any(target.iterdir()):
            return None
        raise FetchError(f"{target} exists: name a new folder")
    if record.key != source.key:
        raise FetchError(f"{target} holds {record.source}: name a new folder")
    if options.sha256 and record.sha256 != options.sha256.lower():
        raise FetchError(f"{target} holds an archive with the sha256 {record.sha256}: name a new folder")
    return record


def _bring(source: Source, side: Path, tree: Path, options: FetchOptions) -> _Brought:
    if isinstance(source, GitSource):
        from beadwatch.datasets.fetch.git import clone

        contents, commit = clone(source, tree, options)
        return _Brought(contents, commit, "", "")
    from beadwatch.datasets.fetch.download import download
    from beadwatch.datasets.fetch.unpack import unpack

    remote = _find(source, options)
    archive, sha256 = download(remote, side, options)
    try:
        contents = unpack(archive.path, tree, options)
    except ArchiveError as error:
        archive.discard()
        raise ArchiveError(f"{source}: {error}. Nothing of it is kept") from error
    return _Brought(contents, remote.version, sha256, remote.licence)


def _find(source: KaggleSource | RoboflowSource | ArchiveSource, options: FetchOptions) -> Remote:
    """Say where the archive of a source is now; the clients are loaded only where they are needed."""
    match source:
        case KaggleSource():
            from beadwatch.datasets.fetch.kaggle import find_on_kaggle

            return find_on_kaggle(source)
        case RoboflowSource():
            from beadwatch.datasets.fetch.roboflow import find_on_roboflow

            return find_on_roboflow(source, options)
        case ArchiveSource(url):
            return Remote(url, source.key)


def _record(source: Source, brought: _Brought) -> FetchRecord:
    known = known_set(source)
    attribution = known[1] if known else None
    return FetchRecord(
        source=str(source),
        key=source.key,
        version=brought.version,
        sha256=brought.sha256,
        files=brought.contents.files,
        bytes=brought.contents.bytes,
        licence=(attribution.licence if attribution else None) or brought.licence,
        credit=attribution.credit if attribution else "",
        page=source.page,
        at=datetime.now(UTC).isoformat(timespec="seconds"),
    )


@contextmanager
def _side_folder(target: Path, source: Source) -> Iterator[Path]:
    """Give the folder in which a fetch is prepared, to one process at a time; remove it once the target is there."""
    mark = hashlib.sha256(source.key.encode()).hexdigest()[:8]
    side = target.parent / f".{target.name}.{mark}.part"
    side.mkdir(exist_ok=True)
    with (side / "lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # ends with the process, however that ends
        except BlockingIOError:
            raise FetchError(f"{target}: another process is fetching it") from None
        try:
            yield side
        except BaseException:
            _tidy(side)
            raise
        shutil.rmtree(side, ignore_errors=True)


def _tidy(side: Path) -> None:
    """Keep what has been downloaded, and nothing else."""
    shutil.rmtree(side / "new", ignore_errors=True)
    part = side / "archive.part"
    if not part.exists() or not part.stat().st_size:
        shutil.rmtree(side, ignore_errors=True)
