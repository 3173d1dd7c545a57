"""Pictures of a snapshot as tensors: decoded once, through the very code that serves them, and kept in memory.

Training pictures are kept a little larger than the network's input, so that crops still have detail. Knows no networks.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from beadwatch.datasets.snapshot import Record
from beadwatch.domain.labels import Task
from beadwatch.domain.model_card import PreprocessSpec
from beadwatch.imaging.decode import decode
from beadwatch.imaging.preprocess import preprocess
from beadwatch.training.augment import Augment
from beadwatch.training.sampler import Draw

_MARGIN = 1.2


@dataclass(frozen=True, slots=True)
class Pictures:
    """Decoded pictures. Rows agree across all fields.

    `exact` is uint8 N x 3 x H x W as served, `large` the same some 20 % larger, `targets` float N x C of 0 and 1.
    """

    records: tuple[Record, ...]
    exact: Tensor
    large: Tensor
    targets: Tensor


def load_pictures(
    records: Sequence[Record], read: Callable[[str], bytes], task: Task, spec: PreprocessSpec
) -> Pictures:
    """Decode all records; `read` returns the bytes of a sha256.

    Raises:
        DecodeError: one is no picture.
        BeadwatchError: `read` does not find one.
    """
    larger = PreprocessSpec(round(spec.width * _MARGIN), round(spec.height * _MARGIN))
    exact = np.empty((len(records), spec.height, spec.width, 3), dtype=np.uint8)
    large = np.empty((len(records), larger.height, larger.width, 3), dtype=np.uint8)

    def load(index: int) -> None:
        image = decode(read(records[index].sha256))
        exact[index], large[index] = preprocess(image, spec), preprocess(image, larger)

    with ThreadPoolExecutor() as pool:
        list(pool.map(load, range(len(records))))
    targets = torch.tensor([[float(name in record.labels) for name in task.label_names] for record in records])
    return Pictures(
        tuple(records),
        torch.from_numpy(exact).permute(0, 3, 1, 2),
        torch.from_numpy(large).permute(0, 3, 1, 2),
        targets,
    )


class TrainingPictures(Dataset[tuple[Tensor, Tensor]]):
    """Pictures augmented anew at each draw: float 3 x H x W in 0..1, and targets. See `sampler` for what a draw is."""

    def __init__(self, pictures: Pictures, rows: Sequence[int], augment: Augment) -> None:
        self._pictures, self._rows, self._augment = pictures, rows, augment

    def __len__(self) -> int:
        """Return the number of pictures."""
        return len(self._rows)

    def __getitem__(self, draw: Draw) -> tuple[Tensor, Tensor]:
        """Return one augmented picture and its targets."""
        row = self._rows[draw[0]]
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(draw[1])
            return self._augment(self._pictures.large[row]), self._pictures.targets[row]


class ExactPictures(Dataset[tuple[Tensor, Tensor]]):
    """Pictures as they are served: float 3 x H x W in 0..1, and targets."""

    def __init__(self, pictures: Pictures, rows: Sequence[int]) -> None:
        self._pictures, self._rows = pictures, rows

    def __len__(self) -> int:
        """Return the number of pictures."""
        return len(self._rows)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        """Return one picture and its targets."""
        row = self._rows[index]
        return self._pictures.exact[row].float() / 255.0, self._pictures.targets[row]
