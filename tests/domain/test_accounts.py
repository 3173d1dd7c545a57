"""Roles cover each other in order; codes survive being typed; names that could mislead are refused."""

from datetime import UTC, datetime

import pytest

from beadwatch.domain.accounts import (
    CODE_LETTERS,
    GUEST,
    Account,
    Caller,
    Role,
    device_name,
    new_code,
    new_token,
    shown_code,
    typed_code,
)
from beadwatch.domain.errors import AccountError

NOW = datetime(2026, 3, 1, tzinfo=UTC)
ORDER = [Role.INSPECTOR, Role.REVIEWER, Role.ENGINEER, Role.ADMIN]


@pytest.mark.parametrize("has", ORDER)
@pytest.mark.parametrize("needed", ORDER)
def test_a_role_covers_itself_and_those_before_it(has: Role, needed: Role) -> None:
    assert has.covers(needed) is (ORDER.index(has) >= ORDER.index(needed))
    assert Caller("north", has, "a", "d").may(needed) is has.covers(needed)


def test_a_guest_may_do_nothing_that_asks_for_a_role() -> None:
    assert not GUEST.may(Role.INSPECTOR)


def test_secrets_are_long_enough_and_never_the_same() -> None:
    assert len({new_token() for _ in range(100)}) == 100
    assert {len(new_token()) for _ in range(10)} == {43}
    codes = {new_code() for _ in range(1000)}
    assert len(codes) == 1000
    assert {len(code) for code in codes} == {8}
    assert set("".join(codes)) == set(CODE_LETTERS)
    assert set(CODE_LETTERS) & set("01OILU") == set()


@pytest.mark.parametrize("typed", ["ABCD2345", "abcd-2345", " ab cd 23 45\n", "A-B-C-D-2-3-4-5"])
def test_code_is_known_however_it_was_typed(typed: str) -> None:
    assert typed_code(typed) == "ABCD2345"
    assert typed_code(shown_code("ABCD2345")) == "ABCD2345"


@pytest.mark.parametrize("typed", ["", "ABCD234", "ABCD23456", "ABCD234O", "ABCD234é", "x" * 100_000])
def test_what_cannot_be_a_code_is_refused(typed: str) -> None:
    with pytest.raises(AccountError, match="a pairing code has 8"):
        typed_code(typed)


@pytest.mark.parametrize(("given", "name"), [("phone", "phone"), ("  a\x1b[2J\n b ", "a [2J b"), ("电话", "电话")])
def test_device_name_is_one_clean_line(given: str, name: str) -> None:
    assert device_name(given) == name


@pytest.mark.parametrize("given", ["", " \n", "x" * 65])
def test_device_without_a_usable_name_is_refused(given: str) -> None:
    with pytest.raises(AccountError, match="a device needs a name"):
        device_name(given)


@pytest.mark.parametrize("name", ["ada", "Ada Lovelace", "ada@example.com", "Jürgen-3", "焊工"])
def test_names_of_people_are_taken(name: str) -> None:
    assert Account("1", name, Role.INSPECTOR, "north-1", NOW).name == name


@pytest.mark.parametrize("name", ["", " ada", "ada ", "-ada", "a/b", "a\nb", "a\x1b[2J", "<b>", "x" * 65, "a\0"])
def test_names_that_could_mislead_are_refused(name: str) -> None:
    with pytest.raises(AccountError, match="no name of an account"):
        Account("1", name, Role.INSPECTOR, "north", NOW)


@pytest.mark.parametrize("team", ["", "North", "a b", "../x", "-a", "x" * 65, "a\n"])
def test_teams_that_could_mislead_are_refused(team: str) -> None:
    with pytest.raises(AccountError, match="no name of a team"):
        Account("1", "ada", Role.INSPECTOR, team, NOW)
