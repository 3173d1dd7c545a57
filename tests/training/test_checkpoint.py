"""Checkpoints come back as they were, never run code, and never replace a good one by half a one."""

import os
import pickle
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from beadwatch.domain.errors import TrainingError
from beadwatch.training import checkpoint as checkpoints
from beadwatch.training.checkpoint import SafetensorsCheckpoint

STATE: dict[str, Any] = {
    "epoch": 3,
    "state_dict": {"weight": torch.arange(6.0).view(2, 3).t(), "steps": torch.tensor(7)},
    "optimizer_states": [{"state": {0: {"step": torch.tensor(1.0)}}, "param_groups": [{"betas": (0.9, 0.99)}]}],
    "callbacks": {"best": float("inf"), "none": None, "flag": True, "tensor": "no pointer", "empty": []},
}


def same(one: Any, other: Any) -> bool:
    if isinstance(one, torch.Tensor):
        return isinstance(other, torch.Tensor) and one.dtype == other.dtype and torch.equal(one, other)
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, (list, tuple)):
        return type(one) is type(other) and len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and bool(one == other)


def test_all_of_it_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "last.safetensors"
    SafetensorsCheckpoint().save_checkpoint(STATE, path)
    assert same(STATE, SafetensorsCheckpoint().load_checkpoint(path))
    assert [file.name for file in tmp_path.iterdir()] == ["last.safetensors"]


class Hostile:
    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, ("ran",)


def test_a_pickle_is_refused_and_does_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "last.safetensors"
    path.write_bytes(pickle.dumps(Hostile()))
    with pytest.raises(TrainingError, match="Pickles are never loaded"):
        SafetensorsCheckpoint().load_checkpoint(path)
    assert not (tmp_path / "ran").exists()


def test_what_cannot_be_kept_without_a_pickle_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="Hostile"):
        SafetensorsCheckpoint().save_checkpoint({"callbacks": Hostile()}, tmp_path / "last.safetensors")
    assert list(tmp_path.iterdir()) == []


def test_foreign_weights_are_no_checkpoint(tmp_path: Path) -> None:
    path = tmp_path / "last.safetensors"
    save_file({"weight": torch.zeros(2)}, path)
    with pytest.raises(TrainingError, match="--weights"):
        SafetensorsCheckpoint().load_checkpoint(path)


def test_a_cut_off_checkpoint_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "last.safetensors"
    SafetensorsCheckpoint().save_checkpoint(STATE, path)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(TrainingError, match="start this part of the run anew"):
        SafetensorsCheckpoint().load_checkpoint(path)


def test_a_full_disk_leaves_the_last_good_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "last.safetensors"
    SafetensorsCheckpoint().save_checkpoint(STATE, path)

    def full(_tensors: object, filename: Path, _metadata: object) -> None:
        filename.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(checkpoints, "save_file", full)
    with pytest.raises(TrainingError, match=r"No space left.*free some space"):
        SafetensorsCheckpoint().save_checkpoint({"epoch": 4}, path)
    assert SafetensorsCheckpoint().load_checkpoint(path)["epoch"] == 3
    assert [file.name for file in tmp_path.iterdir()] == ["last.safetensors"]
