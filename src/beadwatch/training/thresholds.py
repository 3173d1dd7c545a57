"""The score from which one class is held to be present: by the best F1, or by what a missed finding costs.

Knows the scores and the truth of one class. Does not know tasks or what follows from a class.
"""

import numpy as np

from beadwatch.training.cross_validate import Floats

_GRID = np.linspace(0.05, 0.95, 91)
_STEPS_BELOW_BAYES = np.geomspace(1.0, 0.1, 41)


def best_f1_threshold(scores: Floats, targets: Floats) -> float:
    """Return the threshold on a grid of 0.01 with the best F1; the middle one where several are as good."""
    present = scores[:, None] >= _GRID
    hits = (present & (targets[:, None] > 0)).sum(axis=0)
    f1 = 2 * hits / (present.sum(axis=0) + targets.sum()).clip(1)
    best = np.flatnonzero(f1 >= f1.max() - 1e-9)
    return round(float(_GRID[best[len(best) // 2]]), 2)


def best_cost_threshold(scores: Floats, targets: Floats, miss_cost: float) -> float:
    """Return the threshold at which missed findings, `miss_cost` each, and false alarms, 1 each, cost least.

    Were the scores exactly calibrated, the Bayes threshold 1 / (1 + miss_cost) would cost least (Elkan, IJCAI 2001).
    The held-out answers may lower it, to a tenth at most; they never raise it. A few findings that all score high would
    raise it, and say nothing about the next one; a few odd labels would lower it to nothing. Where several thresholds
    cost the same, the one nearest to Bayes is taken.
    """
    candidates = _STEPS_BELOW_BAYES / (1.0 + miss_cost)
    present = scores[:, None] >= candidates
    found = targets[:, None] > 0
    cost = miss_cost * (~present & found).sum(axis=0) + (present & ~found).sum(axis=0)
    return round(float(candidates[cost.argmin()]), 4)
