"""A withdrawal names what it withdraws and why, in one line that a phone can show."""

from datetime import UTC, datetime

import pytest

from beadwatch.domain.errors import WithdrawalError
from beadwatch.domain.withdrawal import MAX_REASON, MAX_TASK, MAX_VERSION, Withdrawal

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_device_gets_it_without_the_task() -> None:
    assert Withdrawal("tig", "tig-1", "misses cracks", NOON).to_dict() == {
        "version": "tig-1",
        "reason": "misses cracks",
        "withdrawn_at": "2026-03-01T12:00:00+00:00",
    }


@pytest.mark.parametrize(
    ("task", "version", "reason", "says"),
    [
        pytest.param("", "v", "why", "task:", id="no task"),
        pytest.param("t" * (MAX_TASK + 1), "v", "why", "task:", id="long task"),
        pytest.param("t", "", "why", "version:", id="no version"),
        pytest.param("t", "v\n", "why", "version:", id="version of two lines"),
        pytest.param("t", "v" * (MAX_VERSION + 1), "why", "version:", id="long version"),
        pytest.param("t", "v", "", "why:", id="no reason"),
        pytest.param("t", "v", "  ", "why:", id="blank reason"),
        pytest.param("t", "v", "one\ntwo", "why:", id="reason of two lines"),
        pytest.param("t", "v", "\udcff", "why:", id="reason that is no text"),
        pytest.param("t", "v", "w" * (MAX_REASON + 1), "why:", id="long reason"),
    ],
)
def test_what_makes_no_sense_is_refused(task: str, version: str, reason: str, says: str) -> None:
    with pytest.raises(WithdrawalError, match=f"^{says}"):
        Withdrawal(task, version, reason, NOON)


def test_the_longest_is_taken() -> None:
    Withdrawal("t" * MAX_TASK, "v" * MAX_VERSION, "w" * MAX_REASON, NOON)
