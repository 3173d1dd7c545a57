"""Continuing an earlier run honestly: what the earlier network has learned from, the new one must not be judged by.

A network that starts from an earlier one has seen the pictures of that run, also in a fold that holds them out. So only
groups that are new to it are held out in turn; for the others stand the answers that the earlier run kept, given by
networks that had not seen them. Knows records and kept answers. Does not know networks.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from beadwatch.datasets.folds import grouped_folds
from beadwatch.datasets.snapshot import Record
from beadwatch.domain.errors import DatasetError, TrainingError
from beadwatch.domain.labels import Task
from beadwatch.training.cross_validate import ALWAYS, HeldOut, save_held_out
from beadwatch.training.held_out import read_held_out

EARLIER_FILE, EARLIER_HELD_OUT_FILE = "earlier.json", "earlier-held-out.npz"


@dataclass(frozen=True)
class Earlier:
    """The run that is continued: what it has seen (sha256) and the held-out answers that it kept.

    `left_out` are pictures (sha256) on which this run does not train, so that it can be judged by them. `weights` is
    the sha256 of what it starts from.
    """

    seen: frozenset[str] = frozenset()
    held_out: HeldOut | None = None
    left_out: frozenset[str] = field(default_factory=frozenset)
    weights: str = ""

    def save(self, folder: Path) -> None:
        """Write it beside the run that continues it, so that this one can be exported again."""
        if self.held_out is not None:
            save_held_out(self.held_out, folder / EARLIER_HELD_OUT_FILE)
        said = {"weights": self.weights, "seen": sorted(self.seen), "left_out": sorted(self.left_out)}
        aside = folder / f".{EARLIER_FILE}.part"
        aside.write_text(json.dumps(said), encoding="utf-8")
        aside.replace(folder / EARLIER_FILE)

    @cached_property
    def digest(self) -> str:
        """What tells this start from others; empty where nothing is continued."""
        if not (self.seen or self.left_out or self.weights):
            return ""
        said = "\n".join([self.weights, *sorted(self.seen), "left out", *sorted(self.left_out)])
        return hashlib.sha256(said.encode()).hexdigest()


NOTHING = Earlier()


def read_earlier(folder: Path, task: Task) -> Earlier | None:
    """Return what the run in a folder continues; None where it continues nothing.

    Raises:
        TrainingError: what the folder holds is damaged.
    """
    file, kept = folder / EARLIER_FILE, folder / EARLIER_HELD_OUT_FILE
    if not file.exists():
        return None
    try:
        said = json.loads(file.read_text(encoding="utf-8"))
        held_out = read_held_out(kept, task) if kept.exists() else None
        return Earlier(frozenset(said["seen"]), held_out, frozenset(said["left_out"]), said["weights"])
    except (OSError, ValueError, KeyError, TypeError, DatasetError) as error:
        raise TrainingError(f"{file}: cannot be read: {error}") from error


def folds_of_unseen(records: Sequence[Record], earlier: Earlier, folds: int, seed: int) -> npt.NDArray[np.int64]:
    """Return the fold of each record (int64, length N): of groups that the earlier network has seen, `ALWAYS`.

    Where the new groups are too few to be held out in turn, all are learnt from and the kept answers alone stand.

    Raises:
        DatasetError: a picture has no group, or the groups cannot be split as asked.
    """
    if not earlier.seen:
        return grouped_folds(records, folds, seed)
    seen = {record.group_key for record in records if record.sha256 in earlier.seen}
    unseen = [row for row, record in enumerate(records) if record.group_key not in seen]
    assignment = np.full(len(records), ALWAYS, dtype=np.int64)
    try:
        assignment[unseen] = grouped_folds([records[row] for row in unseen], folds, seed)
    except DatasetError:
        if earlier.held_out is None:
            raise
    return assignment


def with_earlier(held_out: HeldOut, earlier: Earlier, records: Sequence[Record], task: Task) -> HeldOut:
    """Return the held-out answers of this run with those that the earlier run kept of pictures that are still there.

    Labels and groups are those of `records`.

    Raises:
        TrainingError: there are no answers at all, or none of a class.
    """
    merged = held_out if earlier.held_out is None else _joined(held_out, earlier.held_out, records, task)
    missing = [name for name, count in zip(task.label_names, merged.targets.sum(axis=0), strict=True) if count == 0]
    if missing:
        raise TrainingError(
            f"no held-out answer for {', '.join(missing)}: keep the folder of the earlier run with its held-out.npz, "
            "or collect more groups"
        )
    return merged


def _joined(new: HeldOut, old: HeldOut, records: Sequence[Record], task: Task) -> HeldOut:
    there = {record.sha256: record for record in records}
    judged = set(new.sha256s)
    rows = [row for row, digest in enumerate(old.sha256s) if digest in there and digest not in judged]
    kept = [there[old.sha256s[row]] for row in rows]
    truth = [[float(name in record.labels) for name in task.label_names] for record in kept]
    peaks = None if new.peaks is None or old.peaks is None else np.concatenate([new.peaks, old.peaks[rows]])
    return HeldOut(
        np.concatenate([new.logits, old.logits[rows]]),
        np.concatenate([new.targets, np.array(truth, dtype=np.float64).reshape(len(rows), len(task.labels))]),
        np.concatenate([new.distance, old.distance[rows]]),
        np.concatenate([new.fold, old.fold[rows]]),
        (*new.groups, *(record.group_key for record in kept)),
        peaks,
        (*new.names, *(f"{record.source}/{record.name}" for record in kept)),
        (*new.sha256s, *(record.sha256 for record in kept)),
    )
