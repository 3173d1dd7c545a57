"""Grouped, stratified folds: every group is on one side of each fold, every class in each training part.

Knows groups and labels. Does not know what is done with a fold.
"""

import warnings
from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from beadwatch.domain.errors import DatasetError

_TRIES = 200


class Grouped(Protocol):
    """What folds need to know of a picture: a sample or a record of a snapshot."""

    @property
    def group(self) -> str | None:
        """The group within its source, if it has one."""

    @property
    def group_key(self) -> str:
        """The group, unique over all sources."""

    @property
    def labels(self) -> tuple[str, ...]:
        """The classes on the picture."""


def grouped_folds(samples: Sequence[Grouped], folds: int, seed: int) -> npt.NDArray[np.int64]:
    """Return for each sample the number of the fold in which it is held out: int64, shape (N,), 0 to `folds` - 1.

    Stratified over the sets of labels as far as whole groups allow. The first shuffle from `seed` on is taken in
    which no class loses all its groups to one fold, for such a fold would train without that class.

    Raises:
        DatasetError: a picture without a group, fewer groups than folds, or a class that has one group only.
    """
    _check_all_grouped(samples)
    groups = np.array([sample.group_key for sample in samples])
    _check_groups(samples, groups, folds)
    strata = np.array(["|".join(sorted(sample.labels)) for sample in samples])
    strata_index = np.unique(strata, return_inverse=True)[1]
    for attempt in range(_TRIES):
        assignment = _split(strata_index, groups, folds, seed + attempt)
        if _every_class_trains(samples, assignment, folds):
            return assignment
    raise DatasetError(f"no {folds} folds found in which each class has a group left to train on: use fewer folds")


def _split(strata: npt.NDArray[np.int64], groups: npt.NDArray[np.str_], folds: int, seed: int) -> npt.NDArray[np.int64]:
    from sklearn.model_selection import StratifiedGroupKFold

    splitter = StratifiedGroupKFold(n_splits=folds, shuffle=True, random_state=seed)
    assignment = np.full(len(strata), -1, dtype=np.int64)
    with warnings.catch_warnings():
        # A set of labels that is rarer than the folds is spread as far as it goes.
        warnings.filterwarnings("ignore", "The least populated class", UserWarning)
        try:
            for fold, (_, held_out) in enumerate(splitter.split(strata, strata, groups)):
                assignment[held_out] = fold
        except ValueError as error:
            raise DatasetError(f"{folds} folds of {len(strata)} pictures: {error} Use fewer folds") from error
    return assignment


def _check_all_grouped(samples: Sequence[Grouped]) -> None:
    alone = [sample for sample in samples if sample.group is None]
    if alone:
        raise DatasetError(
            f"{len(alone)} of {len(samples)} pictures have no group: copies of one weld could stand on both sides. "
            "`beadwatch data group` finds groups, or give them in groups.csv (file,group)"
        )


def _check_groups(samples: Sequence[Grouped], groups: npt.NDArray[np.str_], folds: int) -> None:
    if folds < 2 or len(set(groups)) < folds:
        raise DatasetError(f"{folds} folds of {len(set(groups))} groups: needs at least 2 folds, and a group for each")
    for label in sorted({label for sample in samples for label in sample.labels}):
        holding = {group for group, sample in zip(groups, samples, strict=True) if label in sample.labels}
        if len(holding) < 2:
            raise DatasetError(
                f"all pictures of {label!r} are of one group ({holding.pop()}): held out, nothing is left to train on. "
                "Add pictures of another weld"
            )


def _every_class_trains(samples: Sequence[Grouped], assignment: npt.NDArray[np.int64], folds: int) -> bool:
    labels = {label for sample in samples for label in sample.labels}
    return all(
        {label for sample, held in zip(samples, assignment, strict=True) if held != fold for label in sample.labels}
        == labels
        for fold in range(folds)
    )
