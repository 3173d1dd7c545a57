"""`beadwatch accounts`: add, pair, list, revoke, as an administrator types them."""

import re
from collections.abc import Iterator

import pytest

from beadwatch.apps.settings import load_settings
from beadwatch.store.account_store import AccountStore
from beadwatch.store.database import open_database
from tests.apps.cli.conftest import Run


@pytest.fixture
def store() -> Iterator[AccountStore]:
    opened = AccountStore(open_database(load_settings().database))
    yield opened
    opened.close()


@pytest.fixture
def ada(beadwatch: Run) -> str:
    """Add an account and return its name."""
    outcome = beadwatch("accounts", "add", "ada", "--team", "north", "--role", "reviewer")
    assert (outcome.code, outcome.out) == (0, "")
    assert "added ada, reviewer of north" in outcome.err
    return "ada"


def code_of(beadwatch: Run, name: str) -> str:
    outcome = beadwatch("accounts", "pair", name, "--url", "https://station.example")
    assert outcome.code == 0
    assert "station  https://station.example\n" in outcome.out
    code: str = re.findall(r"^code     (\w{4}-\w{4})$", outcome.out, re.MULTILINE)[0]
    return code


def test_printed_code_pairs_a_device_and_no_token_is_shown(beadwatch: Run, ada: str, store: AccountStore) -> None:
    token, _, device = store.pair(code_of(beadwatch, ada), "phone")
    listed = beadwatch("accounts", "list")
    (line,) = listed.lines
    assert (line["name"], line["role"], line["team"], line["revoked_at"]) == ("ada", "reviewer", "north", None)
    assert line["devices"] == [device.to_dict()]
    table = beadwatch("accounts", "list", "--format", "table")
    assert all(shown in table.out for shown in ("ada", "north", "phone", device.id))
    assert token not in listed.out + table.out


def test_revoked_device_and_account(beadwatch: Run, ada: str, store: AccountStore) -> None:
    tokens = [store.pair(code_of(beadwatch, ada), f"phone {number}")[0] for number in range(2)]
    device = next(device for device in store.devices() if device.name == "phone 0")
    assert "phone 0" in beadwatch("accounts", "revoke", "--device", device.id).err
    assert [store.caller(token) is None for token in tokens] == [True, False]
    assert "revoked ada" in beadwatch("accounts", "revoke", ada).err
    assert store.caller(tokens[1]) is None
    assert beadwatch("accounts", "list").lines[0]["revoked_at"]


def test_no_account_is_said(beadwatch: Run) -> None:
    outcome = beadwatch("accounts", "list")
    assert (outcome.code, outcome.out) == (0, "")
    assert "no account yet" in outcome.err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["add", "ada", "--team", "south"], "AccountError: there is an account 'ada' already"),
        (["add", "bob", "--team", "Big Site"], "AccountError: 'Big Site' is no name of a team"),
        (["add", "bob"], "--team"),
        (["add", "bob", "--team", "north", "--role", "boss"], "boss"),
        (["pair", "bob"], "AccountError: no account 'bob'"),
        (["revoke", "bob"], "AccountError: no account 'bob'"),
        (["revoke", "--device", "x"], "AccountError: no device 'x'"),
        (["revoke"], "SettingsError: say which"),
        (["revoke", "ada", "--device", "x"], "SettingsError: say which"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_done_is_exit_code_2(beadwatch: Run, ada: str, arguments: list[str], says: str) -> None:
    outcome = beadwatch("accounts", *arguments)
    assert outcome.code == 2
    assert says in outcome.err
    assert "Traceback" not in outcome.err
