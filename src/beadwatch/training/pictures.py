"""Samples as tensors: decoded once, through the very code that serves them, and kept in memory.

Training pictures are kept a little larger than the network's input, so that crops still have detail. Knows no networks.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from beadwatch.datasets.sample import Sample
from beadwatch.domain.labels import Task
from beadwatch.domain.model_card import PreprocessSpec
from beadwatch.imaging.decode import decode
from beadwatch.imaging.preprocess import preprocess
from beadwatch.training.augment import Augment

_MARGIN = 1.2


@dataclass(frozen=True, slots=True)
class Pictures:
    """Decoded samples. Rows agree across all fields.

    `exact` is uint8 N x 3 x H x W as served, `large` the same some 20 % larger, `targets` float N x C of 0 and 1,
    `digests` the sha256 of each file.
    """

    samples: tuple[Sample, ...]
    digests: tuple[str, ...]
    exact: Tensor
    large: Tensor
    targets: Tensor


def load_pictures(samples: Sequence[Sample], task: Task, spec: PreprocessSpec) -> Pictures:
    """Decode all samples.

    Raises:
        DecodeError: a sample is no picture.
    """
    larger = PreprocessSpec(round(spec.width * _MARGIN), round(spec.height * _MARGIN))
    exact = np.empty((len(samples), spec.height, spec.width, 3), dtype=np.uint8)
    large = np.empty((len(samples), larger.height, larger.width, 3), dtype=np.uint8)

    def load(index: int) -> str:
        image = decode(samples[index].path.read_bytes())
        exact[index], large[index] = preprocess(image, spec), preprocess(image, larger)
        return image.sha256

    with ThreadPoolExecutor() as pool:
        digests = tuple(pool.map(load, range(len(samples))))
    targets = torch.tensor([[float(name in sample.labels) for name in task.label_names] for sample in samples])
    return Pictures(
        tuple(samples),
        digests,
        torch.from_numpy(exact).permute(0, 3, 1, 2),
        torch.from_numpy(large).permute(0, 3, 1, 2),
        targets,
    )


class TrainingPictures(Dataset[tuple[Tensor, Tensor]]):
    """The pictures of some rows, augmented anew each time: float 3 x H x W in 0..1, and targets."""

    def __init__(self, pictures: Pictures, rows: Sequence[int], augment: Augment) -> None:
        self._pictures, self._rows, self._augment = pictures, rows, augment

    def __len__(self) -> int:
        """Return the number of pictures."""
        return len(self._rows)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        """Return one augmented picture and its targets."""
        row = self._rows[index]
        return self._augment(self._pictures.large[row]), self._pictures.targets[row]
