"""Content-addressed bytes: a blob's name is the sha256 of its bytes, so that the same picture is kept once and damage
shows. Knows files (a folder, `s3://`, `gs://`: see `files`). Knows no pictures.
"""

import contextlib
import hashlib
import re
import uuid

from beadwatch.domain.errors import StoreError
from beadwatch.storage.files import open_files

_SHA256 = re.compile(r"[0-9a-f]{64}")


class BlobStore:
    """Bytes under their sha256. Safe to call from several threads."""

    def __init__(self, url: str) -> None:
        """Open the store at a folder or fsspec URL; it is made when the first blob is put.

        Raises:
            StoreError: the URL is of no file system that is installed.
        """
        try:
            self._files = open_files(url, private=True)
        except StoreError as error:
            raise StoreError(f"blob store at {error}") from error

    def put(self, data: bytes, digest: str | None = None) -> str:
        """Store bytes and return their sha256. Putting the same bytes again changes nothing.

        `digest` is that sha256 where the caller has computed it already, as whoever checked a picture has.

        Raises:
            StoreError: the bytes cannot be written; nothing is left under their name.
        """
        digest = digest or hashlib.sha256(data).hexdigest()
        if not self._files.exists(_path(digest)):
            self._files.write(_path(digest), data)
        return digest

    def get(self, digest: str) -> bytes:
        """Return the bytes with this sha256.

        Raises:
            StoreError: there are none, or what is there has another hash.
        """
        if not _SHA256.fullmatch(digest):
            raise StoreError(f"{digest!r} is no sha256")
        data = self._files.read(_path(digest))
        if data is None:
            raise StoreError(f"no picture {digest} in {self._files.root}")
        if hashlib.sha256(data).hexdigest() != digest:
            raise StoreError(f"picture {digest} in {self._files.root} is damaged: restore it from a backup")
        return data

    def remove(self, digest: str) -> None:
        """Remove the bytes with this sha256, if they are there. Whoever asks knows that nothing refers to them.

        Raises:
            StoreError: they cannot be removed.
        """
        if not _SHA256.fullmatch(digest):
            raise StoreError(f"{digest!r} is no sha256")
        self._files.remove(_path(digest))

    def check(self) -> None:
        """Raise `StoreError` unless the store can be written to. Leaves nothing in it."""
        probe = f"{uuid.uuid4().hex}.probe"
        try:
            self._files.write(probe, b"beadwatch")
        finally:
            with contextlib.suppress(StoreError):
                self._files.remove(probe)


def _path(digest: str) -> str:
    return f"{digest[:2]}/{digest}"
