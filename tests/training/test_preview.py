"""The preview shows every class and every variation, repeats by its seed, and says which are not in use."""

from dataclasses import replace

import numpy as np
import pytest

from beadwatch.datasets.snapshot import Record
from beadwatch.domain.errors import DatasetError
from beadwatch.domain.labels import TIG
from beadwatch.training.config import TrainConfig
from beadwatch.training.preview import DRAWS, preview_sections
from tests.training.conftest import draw_data


def test_samples_of_each_class_then_variations(config: TrainConfig) -> None:
    data = draw_data(TIG, groups=2, copies=2)
    sections = preview_sections(data.snapshot.records, data.read, config, each=3)
    headings = [section.heading for section in sections]
    assert headings[:6] == [f"{name}: 3 of 4 pictures" for name in sorted(TIG.label_names)]
    for name, section in zip(sorted(TIG.label_names), sections, strict=False):
        groups = [cell.caption.split()[-1][:3] for cell in section.cells]
        assert len(set(groups[:2])) == 2, "different welds first"
        assert all(cell.caption.startswith(name) for cell in section.cells)
    alone = {cell.caption for cell in sections[6].cells}
    assert {"resize", "brightness", "glare (not in this recipe)", "blur (not in this recipe)"} <= alone
    assert len(sections[7].cells) == DRAWS


def test_the_seed_decides(config: TrainConfig) -> None:
    data = draw_data(TIG)
    first, again, other = (
        preview_sections(data.snapshot.records, data.read, replace(config, seed=seed), each=2)[-1] for seed in (0, 0, 1)
    )
    assert all(np.array_equal(a.pixels, b.pixels) for a, b in zip(first.cells, again.cells, strict=True))
    assert not all(np.array_equal(a.pixels, b.pixels) for a, b in zip(first.cells, other.cells, strict=True))


def test_nothing_labelled_is_refused(config: TrainConfig) -> None:
    silent = Record("ab" * 32, "a.png", (), None, "drawn")
    with pytest.raises(DatasetError, match="no picture has a label"):
        preview_sections([silent], lambda _: b"", config, each=2)
