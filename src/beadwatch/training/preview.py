"""What training sees: samples of each class, each variation alone, and draws as they are trained on.

Changes no file.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from random import Random

import numpy as np
import torch

from beadwatch.datasets.snapshot import Record
from beadwatch.domain.errors import DatasetError
from beadwatch.imaging.contact_sheet import Cell, Section
from beadwatch.imaging.decode import Pixels, decode
from beadwatch.training.augment import Augment, build_augment, single_augments
from beadwatch.training.config import TrainConfig

DRAWS = 12
_TRIES = 20


def preview_sections(
    records: Sequence[Record], read: Callable[[str], bytes], config: TrainConfig, each: int
) -> list[Section]:
    """Return `each` samples of each class, then the variations of one of them, alone and as training mixes them.

    `read` returns the bytes of a sha256. The same seed gives the same sheet.

    Raises:
        DatasetError: no record has a label.
        DecodeError: a picture is broken.
    """
    labels = sorted({label for record in records for label in record.labels})
    if not labels:
        raise DatasetError("no picture has a label: there is nothing to train on, so nothing to show")
    chosen = {label: _choose(records, label, each, config.seed) for label in labels}
    sections = [
        Section(
            f"{label}: {len(group)} of {sum(label in record.labels for record in records)} pictures",
            [
                Cell(decode(read(record.sha256)).pixels, f"{', '.join(record.labels)}  {record.name}")
                for record in group
            ],
        )
        for label, group in chosen.items()
    ]
    example = next(record for group in chosen.values() for record in group)
    picture = decode(read(example.sha256)).pixels
    return [*sections, _alone(picture, config), _mixed(picture, config)]


def _choose(records: Sequence[Record], label: str, each: int, seed: int) -> list[Record]:
    """Draw pictures of a class, from different groups as far as there are."""
    having = sorted((record for record in records if label in record.labels), key=lambda record: record.sha256)
    Random(seed).shuffle(having)  # noqa: S311  # which samples are shown is no secret
    by_group = {record.group_key: record for record in reversed(having)}
    first = [record for record in having if by_group[record.group_key] is record]
    return [*first, *(record for record in having if by_group[record.group_key] is not record)][:each]


def _alone(picture: Pixels, config: TrainConfig) -> Section:
    used = asdict(config.augment)
    singles = {name: build_augment(each, config.preprocess) for name, each in single_augments(config.augment).items()}
    plain = _apply(singles.pop("resize"), picture)
    cells = [Cell(plain, "resize")]
    for name, augment in singles.items():
        torch.manual_seed(config.seed)
        varied = _apply(augment, picture)
        for _ in range(_TRIES):  # half of the flips do nothing; the sheet is to show what they can do
            if not np.array_equal(varied, plain):
                break
            varied = _apply(augment, picture)
        in_use = used[name] != (1.0 if name == "crop" else 0.0)
        cells.append(Cell(varied, name if in_use else f"{name} (not in this recipe)"))
    return Section("each variation alone", cells)


def _mixed(picture: Pixels, config: TrainConfig) -> Section:
    augment = build_augment(config.augment, config.preprocess)
    torch.manual_seed(config.seed)
    cells = [Cell(_apply(augment, picture), f"draw {number + 1}") for number in range(DRAWS)]
    return Section("as it is trained on: a new draw each time", cells)


def _apply(augment: Augment, picture: Pixels) -> Pixels:
    tensor = torch.from_numpy(picture.copy()).permute(2, 0, 1)
    varied = augment(tensor).clamp(0.0, 1.0).mul(255).round().to(torch.uint8)
    return np.ascontiguousarray(varied.permute(1, 2, 0).numpy())
