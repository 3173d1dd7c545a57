"""The question that needs no SQLAlchemy has the answer of the store that keeps it."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from beadwatch.domain.errors import StoreError
from beadwatch.storage.database import open_database
from beadwatch.storage.withdrawal_lookup import find_in_sqlite
from beadwatch.storage.withdrawal_store import WithdrawalStore


@pytest.mark.parametrize("name", ["beadwatch.db", "50% off#.db", "ümlaut 焊.db"])
def test_it_says_what_the_store_says(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    with closing(WithdrawalStore(open_database(f"sqlite:///{path}"))) as store:
        store.withdraw("tig", "1", "misses pores")
        store.withdraw("tig", "2", "first reason")
        store.withdraw("tig", "2", "second reason")
        store.withdraw("tig", "3", "taken back")
        store.restore("tig", "3")
        store.withdraw("surface", "4", "of another task")
        for version in "12345":
            found = find_in_sqlite(path, "tig", version)
            assert found == store.find("tig", version)
        assert found is None
    second = find_in_sqlite(path, "tig", "2")
    assert second is not None
    assert second.reason == "second reason"
    assert second.withdrawn_at.utcoffset() is not None


def test_a_file_of_a_time_before_withdrawals_has_none_and_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    with closing(sqlite3.connect(path)) as old:
        old.execute("create table inspections (id text)")
    before = path.read_bytes()
    assert find_in_sqlite(path, "tig", "1") is None
    assert path.read_bytes() == before


def test_what_is_no_database_is_a_store_error(tmp_path: Path) -> None:
    (tmp_path / "words.db").write_text("these are words, and no database at all " * 100)
    with pytest.raises(StoreError, match=r"words\.db"):
        find_in_sqlite(tmp_path / "words.db", "tig", "1")
    with pytest.raises(StoreError, match=r"nowhere\.db"):
        find_in_sqlite(tmp_path / "nowhere.db", "tig", "1")
