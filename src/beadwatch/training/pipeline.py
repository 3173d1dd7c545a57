"""From labelled pictures to a bundle: cross-validate, calibrate, measure, fit on everything, export.

The network that ships is trained on all groups; the figures on its card are those of the same recipe on groups held out
(grouped cross-validation), since no picture is left on which the shipped weights themselves could be judged. The bundle
lists the pictures it has seen, so that nobody takes an answer for one of them as evidence.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
from safetensors.torch import save_file

from beadwatch.datasets.attribution import ATTRIBUTION
from beadwatch.datasets.folds import grouped_folds
from beadwatch.datasets.manifest import manifest_hash
from beadwatch.datasets.sample import Sample
from beadwatch.domain.errors import TrainingError
from beadwatch.domain.model_card import ModelCard
from beadwatch.training.calibrate import calibrate
from beadwatch.training.config import TrainConfig
from beadwatch.training.cross_validate import HeldOut, choose_references, cross_validate
from beadwatch.training.evaluate import measure
from beadwatch.training.export import Provenance, ServingGraph, export_bundle
from beadwatch.training.fit import fit, predict
from beadwatch.training.network import WeldNet, backbone_attribution
from beadwatch.training.pictures import Pictures, load_pictures

_PARITY_PICTURES = 200


def train(
    samples: Sequence[Sample],
    config: TrainConfig,
    folds: int,
    target: Path,
    log_dir: Path | None = None,
    announce: Callable[[str], None] = print,
) -> ModelCard:
    """Train, judge and export one model into the bundle folder `target`.

    Pictures without any label are left out: nobody has said that none of the classes is on them.
    `log_dir` receives TensorBoard event files, the held-out answers and the final weights as safetensors.

    Raises:
        DatasetError: a picture has no group, or the groups cannot be split as asked.
        TrainingError: a class is missing, the loss is not finite, or the exported graph differs.
    """
    samples = _labelled(samples, announce)
    _check_labels(samples, config)
    announce(f"reading {len(samples)} pictures")
    assignment = grouped_folds(samples, folds, config.seed)
    pictures = load_pictures(samples, config.task, config.preprocess)
    held_out = cross_validate(pictures, assignment, config, log_dir, announce)
    if log_dir:
        log_dir.mkdir(parents=True, exist_ok=True)
        np.savez(log_dir / "held-out.npz", **asdict(held_out))
    announce(f"final model: train on all {len(samples)} pictures")
    network = fit(pictures, range(len(samples)), config, log_dir / "final" if log_dir else None)
    if log_dir:
        weights = {name: tensor.contiguous() for name, tensor in network.state_dict().items()}
        save_file(weights, log_dir / "weights.safetensors")
    return judge_and_export(pictures, held_out, network, config, target)


def judge_and_export(
    pictures: Pictures, held_out: HeldOut, network: WeldNet, config: TrainConfig, target: Path
) -> ModelCard:
    """Calibrate and measure by the held-out answers, and export the network that was trained on all `pictures`.

    Raises:
        TrainingError: the exported graph differs from torch.
    """
    calibration = calibrate(held_out, config.task)
    protocol = (
        f"{held_out.fold.max() + 1}-fold cross-validation, whole groups held out; 95 % intervals by resampling groups; "
        "temperature and thresholds chosen on the other folds"
    )
    metrics = measure(held_out, config.task, protocol, config.seed)
    references = choose_references(predict(network, pictures.exact)[1], config.seed)
    graph = ServingGraph(network, config.task.kind, calibration.temperature, references)
    return export_bundle(graph, config, (calibration, metrics), _provenance(pictures, config), target)


def _labelled(samples: Sequence[Sample], announce: Callable[[str], None]) -> list[Sample]:
    labelled = [sample for sample in samples if sample.labels]
    if len(labelled) < len(samples):
        announce(f"{len(samples) - len(labelled)} pictures without a label are left out")
    return labelled


def _check_labels(samples: Sequence[Sample], config: TrainConfig) -> None:
    unknown = {label for sample in samples for label in sample.labels} - set(config.task.label_names)
    if unknown:
        raise TrainingError(
            f"the data has classes that {config.task.name!r} does not know: {', '.join(sorted(unknown))}"
        )
    missing = set(config.task.label_names) - {label for sample in samples for label in sample.labels}
    if missing:
        raise TrainingError(f"no picture of {', '.join(sorted(missing))}: add a folder that has some with --data")


def _provenance(pictures: Pictures, config: TrainConfig) -> Provenance:
    samples = pictures.samples
    sources = Counter(sample.source for sample in samples)
    step = max(1, len(samples) // _PARITY_PICTURES)
    labels = Counter(label for sample in samples for label in sample.labels)
    return Provenance(
        dataset={
            "snapshot": manifest_hash(samples, pictures.digests),
            "pictures": len(samples),
            "groups": len({(sample.source, sample.group) for sample in samples}),
            "sources": dict(sorted(sources.items())),
            "labels": dict(sorted(labels.items())),
            "trained_on": "all of these pictures; the metrics are of the same recipe on groups held out",
        },
        attribution=(
            *(ATTRIBUTION[source].credit for source in sorted(sources) if source in ATTRIBUTION),
            *backbone_attribution(config),
        ),
        digests=pictures.digests,
        parity_pixels=np.ascontiguousarray(pictures.exact[::step].permute(0, 2, 3, 1).numpy()),
    )
