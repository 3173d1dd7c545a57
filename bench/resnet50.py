"""The recipe of an earlier project as a baseline: a frozen ResNet50 and a two-layer head, on given folds.

Features of the frozen network at 224 x 224 are kept in a file, since they take minutes on two cores.
"""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler

import beadwatch.training  # noqa: F401  # lets torchvision load
from beadwatch.domain.labels import TASKS, TaskKind
from beadwatch.domain.model_card import PreprocessSpec
from beadwatch.imaging.decode import decode
from beadwatch.imaging.preprocess import preprocess
from beadwatch.storage.blobs import BlobStore

SIZE = PreprocessSpec(224, 224)
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet, as the network was made for
HIDDEN = 128
BATCH = 32


def frozen_resnet50(held_out: Path, work: Path, task_name: str, weights: str | None) -> Path:
    """Answer the pictures of another recipe's held-out answers on the same folds; return the new answers' file."""
    target = work / "runs" / f"{task_name}-resnet50" / "held-out.npz"
    if target.exists():
        return target
    with np.load(held_out, allow_pickle=False) as file:
        known: dict[str, Any] = {name: file[name] for name in file.files}
    features = _features(known["sha256s"].tolist(), BlobStore(str(work / "data" / "blobs")), weights)
    single, truth = TASKS[task_name].kind is TaskKind.SINGLE_LABEL, known["targets"] > 0
    logits = np.empty(truth.shape)
    for fold in np.unique(known["fold"]):
        held = known["fold"] == fold
        scale = StandardScaler().fit(features[~held])
        head = MLPClassifier((HIDDEN,), alpha=1e-2, max_iter=100, early_stopping=False, random_state=0, tol=0.0)
        head.fit(scale.transform(features[~held]), truth[~held].argmax(axis=1) if single else truth[~held].astype(int))
        scores = head.predict_proba(scale.transform(features[held])).clip(1e-6, 1 - 1e-6)
        logits[held] = np.log(scores) if single else np.log(scores / (1 - scores))
    target.parent.mkdir(parents=True, exist_ok=True)
    kept = {name: known[name] for name in ("targets", "fold", "groups", "names", "sha256s")}
    np.savez_compressed(target, logits=logits, distance=np.zeros(len(logits)), **kept)
    return target


@torch.inference_mode()
def _features(digests: list[str], blobs: BlobStore, weights: str | None) -> np.ndarray[Any, np.dtype[np.float32]]:
    import timm  # only once beadwatch.training has made torchvision importable

    torch.manual_seed(0)
    network = timm.create_model("resnet50", pretrained=False, num_classes=0)
    if weights:
        network.load_state_dict(load_file(weights), strict=False)
    network.eval()
    mean, std = (torch.tensor(each).view(1, 3, 1, 1) for each in (MEAN, STD))
    parts = []
    for start in range(0, len(digests), BATCH):
        pixels = [preprocess(decode(blobs.get(digest)), SIZE) for digest in digests[start : start + BATCH]]
        batch = torch.from_numpy(np.stack(pixels)).permute(0, 3, 1, 2).float() / 255.0
        parts.append(network((batch - mean) / std).numpy())
    return np.concatenate(parts)
