"""Draws follow from seed and epoch alone, and are fair."""

import pytest
import torch

from beadwatch.training.sampler import EpochSampler, sampling_weights


def draws(seed: int, epoch: int, rank: int = 0, machines: int = 1) -> list[tuple[int, int]]:
    sampler = EpochSampler(torch.ones(20), seed, rank, machines)
    sampler.set_epoch(epoch)
    assert len(list(sampler)) == len(sampler)
    return list(sampler)


def test_seed_and_epoch_decide() -> None:
    assert draws(0, 3) == draws(0, 3)
    assert draws(0, 3) != draws(0, 4)
    assert draws(0, 3) != draws(1, 3)


def test_machines_share_the_draws_of_one() -> None:
    alone = draws(0, 1)
    assert sorted(draws(0, 1, 0, 2) + draws(0, 1, 1, 2)) == sorted(alone)


def test_weights_decide_how_often() -> None:
    sampler = EpochSampler(torch.tensor([0.0, 1.0, 3.0] * 200), 0)
    rows = [row % 3 for row, _ in sampler]
    assert rows.count(0) == 0
    assert rows.count(2) / rows.count(1) == pytest.approx(3.0, rel=0.3)


def test_rare_classes_and_small_groups_are_drawn_more_often() -> None:
    targets = torch.tensor([[1.0, 0], [1, 0], [1, 0], [1, 0], [0, 1]])
    groups = ["a", "a", "a", "b", "c"]
    weights = sampling_weights(targets, groups, balanced=True)
    assert weights[4] > weights[3] > weights[0]
    assert weights[3] / weights[0] == pytest.approx(3**0.5)
    assert sampling_weights(targets, groups, balanced=False).tolist() == [1.0] * 5
