"""Folds hold out whole groups, leave every class something to train on, and repeat by their seed."""

from pathlib import Path

import numpy as np
import pytest

from beadwatch.datasets.folds import grouped_folds
from beadwatch.datasets.sample import Sample, labelled
from beadwatch.domain.errors import DatasetError


def samples(groups: int = 12, each: int = 4, classes: int = 3, source: str = "set") -> list[Sample]:
    return [
        Sample(Path(f"{group}-{number}.png"), labelled(f"class {group % classes}"), source, f"g{group}")
        for group in range(groups)
        for number in range(each)
    ]


@pytest.mark.parametrize("folds", [2, 3, 5])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_no_group_straddles_a_fold(folds: int, seed: int) -> None:
    pictures = samples(groups=15)
    held_out: dict[str, set[int]] = {}
    for sample, fold in zip(pictures, grouped_folds(pictures, folds, seed), strict=True):
        held_out.setdefault(str(sample.group), set()).add(int(fold))
    assert all(len(where) == 1 for where in held_out.values())
    assert set().union(*held_out.values()) == set(range(folds))


@pytest.mark.parametrize("seed", range(5))
def test_every_class_keeps_something_to_train_on(seed: int) -> None:
    pictures = samples(groups=6, classes=3)
    assignment = grouped_folds(pictures, 3, seed)
    for fold in range(3):
        left = {sample.labels for sample, held in zip(pictures, assignment, strict=True) if held != fold}
        assert left == {sample.labels for sample in pictures}


def test_assignment_is_one_fold_for_each_sample() -> None:
    assignment = grouped_folds(samples(), 4, 0)
    assert assignment.shape == (48,)
    assert assignment.dtype == np.int64
    assert assignment.min() == 0


def test_seed_decides() -> None:
    pictures = samples(groups=30)
    assert np.array_equal(grouped_folds(pictures, 5, 3), grouped_folds(pictures, 5, 3))
    assert any(not np.array_equal(grouped_folds(pictures, 5, 3), grouped_folds(pictures, 5, seed)) for seed in (4, 5))


def test_groups_of_the_same_name_in_two_sources_are_two_groups() -> None:
    pictures = samples(groups=2, classes=1, source="one") + samples(groups=2, classes=1, source="two")
    assert len(set(grouped_folds(pictures, 4, 0).tolist())) == 4


def test_multi_label_samples_are_split_too() -> None:
    labels = [("spatters",), ("crack", "porosity")]
    pictures = [
        Sample(Path(f"{number}.png"), labelled(*labels[number % 2]), "set", f"g{number // 3}") for number in range(36)
    ]
    assert set(grouped_folds(pictures, 3, 0).tolist()) == {0, 1, 2}


@pytest.mark.parametrize(
    ("pictures", "folds", "says"),
    [
        pytest.param([], 2, "2 folds of 0 groups", id="no picture"),
        pytest.param(samples(groups=3, classes=1), 1, "at least 2 folds", id="one fold"),
        pytest.param(samples(groups=3, classes=1), 0, "at least 2 folds", id="no fold"),
        pytest.param(samples(groups=4, classes=1), 5, "5 folds of 4 groups", id="fewer groups than folds"),
        pytest.param(samples(groups=5, classes=4), 2, "all pictures of 'class 1' are of one group", id="lonely class"),
    ],
)
def test_impossible_split_is_refused(pictures: list[Sample], folds: int, says: str) -> None:
    with pytest.raises(DatasetError, match=says):
        grouped_folds(pictures, folds, 0)


def test_picture_without_a_group_is_refused() -> None:
    pictures = [*samples(), Sample(Path("lonely.png"), labelled("class 0"), "set")]
    with pytest.raises(DatasetError, match=r"1 of 49 pictures have no group: .* `beadwatch data group`"):
        grouped_folds(pictures, 2, 0)


def test_classes_that_no_split_can_keep_apart_are_refused() -> None:
    held = {"g1": ("a", "c"), "g2": ("a", "b"), "g3": ("b", "c")}
    pictures = [
        Sample(Path(group), labelled(label), "set", group) for group, labels in held.items() for label in labels
    ]
    with pytest.raises(DatasetError, match="no 2 folds found"):
        grouped_folds(pictures, 2, 0)


def test_rare_set_of_labels_is_spread_without_a_warning() -> None:
    pictures = samples(groups=10, each=1, classes=1)
    pictures += [Sample(Path(f"rare {number}"), labelled("rare"), "set", f"r{number}") for number in range(3)]
    assert set(grouped_folds(pictures, 5, 0).tolist()) == {0, 1, 2, 3, 4}


def test_label_sets_that_are_all_rarer_than_the_folds_are_refused() -> None:
    sets = [("a", "b"), ("a", "c"), ("b", "c"), ("a", "b", "c")]
    pictures = [Sample(Path(f"{number}"), labelled(*labels), "set", f"g{number}") for number, labels in enumerate(sets)]
    with pytest.raises(DatasetError, match="2 folds of 4 pictures"):
        grouped_folds(pictures, 2, 0)
