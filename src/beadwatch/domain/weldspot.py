"""File names of the WeldSpot project, which say what is on a picture and, as feedback, what its model had said.

`<id>_<0 or 1, seven times>`, and as feedback `<id>_<truth>-<score, seven times>`, in the order Background, Bad Welding,
Crack, Excess Reinforcement, Good Welding, Porosity, Splatters: the classes of the task `surface`. As feedback, the id
is the moment in milliseconds since 1970. Knows names. Does not mend scores, which the app rounds to one decimal: they
are the model's answer as it was, sum and rounding included.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from beadwatch.domain.errors import DatasetError
from beadwatch.domain.labels import SURFACE

_PLAIN = re.compile(r"(?P<id>[^_]+)_(?P<words>[01](_[01]){6})")
_FEEDBACK = re.compile(r"(?P<id>[^_]+)_(?P<words>[01]-[^_\s]+(_[01]-[^_\s]+){6})")
_MILLISECONDS = re.compile(r"[0-9]{1,15}")
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class WeldSpotName:
    """What a name says: the classes that are there, and the model's scores by class (none: it is no feedback)."""

    id: str
    truth: tuple[str, ...]
    scores: Mapping[str, float]

    @property
    def captured_at(self) -> datetime | None:
        """The moment that the id is, None where it is none."""
        # 15 digits end in the year 33658, which no calendar here has.
        if not _MILLISECONDS.fullmatch(self.id):
            return None
        try:
            return _BEGINNING + timedelta(milliseconds=int(self.id))
        except OverflowError:
            return None


def is_weldspot(stem: str) -> bool:
    """Say whether a file's name without its ending is laid out like that, whatever its scores are."""
    return bool(_PLAIN.fullmatch(stem) or _FEEDBACK.fullmatch(stem))


def read_weldspot(stem: str) -> WeldSpotName:
    """Return what a file's name without its ending says.

    Raises:
        DatasetError: it is not laid out like that, or a score is none.
    """
    match = _PLAIN.fullmatch(stem) or _FEEDBACK.fullmatch(stem)
    if match is None:
        raise DatasetError("the name is not <id>_<0|1 seven times>, nor <id>_<truth>-<score seven times>")
    words = match["words"].split("_")
    named = list(zip(SURFACE.label_names, words, strict=True))
    truth = tuple(name for name, word in named if word[0] == "1")
    return WeldSpotName(match["id"], truth, {name: _score(word[2:]) for name, word in named if len(word) > 1})


def _score(text: str) -> float:
    try:
        score = float(text)
    except ValueError:
        score = -1.0
    if not 0 <= score <= 1:
        raise DatasetError(f"{text!r} is no score from 0 to 1")
    return score
