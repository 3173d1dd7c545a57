"""An int8 graph is kept only if it is nearly as good and faster; the figures that say so are measured rightly."""

from dataclasses import replace

import numpy as np
import pytest

from beadwatch.domain.errors import TrainingError
from beadwatch.domain.labels import TIG
from beadwatch.training.int8_gate import Int8Figures, Int8Pictures, macro_recall, measure_int8, reason_against
from tests.bundles import colour_of, int8_graph, tiny_graph
from tests.pictures import plain

GOOD = Int8Figures(pictures=200, macro_recall_fp32=0.9, macro_recall_int8=0.9, ms_fp32=3.0, ms_int8=2.0)
NAN = float("nan")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, None),
        ({"macro_recall_int8": 0.8951}, None),
        ({"macro_recall_int8": 0.95}, None),
        ({"ms_int8": 2.999}, None),
        ({"macro_recall_int8": 0.8949}, "macro recall falls by 0.51 points"),
        ({"macro_recall_fp32": 0.5, "macro_recall_int8": 0.495}, "macro recall falls by 0.50 points"),
        ({"macro_recall_int8": 0.1}, "macro recall falls by 80.00 points to 0.1000 on 200 pictures"),
        ({"macro_recall_int8": NAN}, "macro recall"),
        ({"macro_recall_fp32": NAN}, "macro recall"),
        ({"ms_int8": 3.0}, "no faster: 3.00 ms a picture, fp32 takes 3.00 ms"),
        ({"ms_int8": 9.0}, "no faster"),
        ({"ms_int8": NAN}, "no faster"),
        ({"macro_recall_int8": 0.1, "ms_int8": 9.0}, "macro recall"),
    ],
)
def test_gate(changes: dict[str, float], reason: str | None) -> None:
    figures = replace(GOOD, **changes)  # type: ignore[arg-type]  # the integer field is not among them
    found = reason_against(figures)
    assert (found is None) is (reason is None)
    assert (reason or "") in (found or "")
    assert figures.to_dict()["kept"] is (reason is None)
    assert figures.to_dict()["left_out_because"] == found


@pytest.mark.parametrize(
    ("present", "targets", "recall"),
    [
        ([[1, 0], [0, 1]], [[1, 0], [0, 1]], 1.0),
        ([[1, 0], [1, 0], [0, 1]], [[1, 0], [0, 1], [0, 1]], 0.75),
        ([[1, 1], [1, 1]], [[1, 0], [1, 0]], 1.0),
        ([[0, 0], [1, 1]], [[1, 0], [1, 0]], 0.5),
        ([[0, 0]], [[1, 1]], 0.0),
    ],
    ids=["all found", "one of two missed", "class without pictures", "half, one class", "none found"],
)
def test_macro_recall(present: list[list[int]], targets: list[list[int]], recall: float) -> None:
    assert macro_recall(np.array(present, dtype=bool), np.array(targets, dtype=bool)) == recall


def test_both_graphs_are_measured_on_the_judging_pictures() -> None:
    pixels = np.stack([plain(colour_of(TIG, name)) for name in TIG.label_names])
    targets = np.eye(len(pixels), dtype=bool)
    swapped = Int8Pictures(pixels, pixels, targets[[1, 0, 2, 3, 4, 5]])
    thresholds = dict.fromkeys(TIG.label_names, 0.5)
    figures = measure_int8(tiny_graph(TIG), int8_graph(TIG), Int8Pictures(pixels, pixels, targets), TIG, thresholds)
    assert (figures.pictures, figures.macro_recall_fp32, figures.macro_recall_int8) == (6, 1.0, 1.0)
    assert min(figures.ms_fp32, figures.ms_int8) > 0
    wrong = measure_int8(tiny_graph(TIG), int8_graph(TIG), swapped, TIG, thresholds)
    assert wrong.macro_recall_fp32 == wrong.macro_recall_int8 == pytest.approx(4 / 6)


@pytest.mark.parametrize(("pictures", "labelled"), [(0, 0), (3, 2)])
def test_pictures_without_classes_cannot_judge(pictures: int, labelled: int) -> None:
    pixels = np.zeros((pictures, 32, 48, 3), dtype=np.uint8)
    with pytest.raises(TrainingError, match=f"{pictures} pictures with the classes of {labelled}"):
        Int8Pictures(pixels, pixels, np.zeros((labelled, 6), dtype=bool))
