"""A trained network to a model bundle: graph, card, golden input, and a proof that the graph computes the same.

Everything is written beside the target and moved into place at the end: an interrupted export leaves what was there.
"""

import hashlib
import io
import shutil
import tempfile
import warnings
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image as PillowImage
from torch import Tensor, nn

from beadwatch.domain.errors import TrainingError
from beadwatch.domain.labels import TaskKind
from beadwatch.domain.model_card import Calibration, Golden, Metrics, ModelCard, PreprocessSpec
from beadwatch.inference.bundle import MODEL_FILE, SEEN_DIGITS, SEEN_FILE, load_bundle, write_card
from beadwatch.inference.classifier import Classifier
from beadwatch.inference.session import OUTPUTS, Session
from beadwatch.training.config import TrainConfig
from beadwatch.training.network import WeldNet

GOLDEN_FILE = "golden.png"
GOLDEN_TOLERANCE = 2e-3  # probability; runtimes differ by rounding, another scale or colour order by far more
PARITY_LIMIT = 1e-3
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


def check_parity(graph: ServingGraph, model: bytes, pixels: npt.NDArray[np.uint8]) -> float:
    """Return the largest difference of scores and distance between torch and ONNX Runtime on `pixels` N x H x W x 3.

    Raises:
        TrainingError: it is over the limit.
    """
    session, worst = Session(model), 0.0
    for start in range(0, len(pixels), 32):
        batch = np.ascontiguousarray(pixels[start : start + 32])
        with torch.inference_mode():
            scores, distance, *_ = graph(torch.from_numpy(batch))
        outputs = session.run(batch)
        worst = max(
            worst,
            float(np.abs(outputs.scores - scores.numpy()).max()),
            float(np.abs(outputs.distance - distance.numpy()).max()),
        )
    if not worst <= PARITY_LIMIT:
        raise TrainingError(f"the exported graph differs from torch by {worst:.2g}; {PARITY_LIMIT:.2g} is allowed")
    return worst


def export_bundle(
    graph: ServingGraph,
    config: TrainConfig,
    judged: tuple[Calibration, Metrics],
    provenance: Provenance,
    target: Path,
) -> ModelCard:
    """Write a bundle to the folder `target`, replacing what is there once the new one passed its checks.

    Raises:
        TrainingError: the graph computes other scores than torch.
    """
    calibration, metrics = judged
    model, picture = to_onnx(graph, config.preprocess), golden_picture(config.preprocess)
    parity = check_parity(graph, model, provenance.parity_pixels)
    golden = Session(model).run(np.asarray(PillowImage.open(io.BytesIO(picture)), dtype=np.uint8)[None])
    seen = "\n".join(sorted({digest[:SEEN_DIGITS] for digest in provenance.digests})) + "\n"
    files = {MODEL_FILE: model, GOLDEN_FILE: picture, SEEN_FILE: seen.encode()}
    now, digest = datetime.now(UTC), hashlib.sha256(model).hexdigest()
    card = ModelCard(
        name=config.task.name,
        version=f"{now:%Y.%m.%d}-{digest[:8]}",
        created=now.isoformat(timespec="seconds"),
        task=config.task,
        preprocess=config.preprocess,
        calibration=calibration,
        metrics=metrics,
        dataset=provenance.dataset,
        training=config.to_dict() | {"onnx_difference": parity, "onnx_compared_on": len(provenance.parity_pixels)},
        attribution=provenance.attribution,
        golden=Golden(
            GOLDEN_FILE,
            tuple(float(score) for score in golden.scores[0]),
            float(golden.distance[0]),
            GOLDEN_TOLERANCE,
        ),
        files={name: hashlib.sha256(data).hexdigest() for name, data in files.items()},
    )
    _write(card, files, target)
    return card


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
        Classifier(load_bundle(fresh))  # passes its own hashes and golden check, or never gets a name
        if target.exists():
            shutil.move(target, Path(scratch) / "old")
        fresh.rename(target)
