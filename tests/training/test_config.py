"""Recipes are complete, and impossible configurations are refused when built."""

from dataclasses import replace
from pathlib import Path

import pytest

from beadwatch.domain.errors import TrainingError
from beadwatch.domain.labels import TASKS
from beadwatch.training.config import TrainConfig, recipe


@pytest.mark.parametrize("task", TASKS)
def test_there_is_a_recipe_for_each_task_that_ships(task: str) -> None:
    assert recipe(task).task is TASKS[task]


def test_an_unknown_recipe_names_those_there_are() -> None:
    with pytest.raises(TrainingError, match="tig, surface"):
        recipe("laser")


@pytest.mark.parametrize(
    "change",
    [{"epochs": 0}, {"batch_size": 1}, {"lr": 0.0}, {"lr": -1.0}, {"weights": Path("weights.pth")}],
    ids=str,
)
def test_impossible_configurations_are_refused(config: TrainConfig, change: dict[str, object]) -> None:
    with pytest.raises(TrainingError):
        replace(config, **change)  # type: ignore[arg-type]


def test_the_card_gets_no_path_of_this_machine(config: TrainConfig) -> None:
    assert config.to_dict()["weights"] == "backbone.safetensors"
