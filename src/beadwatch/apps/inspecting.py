"""Inspecting many files: reading and decoding run ahead on threads, results come in input order.

Memory stays flat: only a few pictures are decoded ahead. A bad file is a result like any other.
"""

import os
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from beadwatch.apps.picture_files import FoundPicture
from beadwatch.domain.errors import BeadwatchError, ImageTooLargeError, SourceError
from beadwatch.domain.inspection import Inspection
from beadwatch.domain.text import valid_text
from beadwatch.domain.withdrawal import Withdrawal
from beadwatch.imaging.decode import MAX_BYTES, Image, decode
from beadwatch.inference.classifier import Classifier
from beadwatch.inference.decision import distrusted

_AHEAD = 4


@dataclass(frozen=True, slots=True)
class Failure:
    """A file that could not be inspected."""

    path: str
    error: BeadwatchError

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {"path": self.path, "error": self.error.describe()}


def inspect_files(
    classifier: Classifier, pictures: Sequence[FoundPicture], withdrawn: Withdrawal | None = None
) -> Iterator[Inspection | Failure]:
    """Yield one result for each picture, in the order given. What a `withdrawn` model says is for review."""
    for shown, reading in read_ahead(pictures):
        try:
            found = classifier.inspect(shown, reading.result())
            yield found if withdrawn is None else unless_withdrawn(found, withdrawn)
        except BeadwatchError as error:
            yield Failure(shown, error)


def unless_withdrawn(inspection: Inspection, withdrawn: Withdrawal) -> Inspection:
    """Return what is left of an inspection by a withdrawn model."""
    return replace(inspection, decision=distrusted(inspection.decision, withdrawn.words))


def read_ahead(pictures: Sequence[FoundPicture]) -> Iterator[tuple[str, Future[Image]]]:
    """Yield for each picture, in the order given, the name to show and the picture that is being read."""
    with ThreadPoolExecutor(max_workers=min(_AHEAD, os.cpu_count() or 1)) as pool:
        waiting: deque[tuple[str, Future[Image]]] = deque()
        for picture in pictures:
            waiting.append((valid_text(picture.path), pool.submit(_read, picture)))
            if len(waiting) > _AHEAD:
                yield waiting.popleft()
        yield from waiting


def _read(picture: FoundPicture) -> Image:
    if picture.error is not None:
        raise picture.error
    return decode(_read_bytes(picture.path))


def _read_bytes(path: Path) -> bytes:
    try:
        if not path.is_file():
            raise SourceError("not a regular file")
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except PermissionError:
        raise SourceError("no permission to read this file") from None
    except OSError as error:
        raise SourceError(f"cannot be read: {error.strerror}") from error
    if len(data) > MAX_BYTES:
        raise ImageTooLargeError(f"the file is over {MAX_BYTES // 2**20} MB: export it smaller")
    return data
