"""Whole files through fsspec: in a folder by default, in `s3://` or `gs://` buckets by URL.

A file is there whole or not at all, and whatever a storage library raises becomes a `StoreError` that says what to do.
Where a bucket is and who we are, the storage libraries read from their own variables (docs/datasets.md).
Knows bytes and names. Does not know what is in them.
"""

import contextlib
import logging
import sys
import uuid
from collections.abc import Iterator

import fsspec

from beadwatch.domain.errors import StoreError

_BUCKETS = frozenset({"s3", "s3a", "gs", "gcs"})  # a put is atomic there, and folders do not exist
_FOREIGN = {  # what they raise beside OSError and ValueError
    "botocore.exceptions": ("BotoCoreError", "ClientError"),
    "gcsfs.retry": ("HttpError",),
    "google.auth.exceptions": ("GoogleAuthError",),
    "aiohttp": ("ClientError",),
}
_NO_CREDENTIALS = ("NoCredentialsError", "PartialCredentialsError", "DefaultCredentialsError", "HttpError")


class Files:
    """The files under a folder or fsspec URL, by their path from there. Safe to call from several threads."""

    def __init__(self, url: str) -> None:
        """Open the place; it is made when the first file is written, but a bucket never is.

        Raises:
            StoreError: the URL is of no file system that is installed.
        """
        protocol = url.partition("://")[0] if "://" in url else "file"
        self._in_bucket = protocol in _BUCKETS
        if self._in_bucket:
            logging.getLogger("gcsfs").addHandler(logging.NullHandler())  # else its tracebacks go to the terminal
        try:
            # Another process may write there too, so that a listing is never an old one.
            self._fs, self.root = fsspec.core.url_to_fs(url, use_listings_cache=False)
        except ImportError as error:
            remedy = "pip install 'beadwatch[cloud]'" if self._in_bucket else str(error)
            raise StoreError(f"{protocol}://... needs a library that is not installed: {remedy}") from error
        except _failures() as error:
            raise StoreError(f"{protocol}://...: {error}") from error

    def read(self, path: str) -> bytes | None:
        """Return the bytes of a file; None where there is none.

        Raises:
            StoreError: it cannot be read.
        """
        with self._translated("cannot read", path):
            try:
                data: bytes = self._fs.cat_file(f"{self.root}/{path}")
            except FileNotFoundError:
                return None
        return data

    def write(self, path: str, data: bytes) -> None:
        """Write a file, or replace it, in one step: whoever reads sees all of it or what was there before.

        Raises:
            StoreError: it cannot be written; what was there before still is.
        """
        place = f"{self.root}/{path}"
        with self._translated("cannot write", path):
            if self._in_bucket:
                self._fs.pipe_file(place, data)
                return
            aside = f"{place}.{uuid.uuid4().hex}.part"
            try:
                self._fs.makedirs(self._fs._parent(place), exist_ok=True)
                self._fs.pipe_file(aside, data)
                self._fs.mv(aside, place)
            except _failures():
                with contextlib.suppress(*_failures()):
                    self._fs.rm(aside)
                raise

    def exists(self, path: str) -> bool:
        """Say whether there is such a file.

        Raises:
            StoreError: the place cannot be reached.
        """
        with self._translated("cannot read", path):
            return bool(self._fs.exists(f"{self.root}/{path}"))

    def names(self, folder: str) -> list[str]:
        """Return the names of the files in a folder, sorted; none where there is no folder.

        Raises:
            StoreError: it cannot be listed.
        """
        with self._translated("cannot list", folder):
            try:
                paths = self._fs.ls(f"{self.root}/{folder}", detail=False)
            except FileNotFoundError:
                return []
        return sorted(str(path).rstrip("/").rsplit("/", 1)[-1] for path in paths)

    def remove(self, path: str) -> None:
        """Remove a file, if there is one.

        Raises:
            StoreError: it cannot be removed.
        """
        with self._translated("cannot remove", path), contextlib.suppress(FileNotFoundError):
            self._fs.rm(f"{self.root}/{path}")

    @contextlib.contextmanager
    def _translated(self, what: str, path: str) -> Iterator[None]:
        try:
            yield
        except _failures() as error:
            raise StoreError(f"{what} {path} in {self.root}: {self._remedy(error)}") from error

    def _remedy(self, error: Exception) -> str:
        if not self._in_bucket:
            return str(error)
        bucket = self.root.partition("/")[0]
        if isinstance(error, FileNotFoundError):
            return f"there is no bucket {bucket!r}; make it first"
        if type(error).__name__ in _NO_CREDENTIALS and getattr(error, "code", 401) == 401:
            return (
                f"no credentials for {bucket!r} ({error}): set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or "
                "GOOGLE_APPLICATION_CREDENTIALS for gs://"
            )
        if isinstance(error, PermissionError) or "Forbidden" in str(error):
            return f"the credentials do not allow it: {error}"
        return str(error)


def _failures() -> tuple[type[Exception], ...]:
    """Return what the file systems in use raise; a library that was never imported can have raised nothing."""
    foreign = [
        getattr(sys.modules[module], name)
        for module, names in _FOREIGN.items()
        if module in sys.modules
        for name in names
    ]
    return (OSError, ValueError, *foreign)
