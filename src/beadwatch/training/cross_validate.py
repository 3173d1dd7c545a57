"""Scores for pictures of groups that the scoring network never saw: the basis of calibration and of every figure.

Knows folds and distances. Does not know metrics or thresholds.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from beadwatch.training.config import TrainConfig
from beadwatch.training.fit import FitPlan, Hardware, fit
from beadwatch.training.network import WeldNet
from beadwatch.training.pictures import Pictures
from beadwatch.training.self_training import fit_with_unlabelled
from beadwatch.training.tracking import Tracker

Floats = npt.NDArray[np.float64]
MAX_REFERENCES = 256
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

    `assignment` (length N) is the fold of each picture, or -1 for one that nobody has labelled: those may be
    learnt from (see `self_training`), but not in a fold that holds out their group.
    """
    logits, distance = np.full(pictures.targets.shape, np.nan), np.full(len(assignment), np.nan)
    peaks = np.full((*pictures.targets.shape, 2), np.nan)
    folds = int(assignment.max()) + 1
    for fold in range(folds):
        held_out = np.flatnonzero(assignment == fold)
        rest = np.flatnonzero((assignment != fold) & (assignment >= 0))
        announce(f"fold {fold + 1} of {folds}: train on {len(rest)} pictures, hold out {len(held_out)}")
        track = tracker.fit(f"fold-{fold + 1}")
        plan = FitPlan(rest.tolist(), held_out.tolist(), track.folder, track.loggers, hardware)
        network = fit_rows(pictures, plan, unlabelled_outside(pictures, assignment, held_out), config, announce)
        known = choose_references(predict(network, pictures.exact[rest]).features, config.seed)
        answer = predict(network, pictures.exact[held_out])
        logits[held_out] = answer.logits.double().numpy()
        distance[held_out] = cosine_distance(answer.features, known)
        peaks[held_out] = answer.peaks.double().numpy()
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


def unlabelled_outside(
    pictures: Pictures, assignment: npt.NDArray[np.int64], held_out: npt.NDArray[np.int64]
) -> list[int]:
    """Return the unlabelled rows that share neither group nor bytes with a held-out one."""
    records = pictures.records
    groups = {records[row].group_key for row in held_out}
    digests = {records[row].sha256 for row in held_out}
    return [
        row
        for row in np.flatnonzero(assignment < 0).tolist()
        if records[row].group_key not in groups and records[row].sha256 not in digests
    ]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a network says of N pictures: logits N x C, pooled features N x F, and peaks N x C x 2 (see `HeldOut`)."""

    logits: Tensor
    features: Tensor
    peaks: Tensor


@torch.inference_mode()
def predict(network: WeldNet, pictures: Tensor, batch_size: int = 64) -> Answer:
    """Ask a network, in evaluation mode, about uint8 pictures N x 3 x H x W."""
    network.eval()
    answers = []
    for batch in pictures.split(batch_size):
        feature_map = network.feature_map(batch.float() / 255.0)
        features = feature_map.mean(dim=(2, 3))
        activation = torch.einsum("nfhw,cf->nchw", feature_map, network.head.weight)
        answers.append((network.head(features), features, _peaks(activation)))
    return Answer(*(torch.cat(parts) for parts in zip(*answers, strict=True)))


def _peaks(activation: Tensor) -> Tensor:
    """Return the centre of the strongest cell of each map (N x C x h x w) as x and y in 0..1: N x C x 2."""
    height, width = activation.shape[-2:]
    cell = activation.flatten(start_dim=2).argmax(dim=2)
    return torch.stack([(cell % width + 0.5) / width, (cell // width + 0.5) / height], dim=2)


def choose_references(features: Tensor, seed: int) -> npt.NDArray[np.float32]:
    """Return at most 256 unit vectors (K x F) that stand for the known pictures, by k-means on the unit sphere.

    The distance to the nearest of them tells unfamiliar pictures apart: deep nearest neighbours (Sun et al., ICML 2022)
    with a summary of the training set, so that it fits into the bundle.
    """
    from sklearn.cluster import KMeans

    unit = _unit(features.double().numpy())
    if len(unit) > MAX_REFERENCES:
        unit = _unit(KMeans(MAX_REFERENCES, n_init=1, random_state=seed).fit(unit).cluster_centers_)
    return unit.astype(np.float32)


def cosine_distance(features: Tensor, references: npt.NDArray[np.float32]) -> Floats:
    """Return for each row of `features` (N x F) the cosine distance to its nearest reference (K x F)."""
    similarity = _unit(features.double().numpy()) @ references.astype(np.float64).T
    distance: Floats = 1.0 - similarity.max(axis=1)
    return distance


def _unit(vectors: Floats) -> Floats:
    unit: Floats = vectors / np.linalg.norm(vectors, axis=1, keepdims=True).clip(1e-12)
    return unit
