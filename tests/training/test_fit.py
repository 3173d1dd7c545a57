"""Training memorises what it can, follows its schedule, goes on after a kill, and refuses what is hopeless."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import lightning
import pytest
import torch
from safetensors.torch import save_file

from beadwatch.domain.errors import TrainingError
from beadwatch.domain.labels import SURFACE, TIG
from beadwatch.training import fit as fitting
from beadwatch.training import fit_module
from beadwatch.training.augment import single_augments
from beadwatch.training.checkpoint import SafetensorsCheckpoint
from beadwatch.training.config import AugmentConfig, TrainConfig
from beadwatch.training.cross_validate import predict
from beadwatch.training.fit import WEIGHTS_FILE, FitPlan, fit
from beadwatch.training.fit_module import FitModule, loss_of
from beadwatch.training.network import WeldNet, backbone_stages, build_network
from tests.training.conftest import draw_pictures

STILL = single_augments(AugmentConfig())["resize"]


def weights_of(network: WeldNet) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in network.state_dict().items()}


def same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return all(torch.equal(one[name], other[name]) for name in one)


@pytest.mark.slow
def test_one_batch_is_memorised(config: TrainConfig) -> None:
    pictures = draw_pictures(config, copies=1)
    eager = replace(
        config, epochs=60, batch_size=6, lr=3e-3, label_smoothing=0.0, dropout=0.0, balanced=False, augment=STILL
    )
    network = fit(pictures, FitPlan(range(6)), replace(eager, freeze_batch_norm=True))
    assert predict(network, pictures.exact).logits.argmax(dim=1).tolist() == [0, 1, 2, 3, 4, 5]


def test_same_seed_same_weights(config: TrainConfig) -> None:
    pictures = draw_pictures(config)
    first, again = (weights_of(fit(pictures, FitPlan(range(12)), config)) for _ in range(2))
    other = weights_of(fit(pictures, FitPlan(range(12)), replace(config, seed=1)))
    assert same(first, again)
    assert not torch.equal(first["head.weight"], other["head.weight"])


class KilledError(Exception):
    pass


@pytest.mark.slow
@pytest.mark.parametrize("change", [{}, {"ema": 0.9}, {"mixup": 0.4, "unfreeze_epoch": 2}], ids=str)
def test_a_killed_run_goes_on_to_the_same_weights(
    config: TrainConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: dict[str, Any]
) -> None:
    pictures, config = draw_pictures(config), replace(config, epochs=4, **change)
    whole = weights_of(fit(pictures, FitPlan(range(12), folder=tmp_path / "whole"), config))

    def die(module: FitModule, *_: object) -> torch.Tensor:
        if module.current_epoch == 2 and module.global_step % 3 == 1:
            raise KilledError
        return step(module, *_)  # type: ignore[arg-type]

    step = FitModule.training_step
    with monkeypatch.context() as patched:
        patched.setattr(FitModule, "training_step", die)
        with pytest.raises(KilledError):
            fit(pictures, FitPlan(range(12), folder=tmp_path / "killed"), config)
    assert (tmp_path / "killed" / "last.safetensors").exists()
    resumed = weights_of(fit(pictures, FitPlan(range(12), folder=tmp_path / "killed"), config))
    assert same(whole, resumed)
    assert [file.name for file in (tmp_path / "killed").iterdir()] == [WEIGHTS_FILE]


def test_a_finished_fit_is_loaded(config: TrainConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pictures = draw_pictures(config)
    first = weights_of(fit(pictures, FitPlan(range(12), folder=tmp_path), config))
    monkeypatch.setattr(FitModule, "training_step", lambda *_: pytest.fail("trained again"))
    assert same(first, weights_of(fit(pictures, FitPlan(range(12), folder=tmp_path), config)))


def test_foreign_weights_in_the_folder_are_refused(config: TrainConfig, tmp_path: Path) -> None:
    save_file({"head.weight": torch.zeros(2, 2)}, tmp_path / WEIGHTS_FILE)
    with pytest.raises(TrainingError, match="no weights of this network"):
        fit(draw_pictures(config), FitPlan(range(12), folder=tmp_path), config)


def test_early_stopping_stops_and_keeps_the_best(config: TrainConfig, tmp_path: Path) -> None:
    pictures = draw_pictures(config, groups=5, copies=1)
    hopeless = replace(config, epochs=40, patience=2, lr=1e-12, weight_decay=0.0, freeze_batch_norm=True, dropout=0.0)
    before = weights_of(build_network(hopeless))["head.weight"]
    lines: list[str] = []

    class Counter(lightning.Callback):
        def on_train_epoch_end(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
            lines.append(str(trainer.current_epoch))

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(fitting, "EpochLine", Counter)
        network = fit(pictures, FitPlan(range(30), folder=tmp_path), hopeless)
    assert len(lines) < 40
    assert network.head.weight.shape == before.shape
    assert [file.name for file in tmp_path.iterdir()] == [WEIGHTS_FILE]


def test_early_stopping_needs_a_folder(config: TrainConfig) -> None:
    with pytest.raises(TrainingError, match="run folder"):
        fit(draw_pictures(config), FitPlan(range(12)), replace(config, patience=1))


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


@pytest.mark.parametrize("change", [{"backbone_lr_scale": 0.0}, {"unfreeze_epoch": 5}], ids=str)
def test_a_frozen_backbone_stays(config: TrainConfig, change: dict[str, Any]) -> None:
    frozen = replace(config, **change)
    before = weights_of(build_network(frozen))
    after = weights_of(fit(draw_pictures(config), FitPlan(range(12)), frozen))
    backbone = [name for name in before if name.startswith("backbone")]
    assert same({name: before[name] for name in backbone}, after)


def test_a_backbone_that_waits_moves_afterwards(config: TrainConfig) -> None:
    waiting = replace(config, epochs=2, unfreeze_epoch=1)
    before = weights_of(build_network(waiting))
    after = weights_of(fit(draw_pictures(config), FitPlan(range(12)), waiting))
    assert not torch.equal(before["backbone.conv_stem.weight"], after["backbone.conv_stem.weight"])
    assert not torch.equal(before["backbone.bn1.running_mean"], after["backbone.bn1.running_mean"])


def test_frozen_stages_stay_and_the_others_move(config: TrainConfig) -> None:
    before = weights_of(build_network(config))
    after = weights_of(fit(draw_pictures(config), FitPlan(range(12)), replace(config, frozen_stages=2)))
    moved = {name.split(".")[2] for name in before if ".blocks." in name and not torch.equal(before[name], after[name])}
    assert torch.equal(before["backbone.conv_stem.weight"], after["backbone.conv_stem.weight"])
    assert "0" not in moved
    assert {"2", "3"} <= moved


def test_layers_far_from_the_head_learn_slower(config: TrainConfig) -> None:
    chosen = FitModule(build_network(config), replace(config, layer_decay=0.5), 10).configure_optimizers()
    rates = [group["max_lr"] for group in chosen["optimizer"].param_groups]
    assert rates[1] == pytest.approx(config.lr * config.backbone_lr_scale)
    assert rates[2] == pytest.approx(rates[1] / 2)
    assert len(rates) == 1 + len(backbone_stages(build_network(config).backbone))


def test_freezing_every_stage_says_how_to(config: TrainConfig) -> None:
    with pytest.raises(TrainingError, match="backbone_lr_scale"):
        fit(draw_pictures(config), FitPlan(range(12)), replace(config, frozen_stages=99))


def test_half_precision_trains(config: TrainConfig) -> None:
    network = fit(draw_pictures(config), FitPlan(range(12)), replace(config, precision="bf16"))
    assert network.head.weight.dtype == torch.float32


def test_a_class_without_pictures_is_refused(config: TrainConfig) -> None:
    with pytest.raises(TrainingError, match="high travel speed"):
        fit(draw_pictures(config), FitPlan(range(10)), config)


def test_too_few_pictures_for_a_batch_are_refused(config: TrainConfig) -> None:
    with pytest.raises(TrainingError, match="batch size"):
        fit(draw_pictures(config), FitPlan(range(12)), replace(config, batch_size=64))


def test_a_loss_that_is_no_number_stops_the_run_and_keeps_the_checkpoint(
    config: TrainConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def spoiled(logits: torch.Tensor, *_: object) -> torch.Tensor:
        calls.append(1)
        return logits.sum() * (float("nan") if len(calls) > 3 else 0.0)

    calls: list[int] = []
    monkeypatch.setattr(fit_module, "loss_of", spoiled)
    with pytest.raises(TrainingError, match="epoch 2: lower the learning rate"):
        fit(draw_pictures(config), FitPlan(range(12), folder=tmp_path), replace(config, epochs=3))
    assert SafetensorsCheckpoint().load_checkpoint(tmp_path / "last.safetensors")["epoch"] == 0


def test_losses_fall_when_the_answer_is_right(config: TrainConfig) -> None:
    targets = torch.eye(6)
    for task, truth in ((TIG, targets), (SURFACE, torch.eye(7))):
        told = replace(config, task=task)
        assert loss_of(4 * truth, truth, told) < loss_of(0 * truth, truth, told) < loss_of(-4 * truth, truth, told)
