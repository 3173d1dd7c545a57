"""Intervals know what a group is."""

import numpy as np

from beadwatch.domain.model_card import Interval
from beadwatch.evaluation.bootstrap import group_bootstrap


def test_intervals_are_those_of_groups_not_of_pictures() -> None:
    generator = np.random.default_rng(0)
    right_by_group = generator.random(20) < 0.7
    right = np.repeat(right_by_group, 50)

    def share(rows: np.ndarray) -> dict[str, float]:
        return {"share": float(right[rows].mean())}

    def width(interval: Interval) -> float:
        return interval.high - interval.low

    by_group = group_bootstrap(share, tuple(np.repeat(np.arange(20), 50).astype(str)), 0)["share"]
    by_picture = group_bootstrap(share, tuple(np.arange(1000).astype(str)), 0)["share"]
    assert by_group.low <= by_group.value <= by_group.high
    assert width(by_group) > 4 * width(by_picture)


def test_an_undefined_figure_is_left_out_and_undefined_draws_do_not_count() -> None:
    def measures(rows: np.ndarray) -> dict[str, float]:
        return {"never": np.nan, "sometimes": 0.5 if 0 in rows else np.nan}

    assert group_bootstrap(measures, ("a", "b", "c"), 0) == {"sometimes": Interval(0.5, 0.5, 0.5)}


def test_the_same_seed_gives_the_same_intervals() -> None:
    def measures(rows: np.ndarray) -> dict[str, float]:
        return {"mean": float(rows.mean())}

    groups = tuple("abcdefgh")
    assert group_bootstrap(measures, groups, 1) == group_bootstrap(measures, groups, 1)
    assert group_bootstrap(measures, groups, 1) != group_bootstrap(measures, groups, 2)
