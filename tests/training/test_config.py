"""Impossible configurations are refused when built."""

from dataclasses import replace
from pathlib import Path

import pytest

from beadwatch.domain.errors import TrainingError
from beadwatch.training.config import AugmentConfig, TrainConfig


@pytest.mark.parametrize(
    "change",
    [
        {"epochs": 0},
        {"batch_size": 1},
        {"lr": 0.0},
        {"lr": -1.0},
        {"weights": Path("weights.pth")},
        {"patience": 0},
        {"ema": 1.0},
    ],
    ids=str,
)
def test_impossible_configurations_are_refused(config: TrainConfig, change: dict[str, object]) -> None:
    with pytest.raises(TrainingError):
        replace(config, **change)  # type: ignore[arg-type]


@pytest.mark.parametrize("change", [{"crop": 0.0}, {"crop": 1.1}, {"blur": -0.1}, {"glare": 2.0}], ids=str)
def test_impossible_variations_are_refused(change: dict[str, float]) -> None:
    with pytest.raises(TrainingError, match="augment"):
        AugmentConfig(**change)  # type: ignore[arg-type]


def test_the_card_gets_no_path_of_this_machine(config: TrainConfig) -> None:
    assert config.to_dict()["weights"] == "backbone.safetensors"
