"""What a model may promise about the welds it accepts, and the exact arithmetic behind the promise.

Knows counts of welds. Does not know scores, thresholds or how the welds were chosen.
"""

import math
from dataclasses import dataclass
from functools import cache

from beadwatch.domain.errors import BundleError


@dataclass(frozen=True, slots=True)
class Guarantee:
    """Whether "of the welds it accepts, at most `alpha` are bad" holds at confidence 1 - `delta`.

    `groups` counts the held-out welds of which a picture is accepted, `bad_groups` those of them of which an accepted
    picture shows a bad weld. `certified` says whether these counts carry the promise; if not, `reason` says why not.
    """

    alpha: float
    delta: float
    groups: int
    bad_groups: int
    certified: bool
    reason: str = ""

    def __post_init__(self) -> None:
        if not (0.0 < self.alpha < 1.0 and 0.0 < self.delta < 1.0):
            raise BundleError(
                f"guarantee with alpha {self.alpha} and delta {self.delta}: both must be above 0, below 1"
            )
        if not 0 <= self.bad_groups <= self.groups:
            raise BundleError(f"guarantee with {self.bad_groups} bad of {self.groups} groups: counts contradict")
        if self.certified and chance_of_at_most(self.bad_groups, self.groups, self.alpha) > self.delta:
            raise BundleError(
                f"guarantee: {self.bad_groups} bad of {self.groups} groups do not certify {self.alpha} at {self.delta}"
            )
        if not self.certified and not self.reason:
            raise BundleError("guarantee: what is not certified must say why not")

    @property
    def in_words(self) -> str:
        """The promise as a sentence for the person who reads "accept"."""
        if not self.certified:
            return f"not certified how many accepted welds are bad: {self.reason}"
        return (
            f"certified at {1 - self.delta:.0%} confidence: at most {self.alpha:.0%} of the welds accepted are bad "
            f"({self.bad_groups} of {self.groups} held-out welds were)"
        )


def chance_of_at_most(bad: int, groups: int, alpha: float) -> float:
    """Return P(Binomial(`groups`, `alpha`) <= `bad`): the exact p-value of "more than `alpha` are bad".

    It is at most delta exactly when the Clopper-Pearson upper limit at confidence 1 - delta is at most `alpha`.
    """
    if groups <= bad:
        return 1.0
    rising, falling = math.log(alpha), math.log1p(-alpha)
    choices = [math.lgamma(groups + 1) - math.lgamma(k + 1) - math.lgamma(groups - k + 1) for k in range(bad + 1)]
    return min(1.0, math.fsum(math.exp(c + k * rising + (groups - k) * falling) for k, c in enumerate(choices)))


@cache
def groups_needed(bad: int, alpha: float, delta: float) -> int:
    """Return the fewest groups that certify `alpha` at `delta` when `bad` of them are bad.

    With none bad it is log(delta) / log(1 - alpha), rounded up: 45 for 5 % at 90 %.
    """
    fewest, most = bad, max(1, bad) * 2
    while chance_of_at_most(bad, most, alpha) > delta:
        fewest, most = most, most * 2
    while most - fewest > 1:
        middle = (fewest + most) // 2
        fewest, most = (middle, most) if chance_of_at_most(bad, middle, alpha) > delta else (fewest, middle)
    return most
