"""What a drawn weld is to show, and when: `good:5s,burn_through:2s,lost:1s`. Knows no pictures."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from beadwatch.domain.errors import CameraError
from beadwatch.domain.labels import TIG

WELDS: Mapping[str, str] = {
    **{name.replace(" ", "_"): name for name in TIG.label_names},
    "good": "good weld",
}
FAULTS = ("idle", "black", "white", "frozen", "blurred", "lost", "resize")
_HAIR_S = 1e-7
_MAX_S = 30 * 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of the script: from `start_s` until `end_s` it shows `what`, a name of the script."""

    what: str
    start_s: float
    end_s: float

    @property
    def label(self) -> str | None:
        """The class of the TIG task that is drawn; None where it is a fault or no arc burns."""
        return WELDS.get(self.what)


@dataclass(frozen=True, slots=True)
class Script:
    """What is shown when. `segments` follow each other without a gap from 0 s; `loop` starts again at the end."""

    segments: tuple[Segment, ...]
    loop: bool = False

    @property
    def duration_s(self) -> float:
        """How long it is, once through."""
        return self.segments[-1].end_s

    def at(self, elapsed_s: float) -> Segment | None:
        """Return what is shown at this moment; None before the start and after the end.

        In a loop, the segment's times are those of the first time through.
        """
        if elapsed_s < 0:
            return None
        moment = self._moment(elapsed_s)
        return next((segment for segment in self.segments if moment < segment.end_s), None)

    def began_s(self, elapsed_s: float) -> float:
        """Return when that began which is shown at this moment.

        Raises:
            ValueError: nothing is shown.
        """
        segment = self.at(elapsed_s)
        if segment is None:
            raise ValueError(f"nothing is shown at {elapsed_s:g} s")
        return elapsed_s - (self._moment(elapsed_s) - segment.start_s)

    def lasted_s(self, what: str, elapsed_s: float) -> float:
        """Return for how many seconds `what` was shown before this moment."""
        whole, rest = divmod(elapsed_s, self.duration_s) if self.loop else (0.0, elapsed_s)
        mine = [segment for segment in self.segments if segment.what == what]
        once = sum(segment.end_s - segment.start_s for segment in mine)
        return whole * once + sum(max(0.0, min(segment.end_s, rest) - segment.start_s) for segment in mine)

    def _moment(self, elapsed_s: float) -> float:
        # A picture whose time is computed from its number may come out a hair before a segment that it starts.
        late_s = elapsed_s + _HAIR_S
        return math.fmod(late_s, self.duration_s) if self.loop else late_s


def parse_script(text: str, loop: bool = False) -> Script:
    """Read a script: `<what>:<seconds>s` parts with commas between.

    Raises:
        CameraError: it is empty, a name is unknown, or a duration is no positive number of seconds.
    """
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not parts:
        raise CameraError("the simulator's script is empty: write for example script=good:5s,burn_through:2s")
    pieces = [_piece(part) for part in parts]
    ends = _ends([seconds for _, seconds in pieces])
    names = [what for what, _ in pieces]
    return Script(tuple(Segment(what, *span) for what, span in zip(names, pairwise([0.0, *ends]), strict=True)), loop)


def _ends(durations: Sequence[float]) -> list[float]:
    return [math.fsum(durations[: count + 1]) for count in range(len(durations))]


def _piece(part: str) -> tuple[str, float]:
    what, _, duration = part.partition(":")
    what = what.strip().replace(" ", "_")
    if what not in WELDS and what not in FAULTS:
        raise CameraError(
            f"the simulator's script has {part!r}, and it draws no {what!r}; there are: {', '.join([*WELDS, *FAULTS])}"
        )
    try:
        seconds = float(duration.strip().removesuffix("s"))
    except ValueError:
        seconds = math.nan
    if not 0 < seconds <= _MAX_S:
        raise CameraError(
            f"the simulator's script has {part!r}: after the name comes a colon and a time in seconds, "
            f"for example {what}:2.5s"
        )
    return what, seconds
