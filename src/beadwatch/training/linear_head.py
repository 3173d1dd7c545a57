"""Training on little: a linear head on the features of a backbone that stays as it is, in seconds on a CPU.

The head is a logistic regression on standardised features, folded back into plain weights, so that the network exports
and explains itself like any other. Knows features and targets; does not know how the backbone was trained.
"""

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from beadwatch.domain.labels import TaskKind
from beadwatch.training.config import TrainConfig
from beadwatch.training.network import WeldNet

Floats = npt.NDArray[np.float64]
_INVERSE_PENALTY = 0.01  # few pictures, many features: a strong penalty
_BATCH = 64


def fit_linear_head(network: WeldNet, pictures: Tensor, targets: Tensor, weights: Tensor, config: TrainConfig) -> None:
    """Fit the head of `network` in place, on uint8 pictures N x 3 x H x W and their mirror images.

    `targets` are N x C, `weights` of length N say how much each picture counts.
    """
    network.eval()
    mirrored = torch.cat([pictures, pictures.flip(-1)]) if config.augment.horizontal_flip else pictures
    features = _features(network, mirrored)
    copies = len(mirrored) // len(pictures)
    truth, counts = np.tile(targets.numpy() > 0, (copies, 1)), np.tile(weights.double().numpy(), copies)
    mean, spread = features.mean(axis=0), features.std(axis=0).clip(1e-6)
    weight, bias = regress((features - mean) / spread, truth, counts, config)
    weight = weight / spread
    with torch.no_grad():
        network.head.weight.copy_(torch.from_numpy(weight))
        network.head.bias.copy_(torch.from_numpy(bias - weight @ mean))


@torch.inference_mode()
def _features(network: WeldNet, pictures: Tensor) -> Floats:
    parts = [network(batch.float() / 255.0)[1] for batch in pictures.split(_BATCH)]
    features: Floats = torch.cat(parts).double().numpy()
    return features


def regress(
    features: Floats, truth: npt.NDArray[np.bool_], counts: Floats, config: TrainConfig
) -> tuple[Floats, Floats]:
    """Return weights C x F and biases C: one regression over the classes, or one for each of several labels."""
    from sklearn.linear_model import LogisticRegression

    def fitted(labels: npt.NDArray[np.int64]) -> tuple[Floats, Floats]:
        model = LogisticRegression(C=_INVERSE_PENALTY, max_iter=2000).fit(features, labels, sample_weight=counts)
        return model.coef_, model.intercept_

    if config.task.kind is TaskKind.SINGLE_LABEL:
        return fitted(truth.argmax(axis=1))
    parts = [fitted(column.astype(np.int64)) for column in truth.T]
    return np.concatenate([weight for weight, _ in parts]), np.concatenate([bias for _, bias in parts])
