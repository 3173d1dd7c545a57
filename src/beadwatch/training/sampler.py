"""Which picture is drawn when, and with which random draws: decided by seed and epoch alone.

So a run that goes on after a kill, or with another number of worker processes, sees the very same pictures. Knows rows
and weights; does not know pictures.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

import torch
from torch import Tensor
from torch.utils.data import Sampler

Draw = tuple[int, int]  # a row, and the seed of its augmentation


class EpochSampler(Sampler[Draw]):
    """Draws as many rows as there are, with replacement, by their weights; each machine of several takes its share."""

    def __init__(self, weights: Tensor, seed: int, rank: int = 0, machines: int = 1) -> None:
        self._weights, self._seed, self._rank, self._machines = weights, seed, rank, machines
        self._epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch whose draws come next; Lightning calls this."""
        self._epoch = epoch

    def __len__(self) -> int:
        """Return the number of draws on this machine."""
        return len(self._weights) // self._machines

    def __iter__(self) -> Iterator[Draw]:
        """Yield rows and the seeds of their augmentations."""
        generator = torch.Generator().manual_seed(self._seed * 1_000_003 + self._epoch)
        count = len(self) * self._machines
        rows = torch.multinomial(self._weights, count, replacement=True, generator=generator)
        seeds = torch.randint(2**31, (count,), generator=generator)
        mine = slice(self._rank, None, self._machines)
        yield from zip(rows[mine].tolist(), seeds[mine].tolist(), strict=True)


def sampling_weights(targets: Tensor, groups: Sequence[str], balanced: bool) -> Tensor:
    """Return how often each picture is drawn, relative to the others.

    When balanced, in proportion to the inverse square root of its rarest class's frequency and of its group's size: a
    weld that stands in the set fifty times over teaches less than fifty welds.
    """
    if not balanced:
        return torch.ones(len(targets))
    rarest = torch.where(targets > 0, targets.mean(dim=0), torch.inf).min(dim=1).values.clamp(max=1.0)
    sizes = Counter(groups)
    return (rarest * torch.tensor([float(sizes[group]) for group in groups])) ** -0.5
