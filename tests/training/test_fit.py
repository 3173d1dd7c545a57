"""Training memorises what it can, follows its schedule, draws fairly and refuses what is hopeless."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from beadwatch.domain.errors import TrainingError
from beadwatch.domain.labels import SURFACE, TIG
from beadwatch.training import fit as fitting
from beadwatch.training.config import AugmentConfig, TrainConfig
from beadwatch.training.fit import FitModule, fit, loss_of, predict, sampling_weights
from beadwatch.training.network import build_network
from beadwatch.training.pictures import load_pictures
from tests.training.conftest import draw_samples

STILL = AugmentConfig(False, False, 1.0, 0, 0, 0, 0, 0, 0, 0, 0, 0)


@pytest.mark.slow
def test_one_batch_is_memorised(config: TrainConfig, tmp_path: Path) -> None:
    pictures = load_pictures(draw_samples(tmp_path, TIG, groups=1, copies=1), TIG, config.preprocess)
    eager = replace(
        config, epochs=60, batch_size=6, lr=5e-3, label_smoothing=0.0, dropout=0.0, balanced=False, augment=STILL
    )
    network = fit(pictures, range(6), replace(eager, freeze_batch_norm=True))
    logits, _ = predict(network, pictures.exact)
    assert logits.argmax(dim=1).tolist() == [0, 1, 2, 3, 4, 5]


def test_same_seed_same_weights(config: TrainConfig, tmp_path: Path) -> None:
    pictures = load_pictures(draw_samples(tmp_path, TIG, groups=1), TIG, config.preprocess)
    first, again = (fit(pictures, range(12), config).state_dict() for _ in range(2))
    other = fit(pictures, range(12), replace(config, seed=1)).state_dict()
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["head.weight"], other["head.weight"])


def test_the_learning_rate_rises_then_falls_for_the_optimiser_in_use(config: TrainConfig) -> None:
    module = FitModule(build_network(config), config, steps=100)
    chosen = module.configure_optimizers()
    optimizer, scheduler = chosen["optimizer"], chosen["lr_scheduler"]["scheduler"]  # type: ignore[index]
    rates = []
    for _ in range(100):
        rates.append([group["lr"] for group in optimizer.param_groups])
        optimizer.step()
        if len(rates) < 100:
            scheduler.step()
    head = [rate[0] for rate in rates]
    peak = head.index(max(head))
    assert 15 <= peak <= 25
    assert head[:peak] == sorted(head[:peak])
    assert head[peak:] == sorted(head[peak:], reverse=True)
    assert max(head) == pytest.approx(config.lr)
    assert rates[peak][1] == pytest.approx(config.lr * config.backbone_lr_scale)
    assert head[-1] < config.lr / 1000


def test_a_frozen_backbone_stays(config: TrainConfig, tmp_path: Path) -> None:
    frozen = replace(config, backbone_lr_scale=0.0, freeze_batch_norm=True)
    pictures = load_pictures(draw_samples(tmp_path, TIG, groups=1), TIG, config.preprocess)
    before = build_network(frozen).backbone.state_dict()
    after = fit(pictures, range(12), frozen).backbone.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_a_class_without_pictures_is_refused(config: TrainConfig, tmp_path: Path) -> None:
    pictures = load_pictures(draw_samples(tmp_path, TIG, groups=1), TIG, config.preprocess)
    with pytest.raises(TrainingError, match="high travel speed"):
        fit(pictures, range(10), config)


def test_too_few_pictures_for_a_batch_are_refused(config: TrainConfig, tmp_path: Path) -> None:
    pictures = load_pictures(draw_samples(tmp_path, TIG, groups=1), TIG, config.preprocess)
    with pytest.raises(TrainingError, match="batch size"):
        fit(pictures, range(12), replace(config, batch_size=64))


def test_a_loss_that_is_no_number_stops_the_run(
    config: TrainConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fitting, "loss_of", lambda *_: torch.tensor(float("nan"), requires_grad=True))
    pictures = load_pictures(draw_samples(tmp_path, TIG, groups=1), TIG, config.preprocess)
    with pytest.raises(TrainingError, match="learning rate"):
        fit(pictures, range(12), config)


def test_losses_fall_when_the_answer_is_right(config: TrainConfig) -> None:
    targets = torch.eye(6)
    for task, truth in ((TIG, targets), (SURFACE, torch.eye(7))):
        told = replace(config, task=task)
        assert loss_of(4 * truth, truth, told) < loss_of(0 * truth, truth, told) < loss_of(-4 * truth, truth, told)


def test_rare_classes_and_small_groups_are_drawn_more_often(config: TrainConfig) -> None:
    targets = torch.tensor([[1.0, 0], [1, 0], [1, 0], [1, 0], [0, 1]])
    groups = ["a", "a", "a", "b", "c"]
    weights = sampling_weights(targets, groups, config)
    assert weights[4] > weights[3] > weights[0]
    assert weights[3] / weights[0] == pytest.approx(3**0.5)
    assert sampling_weights(targets, groups, replace(config, balanced=False)).tolist() == [1.0] * 5
