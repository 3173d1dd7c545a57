"""A configuration is a recipe, a file over it, and settings over both; what is wrong is named."""

from pathlib import Path

import pytest

from beadwatch.domain.errors import TrainingError
from beadwatch.domain.labels import TASKS
from beadwatch.training.config_file import read_config, recipe


@pytest.mark.parametrize("task", TASKS)
def test_there_is_a_recipe_for_each_task_that_ships(task: str) -> None:
    assert recipe(task).task is TASKS[task]


def test_an_unknown_recipe_names_those_there_are() -> None:
    with pytest.raises(TrainingError, match="surface, tig"):
        recipe("laser")


def test_a_file_goes_over_the_recipe_and_settings_over_both(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("epochs: 3\naugment: {noise: 0.5}\npreprocess: {width: 64}\n")
    config = read_config("tig", file, ["augment.blur=0.25", "epochs=4", "weights=w.safetensors"])
    assert (config.epochs, config.augment.noise, config.augment.blur) == (4, 0.5, 0.25)
    assert (config.preprocess.width, config.preprocess.height) == (64, recipe("tig").preprocess.height)
    assert config.augment.crop == recipe("tig").augment.crop
    assert config.weights == Path("w.safetensors")


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("epoch=3", "epoch: "),
        ("augment.noize=1", "augment.noize"),
        ("epochs=many", "epochs: "),
        ("epochs", "name=value"),
        ("=3", "name=value"),
        ("epochs=[", "cannot be read"),
        ("precision=fp8", "precision"),
        ("epochs=0", "at least 1 epoch"),
        ("task=laser", "none of tig, surface"),
        ("augment=3", "augment"),
    ],
)
def test_a_wrong_setting_is_named(setting: str, message: str) -> None:
    with pytest.raises(TrainingError, match=message):
        read_config("tig", None, [setting])


@pytest.mark.parametrize("text", ["epochs: [", "- 1", "just text", "\x00"])
def test_a_broken_file_is_named(tmp_path: Path, text: str) -> None:
    file = tmp_path / "broken.yaml"
    file.write_text(text)
    with pytest.raises(TrainingError, match=r"broken\.yaml"):
        read_config("tig", file)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"none\.yaml"):
        read_config("tig", tmp_path / "none.yaml")
