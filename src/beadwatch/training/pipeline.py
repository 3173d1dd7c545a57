"""From a snapshot to a bundle: cross-validate, calibrate, measure, fit on everything, export.

The test part of a split set is never touched. The network that ships is trained on the rest, all of it; the figures
on its card are those of the same recipe on groups held out (grouped cross-validation). The bundle lists the pictures it
has seen, so that nobody takes an answer for one of them, or for another picture of the same weld, as evidence.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from beadwatch.datasets.attribution import ATTRIBUTION
from beadwatch.datasets.snapshot import DatasetSnapshot, Record
from beadwatch.datasets.split import straddling_groups
from beadwatch.domain.errors import TrainingError
from beadwatch.domain.model_card import Calibration, Metrics, ModelCard
from beadwatch.training.arithmetic import suited
from beadwatch.training.calibrate import DEFAULT, CalibrationOptions, calibrate
from beadwatch.training.config import TrainConfig
from beadwatch.training.continuation import NOTHING, Earlier, folds_of_unseen, with_earlier
from beadwatch.training.cross_validate import (
    UNLABELLED,
    WARMING,
    HeldOut,
    cross_validate,
    fit_rows,
    predict,
    save_held_out,
)
from beadwatch.training.evaluate import measure
from beadwatch.training.export import ONNX_ALONE, Provenance, Runtimes, ServingGraph, export_bundle
from beadwatch.training.fit import FitPlan, Hardware, process_rank
from beadwatch.training.held_out import read_held_out
from beadwatch.training.int8_gate import Int8Pictures
from beadwatch.training.network import WeldNet, backbone_attribution
from beadwatch.training.pictures import Pictures, load_pictures
from beadwatch.training.references import choose_references, shows_weld
from beadwatch.training.run_folder import HELD_OUT_FILE, RunIdentity, claim_run_folder
from beadwatch.training.tflite import TFLITE_PYTHON
from beadwatch.training.tracking import Tracker, code_revision

PARITY_PICTURES = 200


@dataclass(frozen=True, slots=True)
class TrainingData:
    """A snapshot, and how to get the bytes of a picture by its sha256."""

    snapshot: DatasetSnapshot
    read: Callable[[str], bytes]


@dataclass(frozen=True, slots=True)
class RunPlan:
    """How a run goes: folds, where it keeps itself (None: nowhere), an MLflow tracking URI (None: none), hardware.

    `self_training` learns from pictures without a label too. `calibration` says what is wanted of the thresholds,
    `int8` and `tflite` which graphs are made beside ONNX. `earlier` is the run that this one continues, with
    `config.start_from`.
    """

    folds: int
    self_training: bool = False
    folder: Path | None = None
    tracking_uri: str | None = None
    hardware: Hardware = field(default_factory=Hardware)
    calibration: CalibrationOptions = DEFAULT
    int8: bool = False
    tflite: bool = False
    earlier: Earlier | None = None


def train(
    data: TrainingData, config: TrainConfig, plan: RunPlan, target: Path, announce: Callable[[str], None] = print
) -> ModelCard | None:
    """Train, judge and export one model into the bundle folder `target`.

    Pictures without any label are left out, since nobody has said that none of the classes is on them; or, with
    self-training, learnt from where the network is sure of them; a warm-up sees them, too. A run that was killed
    goes on where it was, given the same data, configuration and folder. Of several processes that train together, the
    first writes and returns the card; the others return None.

    Raises:
        DatasetError: a picture has no group, or the groups cannot be split as asked.
        TrainingError: a class is missing, the loss is not finite, the folder holds another run, or the exported graph
            differs.
    """
    earlier = plan.earlier or NOTHING
    _check_start(config, plan)
    outside = [each for each in outside_test(data.snapshot, announce) if each.sha256 not in earlier.left_out]
    records = [record for record in outside if record.labels]
    looks_at_all = plan.self_training or config.warm_up_epochs > 0
    unlabelled = [record for record in outside if not record.labels] if looks_at_all else []
    if len(records) + len(unlabelled) < len(outside):
        announce(f"{len(outside) - len(records)} pictures without a label are left out")
    _check_labels(records, config)
    assignment = folds_of_unseen(records, earlier, plan.folds, config.seed)
    identity = RunIdentity(config, data.snapshot.hash, plan.folds, plan.self_training, earlier.digest)
    if plan.folder and claim_run_folder(plan.folder, identity):
        announce(f"going on with the run in {plan.folder}")
    elif plan.folder and plan.earlier:
        plan.earlier.save(plan.folder)
    # Behind the identity: a run may go on with another processor.
    config, first = suited(config, plan.hardware, announce), process_rank() == 0
    tracker = Tracker(plan.folder, plan.tracking_uri if first else None, config.task.name, identity.to_dict())
    announce(f"reading {len(records) + len(unlabelled)} pictures")
    pictures = load_pictures([*records, *unlabelled], data.read, config.task, config.preprocess)
    assignment = np.concatenate([assignment, np.full(len(unlabelled), UNLABELLED if plan.self_training else WARMING)])
    answers = plan.folder / HELD_OUT_FILE if plan.folder else None
    if answers and answers.exists():
        held_out = read_held_out(answers, config.task)
    else:
        held_out = cross_validate(pictures, assignment, config, tracker, plan.hardware, announce)
        held_out = with_earlier(held_out, earlier, records, config.task)
        if answers and first:
            save_held_out(held_out, answers)
    announce(f"final model: train on all {len(records)} pictures")
    track = tracker.fit("final")
    rest = range(len(records), len(pictures.records))
    everything = FitPlan(range(len(records)), (), track.folder, track.loggers, plan.hardware, rest)
    network = fit_rows(pictures, everything, rest if plan.self_training else (), config, announce)
    if not first:
        return None
    judged = judge(held_out, config, plan.calibration)
    wanted = Runtimes(
        int8_pictures(pictures, len(records)) if plan.int8 else None, TFLITE_PYTHON if plan.tflite else None
    )
    card = export((network, config, judged), pictures, data.snapshot.hash, target, wanted)
    tracker.finish({name: figure.value for name, figure in card.metrics.values.items()})
    return card


def judge(held_out: HeldOut, config: TrainConfig, options: CalibrationOptions) -> tuple[Calibration, Metrics]:
    """Choose thresholds by the held-out answers, and measure with each fold judged by the others' choice."""
    protocol = (
        f"{held_out.fold.max() + 1}-fold cross-validation, whole groups held out; 95 % intervals by resampling groups; "
        "temperature and thresholds chosen on the other folds"
        + ("; for groups known to the network that it continues, that one's held-out answers" * bool(config.start_from))
    )
    metrics = measure(held_out, config.task, protocol, config.seed, options)
    return calibrate(held_out, config.task, options), metrics


