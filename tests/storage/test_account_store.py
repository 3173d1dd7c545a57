"""Tokens and codes stand only as hashes, a code is worth something once and for ten minutes, revoking works at once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from beadwatch.domain.accounts import Role
from beadwatch.domain.errors import AccountError, StoreError
from beadwatch.storage.account_store import CODE_LIFETIME, AccountStore
from beadwatch.storage.database import open_database


class Clock:
    """A clock that stands still until it is told to go."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        """Return the moment."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Iterator[AccountStore]:
    opened = AccountStore(open_database(f"sqlite:///{tmp_path / 'a.db'}"), clock)
    yield opened
    opened.close()


@pytest.fixture
def ada(store: AccountStore) -> str:
    """Make an account and return its name."""
    return store.add("ada", Role.REVIEWER, "north").name


def token_of(store: AccountStore, name: str, device: str = "phone") -> str:
    return store.pair(store.make_code(name)[0], device)[0]


def test_paired_device_is_known_by_its_token(store: AccountStore, ada: str) -> None:
    token, account, device = store.pair(store.make_code(ada)[0], "phone of Ada")
    caller = store.caller(token)
    assert caller is not None
    assert (caller.team, caller.role) == ("north", Role.REVIEWER)
    assert (caller.account_id, caller.device_id) == (account.id, device.id)
    assert store.devices() == [device]
    assert store.accounts() == [account]


def test_secrets_are_nowhere_in_the_database(store: AccountStore, ada: str, tmp_path: Path) -> None:
    code, _ = store.make_code(ada)
    token, _, _ = store.pair(code, "phone")
    store.close()
    held = b"".join(path.read_bytes() for path in tmp_path.glob("a.db*"))
    assert b"phone" in held
    assert token.encode() not in held
    assert code.encode() not in held


@pytest.mark.parametrize("forge", ["", "x", "x" * 43, "x" * 100_000, "é", "\udcff", "' OR 1=1 --"])
def test_forged_token_is_nobody(store: AccountStore, ada: str, forge: str) -> None:
    token_of(store, ada)
    assert store.caller(forge) is None


def test_token_is_taken_exactly(store: AccountStore, ada: str) -> None:
    token = token_of(store, ada)
    for wrong in (token[:-1], token + "x", token.swapcase(), f" {token}"):
        assert store.caller(wrong) is None


def test_hash_of_a_token_is_no_token(store: AccountStore, ada: str) -> None:
    token_of(store, ada)
    with store._engine.connect() as connection:
        held = connection.execute(text("SELECT token_sha256 FROM devices")).scalar_one()
    assert store.caller(held) is None


def test_code_is_worth_something_once(store: AccountStore, ada: str) -> None:
    code, _ = store.make_code(ada)
    store.pair(code, "phone")
    with pytest.raises(AccountError, match="wrong, used or too old"):
        store.pair(code, "another")
    assert len(store.devices()) == 1


def test_of_many_who_use_a_code_at_once_one_has_it(store: AccountStore, ada: str) -> None:
    code, _ = store.make_code(ada)

    def attempt(number: int) -> bool:
        try:
            store.pair(code, f"phone {number}")
        except AccountError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(24))) == 1
    assert len(store.devices()) == 1


@pytest.mark.parametrize(("after", "works"), [(CODE_LIFETIME - timedelta(seconds=1), True), (CODE_LIFETIME, False)])
def test_code_is_worth_something_for_ten_minutes(
    store: AccountStore, ada: str, clock: Clock, after: timedelta, works: bool
) -> None:
    code, expires_at = store.make_code(ada)
    assert expires_at == clock.now + timedelta(minutes=10)
    clock.now += after
    if works:
        store.pair(code, "phone")
    else:
        with pytest.raises(AccountError, match="too old"):
            store.pair(code, "phone")


def test_code_whose_device_has_no_name_is_not_used_up(store: AccountStore, ada: str) -> None:
    code, _ = store.make_code(ada)
    with pytest.raises(AccountError, match="needs a name"):
        store.pair(code, " ")
    store.pair(code, "phone")


def test_revoked_device_is_nobody_and_the_others_stay(store: AccountStore, ada: str, clock: Clock) -> None:
    lost, kept = token_of(store, ada, "lost"), token_of(store, ada, "kept")
    (device,) = [device for device in store.devices() if device.name == "lost"]
    revoked = store.revoke_device(device.id)
    clock.now += timedelta(days=1)
    assert store.revoke_device(device.id) == revoked
    assert store.caller(lost) is None
    assert store.caller(kept) is not None


def test_revoked_account_loses_devices_and_codes_and_keeps_its_name(store: AccountStore, ada: str) -> None:
    token, (code, _) = token_of(store, ada), store.make_code(ada)
    assert store.revoke_account(ada).revoked_at is not None
    assert store.caller(token) is None
    with pytest.raises(AccountError, match="wrong, used or too old"):
        store.pair(code, "phone")
    with pytest.raises(AccountError, match="was revoked"):
        store.make_code(ada)
    with pytest.raises(AccountError, match="already"):
        store.add(ada, Role.INSPECTOR, "north")


def test_names_are_there_for_those_who_are_asked_for_revoked_ones_too(store: AccountStore, ada: str) -> None:
    ben = store.add("ben", Role.REVIEWER, "north")
    store.revoke_account(ada)
    by_name = {account.name: account.id for account in store.accounts()}
    assert store.names([by_name[ada], "unknown"]) == {by_name[ada]: ada}
    assert store.names([]) == {}
    assert set(store.names([ben.id, by_name[ada]]).values()) == {ada, "ben"}


def test_unknown_names_are_said(store: AccountStore) -> None:
    for use in (store.revoke_account, store.revoke_device, store.make_code):
        with pytest.raises(AccountError, match="'nobody'"):
            use("nobody")


def test_database_that_fails_is_a_store_error(store: AccountStore) -> None:
    with store._engine.begin() as connection:
        connection.execute(text("ALTER TABLE devices RENAME TO hidden"))
    with pytest.raises(StoreError, match="cannot read devices"):
        store.caller("x")
