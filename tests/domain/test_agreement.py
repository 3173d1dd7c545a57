"""Counts of agreement, by person, class and day."""

from typing import Any

from beadwatch.domain.agreement import ClassCounts, DayCounts, PersonCounts, by_class, by_day, by_person

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
