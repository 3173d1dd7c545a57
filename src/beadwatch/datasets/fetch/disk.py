"""Room on the disk, and amounts in words."""

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from beadwatch.domain.errors import FetchError

_FULL = {errno.ENOSPC, errno.EDQUOT}


def amount(size: int) -> str:
    """Return a number of bytes in words, in powers of 1000 as disks are sold."""
    for power, unit in ((4, "TB"), (3, "GB"), (2, "MB"), (1, "kB")):
        if size >= 1000**power:
            return f"{size / 1000**power:.1f} {unit}"
    return f"{size} bytes"


def check_room(folder: Path, needed: int, what_for: str) -> None:
    """Refuse to begin what cannot end.

    Raises:
        FetchError: fewer than `needed` bytes are free where `folder` is.
    """
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise FetchError(
            f"{folder}: the disk has {amount(free)} free, {what_for} needs {amount(needed)}. "
            "Free some room, or name a folder elsewhere"
        )


@contextmanager
def disk_errors(folder: Path) -> Iterator[None]:
    """Turn a failure to write below `folder` into a `FetchError` that says what to do."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise FetchError(
                f"{folder}: the disk is full. What has come is kept: free some room and run the command again"
            ) from error
        raise FetchError(f"{folder}: cannot be written: {error.strerror or error}") from error
