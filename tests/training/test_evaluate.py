"""The figures of a card, from held-out answers."""

import numpy as np
import pytest

from beadwatch.domain.labels import SURFACE, TIG
from beadwatch.training.cross_validate import HeldOut
from beadwatch.training.evaluate import measure


def test_single_label_figures_by_hand() -> None:
    # Twelve pictures, two of each class; the last class is taken for the first once, the second for the third once.
    truth = np.repeat(np.arange(6), 2)
    answer = truth.copy()
    answer[11], answer[3] = 0, 2
    logits = 8.0 * np.eye(6)[answer]
    groups = tuple(f"run {index}" for index in range(12))
    fold = np.tile([0, 1], 6)
    metrics = measure(HeldOut(logits, np.eye(6)[truth], np.zeros(12), fold, groups), TIG, "by hand")
    value = {name: interval.value for name, interval in metrics.values.items()}
    assert value["accuracy"] == pytest.approx(10 / 12, abs=1e-4)
    assert value["macro_recall"] == pytest.approx((1 + 0.5 + 1 + 1 + 1 + 0.5) / 6, abs=1e-4)
    assert value["recall/high travel speed"] == 0.5
    assert value["precision/good weld"] == pytest.approx(2 / 3, abs=1e-4)
    assert value["auc/lack of fusion"] == 1.0
    assert (metrics.samples, metrics.groups) == (12, 12)


def test_an_answer_of_nothing_is_not_83_percent_right() -> None:
    # The mistake of an earlier system: all-negative scores are 83 % "binary accurate" over six one-hot classes.
    logits = np.full((60, 6), -5.0) + np.random.default_rng(0).normal(0, 1e-3, (60, 6))
    targets = np.eye(6)[np.arange(60) % 6]
    groups = tuple(f"g{index}" for index in range(60))
    metrics = measure(HeldOut(logits, targets, np.zeros(60), np.arange(60) // 6 % 2, groups), TIG, "")
    assert metrics.values["accuracy"].value < 0.4
    assert metrics.values["macro_recall"].value < 0.4


def test_multi_label_figures_by_hand() -> None:
    targets = np.zeros((40, 7))
    targets[:20, 4] = 1  # good
    targets[20:, 2] = 1  # crack
    targets[30:, 5] = 1  # and pores with half of the cracks
    logits = 10.0 * (2 * targets - 1)
    logits[30:35, 5] = -10  # half of those pores are missed
    answers = HeldOut(logits, targets, np.zeros(40), np.arange(40) % 2, tuple(f"g{i}" for i in range(40)))
    value = {name: interval.value for name, interval in measure(answers, SURFACE, "").values.items()}
    assert value["recall/porosity"] == 0.5
    assert value["recall/crack"] == 1.0
    assert value["exact_match"] == pytest.approx(35 / 40)
    assert value["accepted_of_good"] == 1.0
    assert value["bad_among_accepted"] == 0.0
    assert "auc/background" not in value, "a class without pictures has no AUC"
