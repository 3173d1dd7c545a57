"""Scores for pictures of groups that the scoring network never saw: the basis of calibration and of every figure.

Knows folds and distances. Does not know metrics or thresholds.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from beadwatch.domain.labels import TaskKind
from beadwatch.inference.explain import Axes, against_the_others, merged, peak_of, trained_mirrors
from beadwatch.training.config import TrainConfig
from beadwatch.training.fit import FitPlan, Hardware, fit
from beadwatch.training.network import WeldNet
from beadwatch.training.pictures import Pictures
from beadwatch.training.references import choose_references, cosine_distance, shows_weld
from beadwatch.training.self_training import fit_with_unlabelled
from beadwatch.training.tracking import Tracker

Floats = npt.NDArray[np.float64]
# Folds of pictures that are not judged: nobody labelled them; they are always learnt from; they only help to warm up.
UNLABELLED, ALWAYS, WARMING = -1, -2, -3
_FIELDS = ("logits", "targets", "distance", "fold", "groups", "peaks", "names", "sha256s")


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Held-out answers for N pictures and C classes; rows agree with the pictures.

    `logits` and `targets` are N x C, `distance` (cosine, 0 to 2) and `fold` have length N; `groups` names the group of
    each picture, for resampling. `peaks` is N x C x 2: where on the picture (x, y as shares of its size) the network
    found most of each class. `names` and `sha256s` say which picture it is.
    """

    logits: Floats
    targets: Floats
    distance: Floats
    fold: npt.NDArray[np.int64]
    groups: tuple[str, ...]
    peaks: Floats | None = None
    names: tuple[str, ...] = ()
    sha256s: tuple[str, ...] = ()


def save_held_out(held_out: HeldOut, path: Path) -> None:
    """Write held-out answers as a NumPy archive without pickles, aside first."""
    arrays = {name: np.asarray(getattr(held_out, name)) for name in _FIELDS if getattr(held_out, name) is not None}
    aside = path.with_suffix(".part")
    with aside.open("wb") as file:
        np.savez_compressed(file, **arrays)  # type: ignore[arg-type]  # its stubs take the flags' type for all
    aside.replace(path)


def cross_validate(
    pictures: Pictures,
    assignment: npt.NDArray[np.int64],
    config: TrainConfig,
    tracker: Tracker,
    hardware: Hardware,
    announce: Callable[[str], None] = print,
) -> HeldOut:
    """Train once for each fold without it, and score it. Returns the answers for all pictures that have a fold.

    `assignment` (length N) is the fold of each picture; or `UNLABELLED`: those may be learnt from (see
    `self_training`), but not in a fold that holds out their group; or `WARMING`, likewise, for the warm-up alone; or
    `ALWAYS` for one that every fold learns from.
    """
    logits, distance = np.full(pictures.targets.shape, np.nan), np.full(len(assignment), np.nan)
    peaks = np.full((*pictures.targets.shape, 2), np.nan)
    folds = int(assignment.max()) + 1
    for fold in range(folds):
        held_out = np.flatnonzero(assignment == fold)
        rest = np.flatnonzero((assignment != fold) & (assignment != UNLABELLED) & (assignment != WARMING))
        announce(f"fold {fold + 1} of {folds}: train on {len(rest)} pictures, hold out {len(held_out)}")
        track = tracker.fit(f"fold-{fold + 1}")
        believable, warming = (outside(pictures, assignment == mark, held_out) for mark in (UNLABELLED, WARMING))
        plan = FitPlan(rest.tolist(), held_out.tolist(), track.folder, track.loggers, hardware, [*believable, *warming])
        network = fit_rows(pictures, plan, believable, config, announce)
        welds = rest[shows_weld(pictures.targets[rest], config.task)]
        known = choose_references(predict(network, pictures.exact[welds]).features, config.seed)
        answer = predict(network, pictures.exact[held_out])
        logits[held_out] = answer.logits.double().numpy()
        distance[held_out] = cosine_distance(answer.features, known)
        peaks[held_out] = find_peaks(network, pictures.exact[held_out], config)
        track.judge(answer.logits, pictures.targets[held_out], config.task)
    judged = np.flatnonzero(assignment >= 0)
    records = [pictures.records[row] for row in judged]
    return HeldOut(
        logits[judged],
        pictures.targets[judged].double().numpy(),
        distance[judged],
        assignment[judged],
        tuple(record.group_key for record in records),
        peaks[judged],
        tuple(f"{record.source}/{record.name}" for record in records),
        tuple(record.sha256 for record in records),
    )


def fit_rows(
    pictures: Pictures,
    plan: FitPlan,
    unlabelled: Sequence[int],
    config: TrainConfig,
    announce: Callable[[str], None],
) -> WeldNet:
    """Fit on the planned rows and, where there are any, on what can be learnt from unlabelled ones."""
    if not unlabelled:
        return fit(pictures, plan, config)
    network, believed = fit_with_unlabelled(pictures, plan, unlabelled, config)
    announce(f"  {believed} of {len(unlabelled)} unlabelled pictures were believed")
    return network


def outside(pictures: Pictures, among: npt.NDArray[np.bool_], held_out: npt.NDArray[np.int64]) -> list[int]:
    """Return the rows `among` which none shares group or bytes with a held-out one. `among` has length N."""
    records = pictures.records
    groups = {records[row].group_key for row in held_out}
    digests = {records[row].sha256 for row in held_out}
    return [
        row
        for row in np.flatnonzero(among).tolist()
        if records[row].group_key not in groups and records[row].sha256 not in digests
    ]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a network says of N pictures: logits N x C and pooled features N x F."""

    logits: Tensor
    features: Tensor


@torch.inference_mode()
def predict(network: WeldNet, pictures: Tensor, batch_size: int = 64) -> Answer:
    """Ask a network, in evaluation mode, about uint8 pictures N x 3 x H x W."""
    network.eval()
    answers = [network(batch.float() / 255.0) for batch in pictures.split(batch_size)]
    return Answer(*(torch.cat(parts) for parts in zip(*answers, strict=True)))


@torch.inference_mode()
def find_peaks(network: WeldNet, pictures: Tensor, config: TrainConfig) -> Floats:
    """Return where the evidence for each class is strongest, as production finds it: see `inference.explain`.

    `pictures` are uint8 N x 3 x H x W; the answer is N x C x 2: x, y as shares of the picture.
    """
    network.eval()
    mirrors = trained_mirrors({"augment": asdict(config.augment)})
    return np.array([_peaks(network, picture, mirrors, config.task.kind) for picture in pictures], dtype=np.float64)


def _peaks(network: WeldNet, picture: Tensor, mirrors: Sequence[Axes], kind: TaskKind) -> list[tuple[float, float]]:
    turned = torch.stack([picture.flip([axis + 1 for axis in axes]) for axes in mirrors])
    maps = torch.einsum("nfhw,cf->nchw", network.feature_map(turned.float() / 255.0), network.head.weight)
    activation = merged(maps.numpy(), mirrors)
    if kind is TaskKind.SINGLE_LABEL:
        activation = against_the_others(activation)
    return [peak_of(one) for one in activation]
