"""A trained network to a model bundle: graphs, card, golden input, and a proof that the graphs compute the same.

`model.onnx` is always made; `Runtimes` asks for an int8 graph and for TFLite beside it.

Everything is written beside the target and moved into place at the end: an interrupted export leaves what was there.
"""

import hashlib
import io
import shutil
import tempfile
import warnings
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image as PillowImage
from torch import Tensor, nn

from beadwatch.domain.labels import TaskKind
from beadwatch.domain.model_card import Calibration, Golden, Metrics, ModelCard, PreprocessSpec
from beadwatch.inference.bundle import (
    INT8_FILE,
    MODEL_FILE,
    SEEN_DIGITS,
    SEEN_FILE,
    TFLITE_FILE,
    Precision,
    load_bundle,
    write_card,
)
from beadwatch.inference.classifier import Classifier
from beadwatch.inference.session import OUTPUTS, Session
from beadwatch.training.config import TrainConfig
from beadwatch.training.int8_gate import Int8Pictures, answers, measure_int8, reason_against
from beadwatch.training.network import WeldNet
from beadwatch.training.parity import Answers, Parity, check, compare
from beadwatch.training.quantise import quantise
from beadwatch.training.tflite import PhoneGraph, phone_input, phone_pixels, tflite_answers, to_tflite, torch_answers

GOLDEN_FILE = "golden.png"
GOLDEN_TOLERANCE = 2e-3  # probability; runtimes differ by rounding, another scale or colour order by far more
INT8_GOLDEN_TOLERANCE = 0.05  # integer kernels of another processor round otherwise, and 8 bits make that count
_OPSET = 18


@dataclass(frozen=True, slots=True)
class Provenance:
    """What a model was made from: what the card says of it, whom to credit, and each picture's sha256.

    `parity_pixels` (uint8 N x H x W x 3) are the real pictures on which the graph must agree with torch.
    """

    dataset: dict[str, object]
    attribution: tuple[str, ...]
    digests: tuple[str, ...]
    parity_pixels: npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Runtimes:
    """What an export makes beside `model.onnx`.

    `int8` are the pictures to make and judge an int8 graph with; `tflite_python` is the Python that converts to TFLite
    (`tflite.TFLITE_PYTHON`). None: not wanted.
    """

    int8: Int8Pictures | None = None
    tflite_python: Path | None = None


ONNX_ALONE = Runtimes()


@dataclass(slots=True)
class _Graphs:
    """What has been exported so far, by file name, how far each is from torch, and what the int8 gate found."""

    files: dict[str, bytes] = field(default_factory=dict)
    parities: list[Parity] = field(default_factory=list)
    int8: dict[str, Any] = field(default_factory=dict)

    def record(self) -> dict[str, Any]:
        """Return the card's `parity` field."""
        runtimes = {parity.runtime: parity.to_dict() for parity in self.parities}
        return {"pictures": self.parities[0].pictures, "runtimes": runtimes} | (
            {"int8": self.int8} if self.int8 else {}
        )


