"""Of a version the newest row counts, rows are only added, and a task hears of its own versions only."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from beadwatch.domain.errors import StoreError, WithdrawalError
from beadwatch.domain.withdrawal import Withdrawal
from beadwatch.storage.database import open_database
from beadwatch.storage.withdrawal_store import WithdrawalStore

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[WithdrawalStore]:
    moments = (NOON + timedelta(minutes=minute) for minute in range(100))
    opened = WithdrawalStore(open_database(f"sqlite:///{tmp_path / 'a.db'}"), lambda: next(moments))
    yield opened
    opened.close()


def rows(store: WithdrawalStore) -> list[tuple[object, ...]]:
    with store._engine.connect() as connection:
        found = connection.execute(text("SELECT version, withdrawn, reason FROM model_withdrawals ORDER BY sequence"))
        return [tuple(row) for row in found]


def test_nothing_is_withdrawn_at_first(store: WithdrawalStore) -> None:
    assert store.withdrawn() == []
    assert store.find("tig", "tig-1") is None


def test_withdrawn_version_is_found_in_its_task_only(store: WithdrawalStore) -> None:
    made = store.withdraw("tig", "v1", " misses burn through ")
    assert made == Withdrawal("tig", "v1", "misses burn through", NOON)
    assert store.find("tig", "v1") == made
    assert store.find("tig", "v2") is None
    assert store.find("surface", "v1") is None
    assert (store.withdrawn("tig"), store.withdrawn("surface"), store.withdrawn()) == ([made], [], [made])


def test_newest_come_first(store: WithdrawalStore) -> None:
    made = [store.withdraw(task, version, "why") for task, version in (("tig", "b"), ("surface", "c"), ("tig", "a"))]
    assert store.withdrawn() == made[::-1]
    assert store.withdrawn("tig") == [made[2], made[0]]


def test_newest_row_of_a_version_counts_and_the_older_ones_stay(store: WithdrawalStore) -> None:
    store.withdraw("tig", "v1", "first")
    second = store.withdraw("tig", "v1", "second")
    assert store.withdrawn() == [second]
    assert store.restore("tig", "v1") == second
    assert store.withdrawn() == []
    again = store.withdraw("tig", "v1", "after all")
    assert store.find("tig", "v1") == again
    assert rows(store) == [("v1", 1, "first"), ("v1", 1, "second"), ("v1", 0, ""), ("v1", 1, "after all")]


def test_only_what_is_withdrawn_can_be_restored(store: WithdrawalStore) -> None:
    store.withdraw("tig", "v1", "why")
    for task, version in (("tig", "v2"), ("surface", "v1")):
        with pytest.raises(WithdrawalError, match=f"{version} of {task} is not withdrawn"):
            store.restore(task, version)
    store.restore("tig", "v1")
    with pytest.raises(WithdrawalError, match=r"not withdrawn.*are: none"):
        store.restore("tig", "v1")
    assert len(rows(store)) == 2


def test_refused_withdrawal_stores_nothing(store: WithdrawalStore) -> None:
    with pytest.raises(WithdrawalError, match="why:"):
        store.withdraw("tig", "v1", "")
    assert rows(store) == []


def test_database_that_fails_is_a_store_error(store: WithdrawalStore) -> None:
    with store._engine.begin() as connection:
        connection.execute(text("ALTER TABLE model_withdrawals RENAME TO hidden"))
    with pytest.raises(StoreError, match="cannot read withdrawn models"):
        store.withdrawn()
    with pytest.raises(StoreError, match="cannot store that a model is withdrawn"):
        store.withdraw("tig", "v1", "why")
