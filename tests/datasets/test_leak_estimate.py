"""The probe scores high at random and low by group where copies leak, and alike where nothing does."""

from pathlib import Path

import numpy as np
import pytest

from beadwatch.datasets.leak_estimate import estimate_leak
from beadwatch.datasets.sample import Sample, labelled
from beadwatch.domain.errors import DatasetError

CLASSES = ("crack", "good", "porosity")


def welds(groups: int, each: int, several: bool = False) -> list[Sample]:
    def labels(group: int) -> tuple[str, ...]:
        first = CLASSES[group % 3]
        return (first, CLASSES[(group + 1) % 3]) if several and group % 2 else (first,)

    return [
        Sample(Path(f"{group}-{n}.png"), labelled(*labels(group)), "set", f"g{group}")
        for group in range(groups)
        for n in range(each)
    ]


def copies(groups: int, each: int, features: int = 60) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """Return embeddings that know the group and nothing of the class: float32, N x F."""
    dice = np.random.default_rng(0)
    centres = dice.normal(0, 1, (groups, features))
    return (centres.repeat(each, axis=0) + dice.normal(0, 0.05, (groups * each, features))).astype(np.float32)


@pytest.mark.parametrize("several", [False, True])
def test_memory_of_copies_is_called_leakage(several: bool) -> None:
    estimate = estimate_leak(welds(30, 8, several), copies(30, 8))
    assert estimate.random > 0.9
    assert estimate.grouped < 0.7
    assert estimate.leakage == pytest.approx(estimate.random - estimate.grouped)
    assert (estimate.pictures, estimate.groups, estimate.folds) == (240, 30, 5)


def test_what_holds_for_new_welds_is_not_leakage() -> None:
    samples = welds(30, 8)
    dice = np.random.default_rng(1)
    truth = np.array([[label in sample.labels for label in CLASSES] for sample in samples], dtype=np.float32)
    estimate = estimate_leak(samples, np.hstack([truth * 5, dice.normal(0, 1, (240, 200))]).astype(np.float32))
    assert estimate.grouped > 0.9
    assert abs(estimate.leakage) < 0.1


def test_it_repeats_and_is_json() -> None:
    samples, embeddings = welds(12, 3), copies(12, 3)
    assert estimate_leak(samples, embeddings, folds=3) == estimate_leak(samples, embeddings, folds=3)
    told = estimate_leak(samples, embeddings, folds=3).to_dict()
    assert told["metric"] == "macro F1"
    assert told["leakage"] == pytest.approx(told["random"] - told["grouped"], abs=1e-3)


def test_constant_features_and_one_class_for_all_are_survived() -> None:
    samples = [Sample(Path(f"{n}.png"), labelled("good"), "set", f"g{n}") for n in range(10)]
    estimate = estimate_leak(samples, np.ones((10, 4), np.float32))
    assert (estimate.random, estimate.grouped) == (1.0, 1.0)


@pytest.mark.parametrize(
    ("samples", "embeddings", "message"),
    [
        (welds(12, 3), np.zeros((35, 4), np.float32), "one finite row for each"),
        (welds(12, 3), np.zeros(36, np.float32), "one finite row for each"),
        (welds(12, 3), np.full((36, 4), np.nan, np.float32), "one finite row for each"),
        (welds(3, 9), np.zeros((27, 4), np.float32), "folds"),
        ([Sample(Path("a.png"), (), "set", "g")], np.zeros((1, 4), np.float32), "no picture has a label"),
        ([Sample(Path("a.png"), labelled("good"), "set")], np.zeros((1, 4), np.float32), "no group"),
    ],
)
def test_what_cannot_be_estimated(
    samples: list[Sample], embeddings: np.ndarray[tuple[int, ...], np.dtype[np.float32]], message: str
) -> None:
    with pytest.raises(DatasetError, match=message):
        estimate_leak(samples, embeddings)
