"""Feedback out of a folder or bucket of the WeldSpot app, where each picture's name is the feedback.

A file is removed, where that is wanted, only after its row is committed: whatever kills a pull, everything is in the
folder, or in the station, or in both, and pulling again goes on. Knows files and the feedback store. Does not know
names (see `domain.weldspot`), nor whether the scores make sense.
"""

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Any

from beadwatch.domain.accounts import check_team
from beadwatch.domain.errors import BeadwatchError, DatasetError, FeedbackDeletedError, StoreError
from beadwatch.domain.feedback import Answer, Feedback, Sender
from beadwatch.domain.labels import SURFACE
from beadwatch.domain.weldspot import read_weldspot
from beadwatch.imaging.decode import check
from beadwatch.storage.feedback_store import FeedbackStore
from beadwatch.storage.files import Files

TEAM = "weldspot"
_MODEL, _VERSION = "weldspot", "unknown"
_PRESENT_FROM = 0.6  # from where on WeldSpot itself counts a class as found


@dataclass(slots=True)
class Pulled:
    """What became of the files: how many are new, and the names of those that are not, and of those that failed.

    `known` were pulled before; `repeated` are stored too, but hold the very picture of an earlier file of this pull;
    `deleted` were deleted from the station, which does not take them again.
    """

    files: int = 0
    stored: int = 0
    removed: int = 0
    known: list[str] = field(default_factory=list)
    repeated: list[str] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {name: getattr(self, name) for name in self.__slots__}


class Pull:
    """Takes files into the station, one after the other."""

    def __init__(self, files: Files, store: FeedbackStore, team: str, *, remove: bool) -> None:
        """Take from `files` into `store`, for a team; with `remove`, what is in the store is removed from `files`.

        Raises:
            AccountError: the team's name makes no sense.
        """
        check_team(team)
        self._files, self._store, self._team, self._remove = files, store, team, remove
        self._pictures: set[str] = set()
        self.pulled = Pulled()

    def take(self, name: str) -> None:
        """Take one file; what is wrong with it alone is noted, and the rest can go on.

        Raises:
            StoreError: the station cannot store it; it stays where it is.
        """
        self.pulled.files += 1
        try:
            data = self._files.read(name)
            if data is None:
                raise DatasetError("it is gone: somebody else removed it")
            feedback = as_feedback(name, data, self._team)
        except BeadwatchError as error:
            self._fail(name, error)
            return
        try:
            _, is_new = self._store.append(feedback, data)
        except FeedbackDeletedError:
            self.pulled.deleted.append(name)
            return
        self._note(name, feedback, is_new)
        if self._remove:
            self._remove_taken(name)

    def _note(self, name: str, feedback: Feedback, is_new: bool) -> None:
        if is_new:
            self.pulled.stored += 1
        else:
            self.pulled.known.append(name)
        if is_new and feedback.sha256 in self._pictures:
            self.pulled.repeated.append(name)
        self._pictures.add(feedback.sha256)

    def _remove_taken(self, name: str) -> None:
        try:
            self._files.remove(name)
        except StoreError as error:
            self._fail(name, StoreError(f"it is stored, and pulling again is harmless, but: {error}"))
        else:
            self.pulled.removed += 1

    def _fail(self, name: str, error: BeadwatchError) -> None:
        self.pulled.failed.append(f"{ascii(name)[1:-1]}: {error}")


def as_feedback(name: str, data: bytes, team: str) -> Feedback:
    """Return the feedback that a file is.

    Raises:
        DatasetError: the name is not that of feedback.
        DecodeError: the bytes are no picture.
        FeedbackError: what the name says makes no sense.
    """
    path = PurePosixPath(name)
    said = read_weldspot(path.stem)
    captured_at = said.captured_at
    if path.suffix.lower() not in {".jpg", ".jpeg"} or not said.scores or captured_at is None:
        raise DatasetError("the name is not <milliseconds>_<truth>-<score seven times>.jpg")
    found = tuple(label for label, score in said.scores.items() if score >= _PRESENT_FROM)
    return Feedback(
        id=hashlib.sha256(name.encode(errors="surrogateescape") + b"\0" + data).hexdigest()[:32],
        sha256=check(data),
        task=SURFACE,
        answer=Answer(_MODEL, _VERSION, said.scores, found),
        labels=said.truth,
        sender=Sender(None, None, team),
        captured_at=captured_at,
        received_at=datetime.now(UTC),
    )
