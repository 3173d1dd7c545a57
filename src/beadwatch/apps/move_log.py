"""What a release channel's history says, for the dashboard: who moved each task's champion, whoever did it and where.

The history is the truth, also of what people release and take back by hand. A move never changes, so that each is read
once. Knows the channel; judges nothing.
"""

import threading
from dataclasses import dataclass

from beadwatch.domain.errors import ReleaseError, StoreError
from beadwatch.domain.release import Release
from beadwatch.store.release_channel import ReleaseChannel


@dataclass(frozen=True, slots=True)
class Moves:
    """Moves by task, the oldest first, and why some may be missing (empty: none is)."""

    moves: tuple[Release, ...]
    problem: str


class MoveLog:
    """Reads a channel's history. Safe to call from several threads."""

    def __init__(self, channel: ReleaseChannel) -> None:
        self._channel, self._lock = channel, threading.Lock()
        self._known: dict[str, list[Release]] = {}

    def read(self, most: int) -> Moves:
        """Return each task's newest moves; where the channel refuses, those read before. Signatures are not checked."""
        problems = []
        with self._lock:
            try:
                tasks = self._channel.tasks()
            except StoreError as error:
                tasks = []
                problems.append(str(error))
            for task in tasks:
                known = self._known.setdefault(task, [])
                try:
                    known += self._channel.history(task, after=len(known))
                except (StoreError, ReleaseError) as error:
                    problems.append(str(error))
            moves = [move for _, known in sorted(self._known.items()) for move in known[-most:]]
        return Moves(tuple(moves), "; ".join(problems))
