"""Log lines that say the same again and again: each is let through once in a while, with a count of the others.

So that nobody fills a disk by asking for what fails. Knows log records.
"""

import logging
import time
from collections.abc import Callable, Hashable

EVERY_S = 10.0
_KEPT = 1000  # different ones; more than that are forgotten together


class Seldom(logging.Filter):
    """Lets a record through unless one of the same text and error passed within `every_s`."""

    def __init__(self, every_s: float = EVERY_S, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._every_s, self._clock = every_s, clock
        self._passed_s: dict[Hashable, float] = {}
        self._held_back: dict[Hashable, int] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Decide on one record; a record that stands for others says so."""
        key, now = _key(record), self._clock()
        if key in self._passed_s and now - self._passed_s[key] < self._every_s:
            self._held_back[key] = self._held_back.get(key, 0) + 1
            return False
        if len(self._passed_s) >= _KEPT:
            self._passed_s.clear()
            self._held_back.clear()
        self._passed_s[key] = now
        if others := self._held_back.pop(key, 0):
            record.msg, record.args = f"{record.getMessage()} ({others} more like this one)", None
        return True


def quieten() -> None:
    """Make seldom what is logged from here on, whoever logs it."""
    seldom, rest = Seldom(), logging.StreamHandler()
    rest.setLevel(logging.WARNING)
    logging.getLogger().addHandler(rest)
    for handler in (rest, *logging.getLogger("uvicorn").handlers):
        handler.addFilter(seldom)


def _key(record: logging.LogRecord) -> Hashable:
    error, traceback = record.exc_info[1:] if record.exc_info else (None, None)
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    place = (traceback.tb_frame.f_code.co_filename, traceback.tb_lineno) if traceback is not None else None
    return record.name, record.levelno, str(record.msg), type(error), place
