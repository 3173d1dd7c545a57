"""Unpacking an archive that a stranger made: plain files in plain folders below one folder, and nothing else.

Refused are names that lead elsewhere, links, devices, encrypted files, one name for two things, and more files or bytes
than allowed, counted as they come, whatever the archive announces. Knows ZIP, and TAR with any compression that Python
reads; goes by the bytes, not by the name.
"""

import errno
import lzma
import re
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO

from beadwatch.datasets.fetch.disk import amount, check_room
from beadwatch.datasets.fetch.options import FetchOptions
from beadwatch.domain.errors import ArchiveError, FetchError

_CHUNK_BYTES = 1 << 18
_DRIVE = re.compile(r"[A-Za-z]:")
_ENCRYPTED = 0x1  # bit 0 of the flags of a ZIP entry (APPNOTE.TXT 4.4.4)
_ZIP_MAGIC = {b"PK\x03\x04", b"PK\x05\x06"}  # a first file, or the end of an empty archive
_NAME_ERRORS = {errno.EEXIST, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG, errno.EINVAL, errno.EILSEQ}


@dataclass(frozen=True, slots=True)
class Contents:
    """How much there is."""

    files: int
    bytes: int


@dataclass(frozen=True, slots=True)
class _Entry:
    name: str
    open: Callable[[], IO[bytes]] | None  # None: a folder


def unpack(archive: Path, into: Path, options: FetchOptions) -> Contents:
    """Unpack `archive` into the new folder `into` and return how much there was.

    Raises:
        ArchiveError: it is damaged, no archive, or holds what is refused; `into` may hold a part of it.
        FetchError: it holds more than allowed, or more than the disk has room for.
        OSError: the disk refuses.
    """
    size = archive.stat().st_size
    files = written = 0
    into.mkdir()
    with archive.open("rb") as raw, _damage():
        for entry in _entries(raw, into, options):
            path = into.joinpath(*_parts(entry.name))
            with _name_errors(entry.name):
                if entry.open is None:
                    path.mkdir(parents=True, exist_ok=True)
                    continue
                files += 1
                if files > options.max_files:
                    raise FetchError(f"the archive holds more than {options.max_files} files")
                path.parent.mkdir(parents=True, exist_ok=True)
                with path.open("xb") as sink, entry.open() as source:
                    while chunk := source.read(_CHUNK_BYTES):
                        written += len(chunk)
                        _check_total(written, options)
                        sink.write(chunk)
                        options.progress("unpacking", raw.tell(), size)
    if not files:
        raise ArchiveError("the archive holds no file")
    return Contents(files, written)


def _entries(raw: IO[bytes], into: Path, options: FetchOptions) -> Iterator[_Entry]:
    magic = raw.read(4)
    raw.seek(0)
    if magic in _ZIP_MAGIC:  # zipfile.is_zipfile looks at the end, and would find a ZIP inside a TAR
        yield from _zip_entries(raw, into, options)
        return
    try:
        tar = tarfile.open(fileobj=raw, mode="r:*")  # noqa: SIM115 - closed below
    except tarfile.TarError:
        raw.seek(0)
        page = raw.read(256).lstrip().lower().startswith((b"<!doctype", b"<html"))
        hint = "; it is a web page, so look for a direct link" if page else ""
        raise ArchiveError(f"neither a ZIP nor a TAR archive, or cut short{hint}") from None
    with tar:
        yield from _tar_entries(tar)


def _zip_entries(raw: IO[bytes], into: Path, options: FetchOptions) -> Iterator[_Entry]:
    with zipfile.ZipFile(raw) as archive:
        total = sum(info.file_size for info in archive.infolist())
        _check_total(total, options)
        check_room(into, total, "unpacking")
        for info in archive.infolist():
            kind = stat.S_IFMT(info.external_attr >> 16)
            if kind not in {0, stat.S_IFREG, stat.S_IFDIR}:
                raise ArchiveError(f"{info.filename!r} is no plain file, but a link or a device")
            if info.flag_bits & _ENCRYPTED:
                raise ArchiveError(f"{info.filename!r} is encrypted: unpack it yourself and import the folder")
            yield _Entry(info.filename, None if info.is_dir() else partial(archive.open, info))


def _tar_entries(tar: tarfile.TarFile) -> Iterator[_Entry]:
    for member in tar:
        if member.isdir():
            yield _Entry(member.name, None)
        elif member.isreg():
            yield _Entry(member.name, partial(_content, tar, member))
        else:
            raise ArchiveError(f"{member.name!r} is no plain file, but a link or a device")
    _check_ended(tar)


def _content(tar: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    content = tar.extractfile(member)
    assert content is not None  # it is a regular file
    return content


def _check_ended(tar: tarfile.TarFile) -> None:
    """Refuse a TAR that was cut between two files, and read on to the end, where a compression has its checksum."""
    assert tar.fileobj is not None
    tar.fileobj.seek(tar.offset)
    if tar.fileobj.read(tarfile.BLOCKSIZE) != tarfile.NUL * tarfile.BLOCKSIZE:
        raise ArchiveError("the archive has no end: it was cut short")
    while tar.fileobj.read(_CHUNK_BYTES):
        pass


def _parts(name: str) -> list[str]:
    """Return the steps of a path below the folder; a backslash separates too, as in archives made on Windows."""
    plain = name.replace("\\", "/")
    parts = [part for part in plain.split("/") if part not in {"", "."}]
    if plain.startswith("/") or ".." in parts or _DRIVE.match(plain) or "\0" in plain:
        raise ArchiveError(f"{name!r} leads out of the folder")
    return parts


def _check_total(size: int, options: FetchOptions) -> None:
    if size > options.max_bytes:
        raise FetchError(f"the archive holds more than {amount(options.max_bytes)}; --max-gb allows more")


@contextmanager
def _name_errors(name: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in _NAME_ERRORS:
            raise ArchiveError(f"{name!r} stands twice, or cannot be a file's name: {error.strerror}") from error
        raise


@contextmanager
def _damage() -> Iterator[None]:
    """Say of every way in which the readers complain about bytes that the archive is damaged."""
    broken = (zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, EOFError)
    unreadable = (NotImplementedError, RuntimeError, ValueError, OverflowError)
    try:
        yield
    except broken as error:
        raise ArchiveError(f"the archive is damaged: {error}") from error
    except unreadable as error:
        raise ArchiveError(f"the archive cannot be read: {error}") from error
    except OSError as error:
        if error.errno is None:  # of gzip and bzip2, about bytes; the disk's have a number
            raise ArchiveError(f"the archive is damaged: {error}") from error
        raise
