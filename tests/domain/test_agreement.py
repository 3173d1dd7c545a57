"""Counts of agreement, by person, class and day."""

from typing import Any

import pytest

from beadwatch.domain.agreement import ClassCounts, DayCounts, PersonCounts, by_class, by_day, by_person, share_of

Reviewed = tuple[dict[str, Any], dict[str, Any] | None]


def given(account: str | None, saw: list[str], said: list[str], verdict: str = "", day: str = "2026-01-02") -> Reviewed:
    body = {
        "account_id": account,
        "labels": saw,
        "answer": {"labels": said},
        "disagrees": set(saw) != set(said),
        "received_at": f"{day}T10:00:00+00:00",
    }
    return body, {"verdict": verdict} if verdict else None


FEEDBACK = [
    given("ada", ["crack"], ["crack"], "accepted"),
    given("ada", ["crack", "porosity"], ["crack"], "rejected"),
    given("bob", ["porosity"], ["crack"], day="2026-01-01"),
    given(None, [], []),
]


def test_by_person_counts_who_sent_most_first() -> None:
    assert by_person(FEEDBACK) == [
        PersonCounts("ada", 2, 1, 1, 1),
        PersonCounts(None, 1, 0, 0, 0),
        PersonCounts("bob", 1, 1, 0, 0),
    ]


def test_by_class_leaves_out_what_was_rejected() -> None:
    assert by_class(FEEDBACK) == [ClassCounts("crack", 1, 0, 1), ClassCounts("porosity", 0, 1, 0)]


def test_by_day_is_in_order_of_arrival() -> None:
    assert by_day(FEEDBACK) == [DayCounts("2026-01-01", 1, 0, 0), DayCounts("2026-01-02", 3, 1, 1)]


def test_nothing_gives_nothing() -> None:
    assert (by_person([]), by_class([]), by_day([])) == ([], [], [])


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    [
        (3, 3, 0.4385, 1.0),
        (0, 3, 0.0, 0.5615),
        (1, 2, 0.0945, 0.9055),
        (81, 263, 0.2553, 0.3662),
        (90, 100, 0.8256, 0.9448),
    ],
)  # 81 of 263: Newcombe, 1998
def test_share_has_the_interval_of_wilson(part: int, whole: int, low: float, high: float) -> None:
    share = share_of(part, whole)
    assert share is not None
    assert (share.value, share.low, share.high) == pytest.approx((part / whole, low, high), abs=5e-5)


def test_share_of_nothing_is_none() -> None:
    assert share_of(0, 0) is None


def test_agreement_is_of_what_person_and_model_said() -> None:
    person = PersonCounts("ada", 10, 2, 0, 0).to_dict()["agreement"]
    seen = ClassCounts("crack", 6, 3, 1).to_dict()["agreement"]
    assert (person["value"], seen["value"]) == (0.8, 0.6)
    assert ClassCounts("crack", 0, 0, 0).to_dict()["agreement"] is None
