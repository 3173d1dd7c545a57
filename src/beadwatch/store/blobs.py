"""Content-addressed bytes through fsspec: a folder by default, `s3://` or `gs://` by URL.

A blob's name is the sha256 of its bytes, so that the same picture is kept once and damage shows. Knows no pictures.
"""

import contextlib
import hashlib
import re
import uuid

import fsspec

from beadwatch.domain.errors import StoreError

_SHA256 = re.compile(r"[0-9a-f]{64}")


class BlobStore:
    """Bytes under their sha256. Safe to call from several threads."""

    def __init__(self, url: str) -> None:
        """Open the store at a folder or fsspec URL; it is made when the first blob is put.

        Raises:
            StoreError: the URL is of no file system that is installed.
        """
        try:
            self._fs, self._root = fsspec.core.url_to_fs(url)
        except (ImportError, ValueError) as error:
            raise StoreError(f"blob store at {url.partition('://')[0]}://...: {error}") from error

    def put(self, data: bytes) -> str:
        """Store bytes and return their sha256. Putting the same bytes again changes nothing.

        Raises:
            StoreError: the bytes cannot be written; nothing is left under their name.
        """
        digest = hashlib.sha256(data).hexdigest()
        path = self._path(digest)
        aside = f"{path}.{uuid.uuid4().hex}.part"
        try:
            if self._fs.exists(path):
                return digest
            self._fs.makedirs(self._fs._parent(path), exist_ok=True)
            self._fs.pipe_file(aside, data)
            self._fs.mv(aside, path)
        except OSError as error:
            self._remove(aside)
            raise StoreError(f"cannot store a picture in {self._root}: {error}") from error
        return digest

    def get(self, digest: str) -> bytes:
        """Return the bytes with this sha256.

        Raises:
            StoreError: there are none, or what is there has another hash.
        """
        if not _SHA256.fullmatch(digest):
            raise StoreError(f"{digest!r} is no sha256")
        try:
            data: bytes = self._fs.cat_file(self._path(digest))
        except OSError as error:
            raise StoreError(f"no picture {digest} in {self._root}: {error}") from error
        if hashlib.sha256(data).hexdigest() != digest:
            raise StoreError(f"picture {digest} in {self._root} is damaged: restore it from a backup")
        return data

    def check(self) -> None:
        """Raise `StoreError` unless the store can be written to. Leaves nothing in it."""
        probe = f"{self._root}/{uuid.uuid4().hex}.probe"
        try:
            self._fs.makedirs(self._root, exist_ok=True)
            self._fs.pipe_file(probe, b"beadwatch")
        except OSError as error:
            raise StoreError(f"cannot write to {self._root}: {error}") from error
        finally:
            self._remove(probe)

    def _remove(self, path: str) -> None:
        with contextlib.suppress(OSError):
            self._fs.rm(path)

    def _path(self, digest: str) -> str:
        return f"{self._root}/{digest[:2]}/{digest}"
