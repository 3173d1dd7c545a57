"""Checkpoints of a run in safetensors and JSON: all that Lightning needs to go on, and nothing that can run code.

A checkpoint is nested dictionaries, lists and numbers with tensors in between. The tensors become those of a
safetensors file; the rest becomes JSON in its metadata, with a pointer where each tensor stood. Knows no networks.
"""

import json
import os
from pathlib import Path
from typing import Any

import torch
from lightning.fabric.plugins.io.checkpoint_io import CheckpointIO
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from beadwatch.domain.errors import TrainingError

_KIND = "beadwatch-checkpoint"


class SafetensorsCheckpoint(CheckpointIO):
    """Lets Lightning write and read checkpoints as safetensors: aside first, so that the last good one stays."""

    def save_checkpoint(self, checkpoint: dict[str, Any], path: Any, storage_options: Any = None) -> None:  # noqa: ARG002  # Lightning's interface
        """Write a checkpoint.

        Raises:
            TrainingError: it cannot be written; the one before is left as it was.
        """
        target, tensors = Path(path), dict[str, Tensor]()
        tree = json.dumps(_taken_apart(checkpoint, tensors))
        write_safetensors(target, tensors, {"kind": _KIND, "tree": tree})

    def load_checkpoint(self, path: Any, map_location: Any = None, weights_only: bool | None = None) -> dict[str, Any]:  # noqa: ARG002  # Lightning's interface
        """Read a checkpoint, tensors on the CPU.

        Raises:
            TrainingError: it is missing, damaged, or no checkpoint of Beadwatch.
        """
        try:
            with safe_open(path, framework="pt") as file:
                metadata = file.metadata() or {}
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  # no mapping
        except (OSError, SafetensorError) as error:
            raise TrainingError(
                f"{path}: cannot be read as a checkpoint in safetensors: {error}. Pickles are never loaded; "
                "delete the file to start this part of the run anew"
            ) from error
        if metadata.get("kind") != _KIND:
            raise TrainingError(f"{path}: is no checkpoint of Beadwatch; weights to start from go to --weights")
        checkpoint: dict[str, Any] = _put_together(json.loads(metadata["tree"]), tensors)
        return checkpoint

    def remove_checkpoint(self, path: Any) -> None:
        """Delete a checkpoint if it is there."""
        Path(path).unlink(missing_ok=True)


def write_safetensors(path: Path, tensors: dict[str, Tensor], metadata: dict[str, str]) -> None:
    """Write a safetensors file aside, flush it to the disk, and give it its name.

    Raises:
        TrainingError: the disk is full or read-only; what was there before is left.
    """
    aside = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        save_file(tensors, aside, metadata)
        with aside.open("rb+") as file:
            os.fsync(file.fileno())
        aside.replace(path)
    except (OSError, SafetensorError) as error:
        aside.unlink(missing_ok=True)
        raise TrainingError(
            f"{path}: cannot be written: {error}. What was written before is kept: free some space and run the same "
            "command again, it goes on from there"
        ) from error


def _taken_apart(value: Any, tensors: dict[str, Tensor]) -> Any:
    if isinstance(value, Tensor):
        name = f"t{len(tensors)}"
        tensors[name] = value.detach().cpu().clone(memory_format=torch.contiguous_format)
        return {"tensor": name}
    if isinstance(value, dict):
        return {"dict": [[_taken_apart(key, tensors), _taken_apart(item, tensors)] for key, item in value.items()]}
    if isinstance(value, (list, tuple)):
        kind = "tuple" if isinstance(value, tuple) else "list"
        return {kind: [_taken_apart(item, tensors) for item in value]}
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    raise TrainingError(f"a checkpoint cannot hold {type(value).__name__}: only tensors, numbers and text")


def _put_together(value: Any, tensors: dict[str, Tensor]) -> Any:
    if not isinstance(value, dict):
        return value
    ((kind, items),) = value.items()
    if kind == "tensor":
        return tensors[items]
    if kind == "dict":
        return {_put_together(key, tensors): _put_together(item, tensors) for key, item in items}
    whole = [_put_together(item, tensors) for item in items]
    return tuple(whole) if kind == "tuple" else whole
