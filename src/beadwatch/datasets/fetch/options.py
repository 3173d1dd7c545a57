"""What a person may say about a fetch, and what a source says about itself."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from beadwatch.domain.errors import FetchError

GIGABYTE = 10**9
MAX_FILES = 1_000_000

Progress = Callable[[str, int, int | None], None]
"""Called often, with what is being done, how many bytes are done, and how many there are in all, if that is known."""


def _silent(_stage: str, _done: int, _total: int | None) -> None:
    pass


@dataclass(frozen=True, slots=True)
class FetchOptions:
    """How to fetch.

    `sha256` is the archive's, 64 hexadecimal digits; more than `max_bytes` or `max_files` are never written. `say` gets
    what a person should know on the way, `wait` is given seconds to sleep. The key is never shown or stored.
    """

    sha256: str | None = None
    max_bytes: int = 64 * GIGABYTE
    max_files: int = MAX_FILES
    roboflow_key: str | None = field(default=None, repr=False)
    roboflow_url: str = "https://api.roboflow.com"
    progress: Progress = _silent
    say: Callable[[str], None] = lambda _text: None
    wait: Callable[[float], None] = time.sleep

    def __post_init__(self) -> None:
        if self.sha256 is not None and not _is_sha256(self.sha256):
            raise FetchError(f"--sha256 {self.sha256!r}: give 64 hexadecimal digits")


@dataclass(frozen=True, slots=True)
class Remote:
    """Where an archive can be had now. `url` may hold a signature or a key, so it is never shown or stored.

    `key` tells this state of the set from every other. `version` and `licence` are what the source says, else "".
    """

    url: str = field(repr=False)
    key: str
    version: str = ""
    licence: str = ""
    when_refused: str = "A login goes into ~/.netrc"


def _is_sha256(text: str) -> bool:
    return len(text) == 64 and set(text.lower()) <= set("0123456789abcdef")
