"""What a run is, written down before it starts, so that the same command goes on with it and another one cannot."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from beadwatch.domain.errors import TrainingError
from beadwatch.training.config import TrainConfig
from beadwatch.training.config_file import config_from

RUN_FILE, HELD_OUT_FILE = "run.json", "held-out.npz"


@dataclass(frozen=True, slots=True)
class RunIdentity:
    """What decides every number of a run: configuration, snapshot, folds, and whether it trains itself.

    `earlier` stands for the run that this one continues, see `continuation`.
    """

    config: TrainConfig
    snapshot: str
    folds: int
    self_training: bool = False
    earlier: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {"config": self.config.to_dict(), "snapshot": self.snapshot, "folds": self.folds} | (
            ({"self_training": True} if self.self_training else {})
            | ({"earlier": self.earlier} if self.earlier else {})
        )


def read_run(folder: Path, weights: Path | None = None) -> RunIdentity:
    """Return what the run in a folder is; `weights` is where its pretrained weights are now, for their source.

    Raises:
        TrainingError: it holds no run.
    """
    try:
        data = json.loads((folder / RUN_FILE).read_text(encoding="utf-8"))
        values = dict(data["config"])
        name = values["weights"]
        values["weights"] = None if name == "timm hub" else weights or Path(name)
        earlier = data.get("earlier", "")
        return RunIdentity(
            config_from(values), data["snapshot"], data["folds"], data.get("self_training", False), earlier
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise TrainingError(f"{folder}: holds no run of `beadwatch train --run`: {error}") from error


def claim_run_folder(folder: Path, identity: RunIdentity) -> bool:
    """Make the folder this run's, or find that it is already; returns whether there is something to go on with.

    Raises:
        TrainingError: it holds another run, or cannot be written.
    """
    wanted = json.loads(json.dumps(identity.to_dict()))
    file = folder / RUN_FILE
    try:
        if file.exists():
            # Read and written again: what the run was not asked, since nobody knew of it then, has its default.
            there = json.loads(json.dumps(read_run(folder).to_dict()))
            if there != wanted:
                raise TrainingError(f"{folder} holds another run ({_difference(there, wanted)}): give another --run")
            return True
        folder.mkdir(parents=True, exist_ok=True)
        aside = file.with_suffix(".part")
        aside.write_text(json.dumps(wanted, indent=1), encoding="utf-8")
        aside.replace(file)
    except (OSError, ValueError) as error:
        raise TrainingError(f"{folder}: cannot be used as a run's folder: {error}") from error
    return False


def _difference(there: Any, wanted: dict[str, Any]) -> str:
    before = _flat(there) if isinstance(there, dict) else {}
    for name, value in _flat(wanted).items():
        if before.get(name) != value:
            return f"there {name} is {before.get(name)}, here {value}"
    return "its file differs"


def _flat(data: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in data.items():
        flat |= _flat(value, f"{prefix}{name}.") if isinstance(value, dict) else {f"{prefix}{name}": value}
    return flat
