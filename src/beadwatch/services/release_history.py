"""What a release channel's history says, for the dashboard: who moved each task's champion, whoever did it and where.

The history is the truth, also of what people release and take back by hand. A move never changes, so that each is read
once. Knows the channel; judges nothing.
"""

import threading
from dataclasses import dataclass

from beadwatch.domain.errors import ReleaseError, StoreError
from beadwatch.domain.release import Release
from beadwatch.storage.release_channel import ReleaseChannel

_PATIENCE_S = 2.0


@dataclass(frozen=True, slots=True)
class Moves:
    """Moves by task, the oldest first, and why some may be missing (empty: none is)."""

    moves: tuple[Release, ...]
    problem: str


class ReleaseHistory:
    """Reads a channel's history. Safe to call from several threads."""

    def __init__(self, channel: ReleaseChannel) -> None:
        self._channel, self._lock = channel, threading.Lock()
        self._known: dict[str, list[Release]] = {}

    def read(self, most: int) -> Moves:
        """Return each task's newest moves; where the channel refuses, those read before. Signatures are not checked."""
        problem = "the channel is being read, and has not answered yet"
        if self._lock.acquire(timeout=_PATIENCE_S):  # a channel that hangs takes one thread of the station, not all
            try:
                problem = self._look()
            finally:
                self._lock.release()
        moves = [move for _, known in sorted(self._known.items()) for move in known[-most:]]
        return Moves(tuple(moves), problem)

    def _look(self) -> str:
        """Read what is new; return what went wrong."""
        try:
            tasks = self._channel.tasks()
        except StoreError as error:
            return str(error)
        problems = []
        for task in tasks:
            known = self._known.get(task, [])
            try:
                # A new list: who reads the old one meanwhile goes on with it.
                self._known = self._known | {task: [*known, *self._channel.history(task, after=len(known))]}
            except (StoreError, ReleaseError) as error:
                problems.append(str(error))
        return "; ".join(problems)
