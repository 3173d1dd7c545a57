"""A run's folder takes the same run again and no other."""

from dataclasses import replace
from pathlib import Path

import pytest

from beadwatch.domain.errors import TrainingError
from beadwatch.training.config import TrainConfig
from beadwatch.training.run_folder import RUN_FILE, RunIdentity, claim_run_folder, read_run


def test_the_same_run_goes_on_and_another_is_refused(config: TrainConfig, tmp_path: Path) -> None:
    run = RunIdentity(config, "ab" * 32, 5)
    assert not claim_run_folder(tmp_path / "run", run)
    assert claim_run_folder(tmp_path / "run", run)
    for other, named in [
        (replace(run, folds=4), "there folds is 5, here 4"),
        (replace(run, snapshot="cd" * 32), "snapshot"),
        (replace(run, config=replace(config, lr=1.0)), r"config\.lr is 0\.002, here 1\.0"),
        (replace(run, config=replace(config, augment=replace(config.augment, blur=0.5))), r"config\.augment\.blur"),
    ]:
        with pytest.raises(TrainingError, match=named):
            claim_run_folder(tmp_path / "run", other)


@pytest.mark.parametrize("text", ["", "[]", "{", "\x00"])
def test_a_damaged_file_is_refused(config: TrainConfig, tmp_path: Path, text: str) -> None:
    (tmp_path / RUN_FILE).write_text(text)
    with pytest.raises(TrainingError):
        claim_run_folder(tmp_path, RunIdentity(config, "ab" * 32, 5))


def test_a_run_is_read_back(config: TrainConfig, tmp_path: Path) -> None:
    run = RunIdentity(replace(config, patience=3, ema=0.5), "ab" * 32, 5, self_training=True)
    claim_run_folder(tmp_path, run)
    assert read_run(tmp_path, config.weights) == run
    assert read_run(tmp_path).to_dict() == run.to_dict(), "wherever the weights are now, it is the same run"


def test_a_folder_without_a_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="holds no run"):
        read_run(tmp_path)
