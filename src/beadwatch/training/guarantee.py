"""The lowest accept threshold at which the share of bad welds among the accepted is certified.

Selective classification with guaranteed risk (Geifman and El-Yaniv, NeurIPS 2017), by fixed-sequence testing as in
Learn then Test (Angelopoulos, Bates, Candes, Jordan and Lei, arXiv 2110.01052, 2021), with exact binomial p-values. The
unit is the group, that is, one weld: pictures of one weld are no independent evidence. A weld counts as accepted when
any of its pictures is, and as bad when any of its *accepted* pictures shows a bad weld.

Assumes that groups are exchangeable with the welds to come, number of pictures included, and that a stricter threshold
is no riskier than the one below it. Knows levels (the threshold up to which a picture is accepted), truth and groups.
Does not know scores, classes or networks.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from beadwatch.domain.errors import TrainingError
from beadwatch.domain.guarantee import Guarantee, chance_of_at_most, groups_needed
from beadwatch.training.cross_validate import Floats


@dataclass(frozen=True, slots=True)
class Risk:
    """At most `alpha` of the welds accepted may be bad, and that may be wrong with probability `delta`.

    Raises:
        TrainingError: one of them is not between 0 and 1.
    """

    alpha: float = 0.05
    delta: float = 0.10

    def __post_init__(self) -> None:
        if not (0.0 < self.alpha < 1.0 and 0.0 < self.delta < 1.0):
            raise TrainingError(
                f"risk with alpha {self.alpha} and delta {self.delta}: both must be above 0 and below 1"
            )


def certify(
    levels: Floats, bad: npt.NDArray[np.bool_], groups: Sequence[str], risk: Risk
) -> tuple[float | None, Guarantee]:
    """Return the lowest certified accept threshold, or None, and the counts behind it.

    `levels` has for each of N pictures the highest threshold at which it is accepted, -inf if it never is; `bad` says
    which show a bad weld; `groups` names the weld of each.

    The sequence of tests is fixed by `risk` and by how many welds have a level at all: as many of the surest welds as
    certify the promise with 0, 1, 2, ... bad ones among them (45, 77, 105, ... for 5 % at 90 %), from the last of these
    numbers within the surest quarter on; then all welds, by their surest picture and at last by every picture. It ends
    at the first test that fails. Nothing in it depends on the truth; starting at a quarter, and not always at 45, keeps
    one odd label from ending it at once.
    """
    best, worst = _by_group(levels, bad, groups)
    accepted = np.sort(best[np.isfinite(best)])[::-1]
    thresholds = [float(accepted[rank - 1]) for rank in _ranks(len(accepted), risk)]
    if not thresholds:
        needed = groups_needed(0, risk.alpha, risk.delta)
        why = f"{len(accepted)} held-out welds could be accepted, {needed} are needed for {risk.alpha:.0%}"
        return None, _uncertified(risk, len(accepted), int(np.isfinite(worst).sum()), why)
    certified: tuple[float, int, int] | None = None
    for threshold in (*thresholds, float(levels[np.isfinite(levels)].min())):
        welds, bad_welds = int((best >= threshold).sum()), int((worst >= threshold).sum())
        if chance_of_at_most(bad_welds, welds, risk.alpha) > risk.delta:
            break
        certified = threshold, welds, bad_welds
    if certified is None:
        why = f"{bad_welds} of the {welds} held-out welds accepted most surely were bad"
        return None, _uncertified(risk, welds, bad_welds, why)
    return certified[0], Guarantee(risk.alpha, risk.delta, certified[1], certified[2], certified=True)


def _ranks(available: int, risk: Risk) -> list[int]:
    """Return how many welds each test takes."""
    ranks: list[int] = []
    tolerated = 0
    while (rank := groups_needed(tolerated, risk.alpha, risk.delta)) <= available:
        ranks.append(rank)
        tolerated += 1 + tolerated // 4  # finer steps would only be more tests to fail
    early = sum(rank <= available / 4 for rank in ranks)
    return [*ranks[max(0, early - 1) :], available] if ranks else []


def _by_group(levels: Floats, bad: npt.NDArray[np.bool_], groups: Sequence[str]) -> tuple[Floats, Floats]:
    """Return for each group the highest level of any picture, and of any bad one; -inf where there is none."""
    names, index = np.unique(np.array(groups), return_inverse=True)
    best, worst = np.full(len(names), -np.inf), np.full(len(names), -np.inf)
    np.maximum.at(best, index, levels)
    np.maximum.at(worst, index[bad], levels[bad])
    return best, worst


def _uncertified(risk: Risk, welds: int, bad_welds: int, why: str) -> Guarantee:
    return Guarantee(risk.alpha, risk.delta, welds, bad_welds, certified=False, reason=why)
