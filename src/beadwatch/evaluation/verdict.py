"""Whether figures may be called a result at all. One function, so that no caller can be kinder than another.

Knows answers and what is known about the set and the model. Does not know figures: a good one excuses nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from beadwatch.evaluation.answers import Answers


class Standing(StrEnum):
    """What figures are: a result, no result, or something of which nobody can say."""

    RESULT = "result"
    UNSURE = "unsure"
    NO_RESULT = "no result"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The standing of the figures, with reasons in words, the gravest first."""

    standing: Standing
    reasons: tuple[str, ...]

    @property
    def is_result(self) -> bool:
        """Whether the figures may be quoted as what the model can do."""
        return self.standing is Standing.RESULT

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {"is_result": self.is_result, "standing": self.standing.value, "reasons": list(self.reasons)}


def judge(answers: Answers, ungrouped: int = 0, doubts: Sequence[str] = ()) -> Verdict:
    """Say whether the figures of these answers are a result.

    `ungrouped` pictures stand for themselves since nobody said which weld they show; `doubts` are further reasons for
    which it cannot be known what the model has learned from.
    """
    seen = int(answers.group_seen.sum())
    groups = set(answers.groups)
    if seen:
        known = {group for group, flag in zip(answers.groups, answers.group_seen, strict=True) if flag}
        reason = (
            f"{seen:,} of {len(answers):,} pictures are of {len(known):,} of {len(groups):,} groups that the network "
            "had learned from: figures on them show memory, not skill"
        )
        return Verdict(Standing.NO_RESULT, (reason, *doubts))
    reasons = list(doubts)
    if ungrouped:
        reasons.append(
            f"{ungrouped:,} of {len(answers):,} pictures have no group, so that copies of training pictures among them "
            "cannot be told: `beadwatch data group` finds groups"
        )
    if len(groups) < 2:
        reasons.append("all pictures are of one group: nothing is known about any other weld")
    if reasons:
        return Verdict(Standing.UNSURE, tuple(reasons))
    return Verdict(Standing.RESULT, ("no picture is of a group that the network had learned from",))
