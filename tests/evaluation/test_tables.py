"""Tables against those of `by_hand`."""

import pytest

from beadwatch.evaluation.tables import (
    Bin,
    ClassRow,
    GroupRow,
    Timing,
    class_rows,
    confusion,
    disposition_table,
    false_beside,
    group_rows,
    reliability,
    risk_coverage,
    timing,
)
from tests.evaluation.by_hand import multi, single


def test_confusion_has_the_truth_in_rows() -> None:
    assert confusion(single()) == ((2, 1, 0), (1, 2, 0), (0, 1, 1))
    assert false_beside(single()) == ((0, 1, 0), (1, 0, 0), (0, 1, 0))


def test_of_several_classes_each_pair_counts() -> None:
    assert confusion(multi()) == ((0, 0, 0), (0, 2, 1), (0, 0, 1))
    assert false_beside(multi()) == ((0, 0, 0), (0, 0, 1), (0, 0, 0))


def test_class_rows_have_the_two_by_two_table_and_what_was_decided() -> None:
    assert class_rows(single())[1] == ClassRow("burn through", 3, 1, 2, 1, 2, 3, 1, 0, 2)
    assert class_rows(multi())[0] == ClassRow("background", 1, 1, 0, 1, 0, 3, 0, 1, 0)
    for row in (*class_rows(single()), *class_rows(multi())):
        assert row.hits + row.missed == row.pictures == row.accept + row.review + row.reject


def test_dispositions_against_the_truth() -> None:
    assert disposition_table(single()) == {
        "accept": {"good": 1, "bad": 1},
        "reject": {"good": 0, "bad": 3},
        "review": {"good": 2, "bad": 1},
    }


def test_groups_the_worst_first() -> None:
    rows = group_rows(single())
    assert [row.group for row in rows] == ["b", "d", "c", "a"]
    assert rows[2] == GroupRow("c", ("burn through",), 3, 2, 1, 0, 2, 1, 0, False)
    assert rows[1].over_max_distance == 1


def test_reliability_leaves_empty_bins_out() -> None:
    bins = reliability(single())
    assert [round(each.low, 1) for each in bins] == [0.5, 0.6, 0.7, 0.8]
    assert bins[1] == Bin(0.6, 0.7, 2, bins[1].mean_score, 0.5)
    assert bins[1].mean_score == pytest.approx(0.6)
    assert sum(each.count for each in reliability(multi())) == 12


def test_risk_and_coverage_step_by_step() -> None:
    assert [share for share, _ in risk_coverage(single())] == [0.25, 0.5, 0.75, 1.0]
    assert [risk for _, risk in risk_coverage(single())] == pytest.approx([0, 0, 1 / 6, 3 / 8])


def test_timing() -> None:
    assert timing(()) is None
    assert timing(tuple(float(ms) for ms in range(101))) == Timing(50.0, 95.0)
