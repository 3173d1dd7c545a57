"""95 % intervals by resampling whole groups: pictures of one weld are no independent evidence.

Knows groups. Does not know what a figure means.
"""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from beadwatch.domain.model_card import Interval

RESAMPLES = 1000
Measures = Callable[[npt.NDArray[np.int64]], dict[str, float]]


def group_bootstrap(measures: Measures, groups: Sequence[str], seed: int) -> dict[str, Interval]:
    """Return each figure with its 95 % interval (2.5 % and 97.5 % quantiles of 1,000 resamples).

    `measures` gives the figures of some rows, which may stand several times. Resamples in which a figure is undefined
    (NaN) do not count for it; a figure that is undefined itself is left out.
    """
    names, index = np.unique(np.array(groups), return_inverse=True)
    members = [np.flatnonzero(index == number) for number in range(len(names))]
    generator = np.random.default_rng(seed)
    resampled = [
        measures(np.concatenate([members[number] for number in generator.integers(0, len(names), len(names))]))
        for _ in range(RESAMPLES)
    ]
    intervals = {}
    for name, value in measures(np.arange(len(groups))).items():
        draws = np.array([figures[name] for figures in resampled])
        if np.isfinite(value) and np.isfinite(draws).any():
            low, high = np.nanquantile(draws, [0.025, 0.975])
            intervals[name] = Interval(round(value, 4), round(float(low), 4), round(float(high), 4))
    return intervals
