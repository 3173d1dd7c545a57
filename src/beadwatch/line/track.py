"""Where the torch was when a frame was taken."""

from types import TracebackType
from typing import Protocol, Self

from beadwatch.domain.position import Position


class Track(Protocol):
    """Gives positions for moments, opened by `with`. `description` names it for people, without passwords."""

    description: str

    def __enter__(self) -> Self:
        """Open it: connect, where there is something to connect to. One that is away now may come later: no error."""
        ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close it; never raises."""
        ...

    def start(self, monotonic_s: float) -> None:
        """Say that the run starts at this moment of `time.monotonic()`: elapsed time 0."""
        ...

    def at(self, elapsed_s: float) -> Position:
        """Return where the torch was `elapsed_s` seconds after the start; what is not known is None. Never waits."""
        ...