def export(
    trained: tuple[WeldNet, TrainConfig, tuple[Calibration, Metrics]],
    pictures: Pictures,
    snapshot: str,
    target: Path,
    runtimes: Runtimes = ONNX_ALONE,
) -> ModelCard:
    """Export the network that was trained on all `pictures` as a bundle.

    Raises:
        TrainingError: an exported graph differs from torch.
    """
    network, config, judged = trained
    welds = pictures.exact[shows_weld(pictures.targets, config.task)]
    references = choose_references(predict(network, welds).features, config.seed)
    graph = ServingGraph(network, config.task.kind, judged[0].temperature, references)
    return export_bundle(graph, config, judged, _provenance(pictures, config, snapshot), target, runtimes)


def int8_pictures(pictures: Pictures, labelled: int) -> Int8Pictures:
    """Return every other labelled picture to range activations on, and the rest to judge by, as many as parity takes.

    The network has trained on them all: they tell int8 from fp32, not how good either is.
    """
    step = max(1, labelled // (2 * PARITY_PICTURES))
    pixels = np.ascontiguousarray(pictures.exact[:labelled:step].permute(0, 2, 3, 1).numpy())
    targets = pictures.targets[:labelled:step].numpy() > 0
    return Int8Pictures(pixels[::2], pixels[1::2], targets[1::2])


def _check_start(config: TrainConfig, plan: RunPlan) -> None:
    if config.start_from is not None and plan.earlier is None:
        raise TrainingError(
            f"start_from is {config.start_from.name}, but not what that network has learned from: held-out figures "
            "would be of pictures that it knows. `lifecycle.retrain` tells them apart; else start from --weights"
        )


def outside_test(snapshot: DatasetSnapshot, announce: Callable[[str], None]) -> list[Record]:
    """Return the records outside the frozen test part."""
    if leaks := straddling_groups(snapshot.records):
        raise TrainingError(
            f"{len(leaks)} groups stand in several parts of the split, {next(iter(leaks))} for one: what is trained on "
            "would be in the test too. `beadwatch data audit` shows them, `beadwatch data split --again` mends it"
        )
    outside = [record for record in snapshot.records if record.split != "test"]
    if len(outside) < len(snapshot.records):
        announce(f"{len(snapshot.records) - len(outside)} pictures of the frozen test part are not touched")
    return outside


def _check_labels(records: Sequence[Record], config: TrainConfig) -> None:
    unknown = {label for record in records for label in record.labels} - set(config.task.label_names)
    if unknown:
        raise TrainingError(
            f"the data has classes that {config.task.name!r} does not know: {', '.join(sorted(unknown))}"
        )
    missing = set(config.task.label_names) - {label for record in records for label in record.labels}
    if missing:
        raise TrainingError(f"no picture of {', '.join(sorted(missing))}: add a set that has some with --data")


def _provenance(pictures: Pictures, config: TrainConfig, snapshot: str) -> Provenance:
    records = pictures.records
    sources = Counter(record.source for record in records)
    step = max(1, len(records) // PARITY_PICTURES)
    labels = Counter(label for record in records for label in record.labels)
    dataset: dict[str, Any] = {
        "snapshot": snapshot,
        "pictures": len(records),
        "groups": len({record.group_key for record in records}),
        "sources": dict(sorted(sources.items())),
        "labels": dict(sorted(labels.items())),
        "trained_on": "all of these pictures; the metrics are of the same recipe on groups held out",
        "revision": code_revision(),
    }
    return Provenance(
        dataset=dataset,
        attribution=(
            *(ATTRIBUTION[source].credit for source in sorted(sources) if source in ATTRIBUTION),
            *backbone_attribution(config),
        ),
        digests=tuple(record.sha256 for record in records),
        parity_pixels=np.ascontiguousarray(pictures.exact[::step].permute(0, 2, 3, 1).numpy()),
    )
