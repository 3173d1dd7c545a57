"""Only sure answers are believed, and they are trained on."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from beadwatch.domain.labels import SURFACE, TIG, Task
from beadwatch.training import self_training
from beadwatch.training.config import TrainConfig
from beadwatch.training.cross_validate import predict
from beadwatch.training.fit import FitPlan
from beadwatch.training.network import build_network
from beadwatch.training.self_training import fit_with_unlabelled, sure_answers
from tests.training.conftest import draw_pictures


@pytest.mark.parametrize(
    ("task", "logits", "sure", "present"),
    [
        (TIG, [9, 0, 0, 0, 0, 0], True, [1, 0, 0, 0, 0, 0]),
        (TIG, [1, 0, 0, 0, 0, 0], False, None),
        (SURFACE, [9, -9, -9, 9, -9, -9, -9], True, [1, 0, 0, 1, 0, 0, 0]),
        (SURFACE, [9, 0, -9, -9, -9, -9, -9], False, None),
        (SURFACE, [-9] * 7, False, None),
    ],
)
def test_what_is_sure(
    config: TrainConfig, task: Task, logits: list[float], sure: bool, present: list[int] | None
) -> None:
    config = replace(config, task=task)
    network = build_network(config)
    with torch.no_grad():
        network.head.weight.zero_()
        network.head.bias.copy_(torch.tensor(logits, dtype=torch.float32))
    found, targets = sure_answers(network, torch.zeros(2, 3, 32, 48, dtype=torch.uint8), config)
    assert found.tolist() == [sure, sure]
    if present is not None:
        assert targets[0].tolist() == present


def test_believed_pictures_are_trained_on(config: TrainConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(self_training, "SURE", 0.5)
    config = replace(config, method="linear")
    pictures = draw_pictures(config, groups=3, copies=1)
    labelled = [row for row in range(18) if row % 3 == 0]
    unlabelled = [row for row in range(18) if row % 3 == 1]
    hidden = replace(pictures, targets=pictures.targets.clone())
    hidden.targets[unlabelled] = 0.0
    network, believed = fit_with_unlabelled(hidden, FitPlan(labelled, folder=tmp_path), unlabelled, config)
    assert 0 < believed <= len(unlabelled)
    assert (tmp_path / "first" / "weights.safetensors").exists()
    assert predict(network, pictures.exact).logits.argmax(dim=1).tolist() == pictures.targets.argmax(dim=1).tolist()
    assert hidden.targets[unlabelled].sum() == 0, "the given targets are not changed"


def test_nothing_sure_gives_the_first_network(config: TrainConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(self_training, "SURE", 1.1)
    pictures = draw_pictures(config)
    _, believed = fit_with_unlabelled(pictures, FitPlan(range(12)), range(12), replace(config, method="linear"))
    assert believed == 0
