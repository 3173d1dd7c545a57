"""Inspecting many files: reading and decoding run ahead on threads, results come in input order.

Memory stays flat: only a few pictures are decoded ahead. A bad file is a result like any other.
"""

import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from beadwatch.domain.errors import BeadwatchError, ImageTooLargeError, SourceError
from beadwatch.domain.inspection import Inspection
from beadwatch.domain.text import valid_text
from beadwatch.domain.withdrawal import Withdrawal
from beadwatch.imaging.decode import MAX_BYTES, Image, decode
from beadwatch.inference.decision import distrusted
from beadwatch.services.picture_files import FoundPicture

if TYPE_CHECKING:
    from beadwatch.inference.classifier import Classifier

_AHEAD = 4


@dataclass(frozen=True, slots=True)
class Failure:
    """A file that could not be inspected."""

    path: str
    error: BeadwatchError

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {"path": self.path, "error": self.error.describe()}


@dataclass(frozen=True, slots=True)
class Reading:
    """A picture that is being read, and the name to show for it."""

    shown: str
    image: Future[Image]


def inspect_files(
    classifier: "Classifier", readings: Iterator[Reading], withdrawn: Withdrawal | None = None
) -> Iterator[Inspection | Failure]:
    """Yield one result for each picture, in the order given. What a `withdrawn` model says is for review."""
    for reading in readings:
        try:
            found = classifier.inspect(reading.shown, reading.image.result())
            yield found if withdrawn is None else unless_withdrawn(found, withdrawn)
        except BeadwatchError as error:
            yield Failure(reading.shown, error)


def unless_withdrawn(inspection: Inspection, withdrawn: Withdrawal) -> Inspection:
    """Return what is left of an inspection by a withdrawn model."""
    return replace(inspection, decision=distrusted(inspection.decision, withdrawn.words))


def read_ahead(pictures: Iterable[FoundPicture]) -> Iterator[Reading]:
    """Return the pictures in the order given. Reading begins with the call: while a model is loaded, for one."""
    pool = ThreadPoolExecutor(max_workers=min(_AHEAD, os.cpu_count() or 1))
    begun = (Reading(valid_text(picture.path), pool.submit(_read, picture)) for picture in pictures)
    return _in_turn(pool, deque(islice(begun, _AHEAD)), begun)


def _in_turn(pool: ThreadPoolExecutor, waiting: deque[Reading], begun: Iterator[Reading]) -> Iterator[Reading]:
    with pool:
        while waiting:
            waiting.extend(islice(begun, 1))
            yield waiting.popleft()


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
