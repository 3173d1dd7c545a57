"""Pairs of near copies among many fingerprints, in time that grows with their number and not with its square.

Near hashes are found by sorting: under each of 16 orders of their bits, hashes that agree in the first bits stand
together, so each picture, in all its eight symmetries, is compared with its 16 neighbours only (after Charikar, STOC
2002, and Manku et al., WWW 2007). What is near by hash is checked by correlating the details cell by cell.

Knows fingerprints. Does not know files, labels or groups. In a crowd of more than 16 alike not every pair is found, but
each picture is paired with some of them, so that the crowd hangs together.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from beadwatch.datasets.fingerprint import CELLS, Fingerprint, Floats, Hashes, symmetric_cells, symmetric_hashes
from beadwatch.datasets.likeness import NEAR

Embed = Callable[[Sequence[int]], Floats]
"""Given picture numbers, returns a row for each: float32, N x F. It is asked about doubtful pictures only."""

SURE = 0.9  # from which two pictures are copies; frames of one fixed camera reach 0.86 across welds
DOUBTFUL = 0.5  # down to here an embedding may decide
SAME_EMBEDDING = 0.95  # cosine from which it says yes

ORDERS = 16
WINDOW = 8  # neighbours on each side
_MAX_BITS = 14  # of 64 that differ; 99 % of the copies in the weld-quality set differ in 10 at most
_CHUNK = 8192  # hashes compared at a time
_ROWS = 2048  # details correlated at a time, 4 KB each

_Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two near copies by number, `first` below `second`, and the correlation of their details (1: the same)."""

    first: int
    second: int
    similarity: float


def near_pairs(
    fingerprints: Sequence[Fingerprint | None], near: float = NEAR, embed: Embed | None = None
) -> list[Pair]:
    """Return the pairs of near copies, the most alike first.

    None stands for a picture that could not be read; it is in no pair, nor is a flat one. With `embed`, pairs that the
    details leave in doubt (from `DOUBTFUL` up to `near`) are pairs where their embeddings agree.
    """
    numbers = np.array([n for n, found in enumerate(fingerprints) if found and not found.flat], dtype=np.int64)
    known = [fingerprints[number] for number in numbers]
    hashes = np.array([found.hash for found in known if found], dtype=np.uint64)
    details = np.frombuffer(b"".join(found.detail for found in known if found), np.int8).reshape(len(known), CELLS)
    first, second, turned = _near_hashes(hashes)
    likeness = _correlate(details, first, second, turned)
    kept = _best(first, second, likeness, len(known))
    first, second, likeness = numbers[first[kept]], numbers[second[kept]], likeness[kept]
    chosen = likeness >= near
    if embed is not None:
        doubtful = np.flatnonzero(~chosen & (likeness >= DOUBTFUL))
        chosen[doubtful] = _agree(first[doubtful], second[doubtful], embed)
    order = np.flatnonzero(chosen)
    order = order[np.lexsort((second[order], first[order], -likeness[order]))]
    return [Pair(int(first[n]), int(second[n]), float(likeness[n])) for n in order]


def neighbours(hashes: Hashes) -> Iterator[tuple[_Numbers, _Numbers, _Numbers]]:
    """Yield what is to be compared: picture, other picture, symmetry of the other; int64, equal lengths.

    At most 8 symmetries x 16 orders x 16 neighbours for each hash, in pieces that keep memory small.
    """
    variants = symmetric_hashes(hashes)
    generator = np.random.default_rng(0)
    for _ in range(ORDERS):
        bits = generator.permutation(64)
        keys = _reordered(hashes, bits)
        ranking = np.argsort(keys, kind="stable")
        keys = keys[ranking]
        for symmetry, variant in enumerate(variants):
            places = np.searchsorted(keys, _reordered(variant, bits))
            for start in range(0, len(places), _CHUNK):
                piece = places[start : start + _CHUNK]
                around = piece[:, None] + np.arange(-WINDOW, WINDOW)[None, :]
                other = np.repeat(np.arange(start, start + len(piece)), 2 * WINDOW)
                inside = ((around >= 0) & (around < len(keys))).ravel()
                other, picture = other[inside], ranking[around.ravel()[inside]]
                yield picture, other, np.full(len(other), symmetry)


def _near_hashes(hashes: Hashes) -> tuple[_Numbers, _Numbers, _Numbers]:
    """Return the pairs whose hashes differ little: first, second, and the symmetry that turns second onto first."""
    count = len(hashes)
    variants = symmetric_hashes(hashes)
    found = np.empty(0, np.int64)
    fresh: list[_Numbers] = []
    waiting = 0
    for first, second, turned in neighbours(hashes):
        differing = np.bitwise_count(hashes[first] ^ variants[turned, second])
        near = (differing <= _MAX_BITS) & (first != second)
        fresh.append((first[near] * count + second[near]) * 8 + turned[near])
        waiting += len(fresh[-1])
        if waiting > max(len(found), 100_000):  # so that each is sorted a few times only
            found, fresh, waiting = np.unique(np.concatenate([found, *fresh])), [], 0
    found = np.unique(np.concatenate([found, *fresh]))
    pairs, turned = np.divmod(found, 8)
    first, second = np.divmod(pairs, max(count, 1))
    return first, second, turned


def _correlate(details: npt.NDArray[np.int8], first: _Numbers, second: _Numbers, turned: _Numbers) -> Floats:
    """Return the normalised correlation of each pair of rows, the second turned: float32, -1 to 1."""
    cells = symmetric_cells()
    result = np.empty(len(first), np.float32)
    lengths = np.array([np.linalg.norm(row.astype(np.float32)) for row in details], dtype=np.float32)
    for symmetry, order in enumerate(cells):
        rows = np.flatnonzero(turned == symmetry)
        for start in range(0, len(rows), _ROWS):
            part = rows[start : start + _ROWS]
            one = details[first[part]].astype(np.float32)
            other = details[second[part]][:, order].astype(np.float32)
            result[part] = np.einsum("nc,nc->n", one, other)
    result /= np.maximum(lengths[first] * lengths[second], 1.0)
    return result


def _best(first: _Numbers, second: _Numbers, likeness: Floats, count: int) -> _Numbers:
    """Return the row in which each unordered pair is most alike."""
    low, high = np.minimum(first, second), np.maximum(first, second)
    order = np.lexsort((first, -likeness, low * count + high))
    pairs = (low * count + high)[order]
    return order[np.flatnonzero(np.diff(pairs, prepend=-1))]


def _agree(first: _Numbers, second: _Numbers, embed: Embed) -> npt.NDArray[np.bool_]:
    """Return for each pair whether the embeddings of its pictures point the same way."""
    agree = np.zeros(len(first), np.bool_)
    for start in range(0, len(first), 256):
        part = slice(start, start + 256)
        asked, places = np.unique(np.concatenate([first[part], second[part]]), return_inverse=True)
        rows = embed([int(number) for number in asked]).astype(np.float32)
        rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
        one, other = np.split(rows[places], 2)
        agree[part] = (one * other).sum(axis=1) >= SAME_EMBEDDING
    return agree


def _reordered(hashes: Hashes, bits: npt.NDArray[np.int64]) -> Hashes:
    unpacked = np.unpackbits(hashes.astype(">u8").view(np.uint8).reshape(-1, 8), axis=1)
    moved = np.ascontiguousarray(unpacked[:, bits])
    return np.packbits(moved, axis=1).view(">u8").ravel().astype(np.uint64)