class ServingGraph(nn.Module):
    """The network as it is served: uint8 N x H x W x 3 in; scores, distance, maps and features out."""

    temperature: Tensor
    references: Tensor

    def __init__(
        self, network: WeldNet, kind: TaskKind, temperature: float, references: npt.NDArray[np.float32]
    ) -> None:
        super().__init__()
        self.network, self.single_label = network, kind is TaskKind.SINGLE_LABEL
        self.register_buffer("temperature", torch.tensor(temperature))
        self.register_buffer("references", torch.from_numpy(references))

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return calibrated scores N x C, distance N, activation N x C x h x w and embedding N x F."""
        feature_map = self.network.feature_map(pixels.permute(0, 3, 1, 2).float() / 255.0)
        features = feature_map.mean(dim=(2, 3))
        logits = self.network.head(features) / self.temperature
        scores = logits.softmax(dim=1) if self.single_label else logits.sigmoid()
        unit = features / features.norm(dim=1, keepdim=True).clamp_min(1e-12)
        distance = 1.0 - (unit @ self.references.T).amax(dim=1)
        weight, bias = self.network.head.weight, self.network.head.bias
        activation = nn.functional.conv2d(feature_map, weight[:, :, None, None], bias)
        return scores, distance, activation, features


def to_onnx(graph: ServingGraph, spec: PreprocessSpec) -> bytes:
    """Return the graph as ONNX with a free batch size."""
    example = torch.zeros((2, spec.height, spec.width, 3), dtype=torch.uint8)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            graph.eval(),
            (example,),
            dynamo=True,
            opset_version=_OPSET,
            input_names=["pixels"],
            output_names=list(OUTPUTS),
            dynamic_shapes={"pixels": {0: torch.export.Dim("batch")}},
            verbose=False,
        )
    assert program is not None
    model: bytes = program.model_proto.SerializeToString()
    return model


def export_bundle(
    graph: ServingGraph,
    config: TrainConfig,
    judged: tuple[Calibration, Metrics],
    provenance: Provenance,
    target: Path,
    runtimes: Runtimes = ONNX_ALONE,
) -> ModelCard:
    """Write a bundle to the folder `target`, replacing what is there once the new one passed its checks.

    Raises:
        TrainingError: a graph computes other scores than torch (`parity.LIMITS`), or TFLite cannot be made here.
    """
    calibration, metrics = judged
    graphs = _make_graphs(graph.eval(), config, calibration, provenance.parity_pixels, runtimes)
    check(graphs.parities)
    picture, model = golden_picture(config.preprocess), graphs.files[MODEL_FILE]
    seen = "\n".join(sorted({digest[:SEEN_DIGITS] for digest in provenance.digests})) + "\n"
    files = {**graphs.files, GOLDEN_FILE: picture, SEEN_FILE: seen.encode()}
    now, digest = datetime.now(UTC), hashlib.sha256(model).hexdigest()
    onnx = graphs.parities[0]
    compared = {"onnx_difference": max(onnx.scores, onnx.distance or 0.0), "onnx_compared_on": onnx.pictures}
    card = ModelCard(
        name=config.task.name,
        version=f"{now:%Y.%m.%d}-{digest[:8]}",
        created=now.isoformat(timespec="seconds"),
        task=config.task,
        preprocess=config.preprocess,
        calibration=calibration,
        metrics=metrics,
        dataset=provenance.dataset,
        training=config.to_dict() | compared,
        attribution=provenance.attribution,
        golden=golden_of(model, picture, GOLDEN_TOLERANCE),
        files={name: hashlib.sha256(data).hexdigest() for name, data in files.items()},
        other_goldens={
            name: golden_of(graphs.files[name], picture, INT8_GOLDEN_TOLERANCE)
            for name in (INT8_FILE,)
            if name in graphs.files
        },
        parity=graphs.record(),
    )
    _write(card, files, target)
    return card


def _make_graphs(
    graph: ServingGraph,
    config: TrainConfig,
    calibration: Calibration,
    pixels: npt.NDArray[np.uint8],
    runtimes: Runtimes,
) -> _Graphs:
    """Export the graphs that are wanted, and compare each with torch on `pixels`, uint8 N x H x W x 3."""
    task, thresholds, made = config.task, calibration.thresholds, _Graphs()
    reference = serving_answers(graph, pixels)
    made.files[MODEL_FILE] = model = to_onnx(graph, config.preprocess)
    made.parities.append(compare("onnx", reference, answers(Session(model), pixels), task, thresholds))
    if runtimes.int8 is not None:
        int8 = quantise(model, runtimes.int8.calibration)
        figures = measure_int8(model, int8, runtimes.int8, task, thresholds)
        made.int8 = figures.to_dict()
        if reason_against(figures) is None:
            made.files[INT8_FILE] = int8
            made.parities.append(compare("int8", reference, answers(Session(int8), pixels), task, thresholds))
    if runtimes.tflite_python is not None:
        phone = PhoneGraph(graph.network, float(graph.temperature), graph.single_label, config.preprocess)
        given = phone_input(task, config.preprocess)
        made.files[TFLITE_FILE] = tflite = to_tflite(phone, given, runtimes.tflite_python)
        pictures = phone_pixels(pixels, given)
        said = torch_answers(phone, pictures), tflite_answers(tflite, pictures)
        made.parities.append(compare("tflite", *said, task, thresholds))
    return made


def serving_answers(graph: ServingGraph, pixels: npt.NDArray[np.uint8]) -> Answers:
    """Return what torch says of `pixels`, uint8 N x H x W x 3."""
    rows = []
    with torch.inference_mode():
        for start in range(0, len(pixels), 32):
            scores, distance, *_ = graph(torch.from_numpy(np.ascontiguousarray(pixels[start : start + 32])))
            rows.append((scores.numpy(), distance.numpy()))
    return Answers(*(np.concatenate(column) for column in zip(*rows, strict=True)))


def golden_of(model: bytes, picture: bytes, tolerance: float) -> Golden:
    """Return what a graph says of the golden picture (a PNG of the network's size) here, as a card keeps it."""
    outputs = Session(model).run(np.asarray(PillowImage.open(io.BytesIO(picture)), dtype=np.uint8)[None])
    scores = tuple(float(score) for score in outputs.scores[0])
    return Golden(GOLDEN_FILE, scores, float(outputs.distance[0]), tolerance)


def golden_picture(spec: PreprocessSpec) -> bytes:
    """Draw the golden input as PNG: a bright pool on a darker bead, with colours that tell swapped channels apart."""
    y, x = np.mgrid[0 : spec.height, 0 : spec.width]
    u, v = x / spec.width, y / spec.height
    pool = np.exp(-((u - 0.45) ** 2 + (v - 0.4) ** 2) / 0.02)
    bead = 0.5 + 0.3 * np.sin(40 * u + 6 * np.cos(5 * v)) * np.exp(-((v - 0.5) ** 2) / 0.05)
    rgb = np.stack([0.3 * bead + 0.7 * pool, 0.35 * bead + 0.5 * pool, 0.45 * bead + 0.2 * v], axis=2)
    buffer = io.BytesIO()
    PillowImage.fromarray((255 * rgb.clip(0, 1)).astype(np.uint8)).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def _write(card: ModelCard, files: dict[str, bytes], target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}-") as scratch:
        fresh = Path(scratch) / "new"
        fresh.mkdir()
        for name, data in files.items():
            (fresh / name).write_bytes(data)
        write_card(fresh, card)
        bundle = load_bundle(fresh)  # passes its own hashes and golden checks, or never gets a name
        for precision in {Precision.FP32, bundle.best(Precision.INT8)}:
            Classifier(bundle, precision=precision)
        if target.exists():
            shutil.move(target, Path(scratch) / "old")
        fresh.rename(target)
