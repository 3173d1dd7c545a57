"""The lines that the station has heard of, and how streams learn that one of them changed. Used from one event loop."""

import asyncio
import time
from collections.abc import Callable

from beadwatch.server.live.line import LiveLine

MAX_LINES = 16
MAX_VIEWERS = 200  # each holds a connection for hours: the others must find one too
FORGET_AFTER_S = 60.0  # of silence, where the place is needed


class LiveLines:
    """The lines by name. `changed` is set, and replaced by a new one, when any of them has news."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lines: dict[str, LiveLine] = {}
        self.changed = asyncio.Event()
        self.viewers = 0

    def get(self, name: str) -> LiveLine | None:
        """Return a line that was heard of."""
        return self._lines.get(name)

    def all(self) -> list[LiveLine]:
        """Return the lines by name."""
        return [self._lines[name] for name in sorted(self._lines)]

    def open(self, name: str) -> LiveLine | None:
        """Return a line, known or new; None where there are too many and none has been silent for long."""
        if name not in self._lines:
            if len(self._lines) >= MAX_LINES and not self._make_room():
                return None
            self._lines[name] = LiveLine(name, self._clock)
        return self._lines[name]

    def _make_room(self) -> bool:
        ages_s = {name: float("inf") if line.age_s is None else line.age_s for name, line in self._lines.items()}
        oldest = max(ages_s, key=lambda name: ages_s[name])
        if ages_s[oldest] < FORGET_AFTER_S:
            return False
        del self._lines[oldest]
        return True

    def notify(self) -> None:
        """Wake whoever waits for `changed`."""
        self.changed.set()
        self.changed = asyncio.Event()
