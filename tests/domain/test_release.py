"""What a move must say, and what speaks against a release."""

from datetime import UTC, datetime
from typing import Any

import pytest

from beadwatch.domain.errors import ReleaseError
from beadwatch.domain.release import MoveKind, Release, check_override, objections, release_from_dict
from tests.releases import passing

FIELDS: dict[str, Any] = {
    "task": "tig", "sequence": 2, "kind": MoveKind.PUBLISH, "version": "tig-2", "files": {"card.json": "ab" * 32},
    "published": 2, "by": "rosa", "at": datetime(2026, 1, 2, tzinfo=UTC), "why": "better", "verdict": {"passed": True},
    "override": None, "signature": None,
}  # fmt: skip


def test_a_move_is_read_as_it_was_written() -> None:
    release = Release(**FIELDS)
    assert release_from_dict(release.to_dict()) == release


@pytest.mark.parametrize(
    "changes",
    [
        {"task": "../tig"},
        {"task": ""},
        {"by": " "},
        {"why": ""},
        {"version": ""},
        {"published": 3},
        {"published": 0},
        {"files": {"../card.json": "ab" * 32}},
        {"files": {"..": "ab" * 32}},
        {"files": {"card.json": "ab"}},
    ],
)
def test_a_move_that_makes_no_sense_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ReleaseError):
        Release(**(FIELDS | changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"sequence": "2"},
        {"sequence": True},
        {"kind": "push"},
        {"files": ["card.json"]},
        {"at": "today"},
        {"verdict": 1},
    ],
)
def test_a_record_of_other_types_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ReleaseError, match="no record of a release"):
        release_from_dict(Release(**FIELDS).to_dict() | changes)


@pytest.mark.parametrize("lost", sorted(FIELDS))
def test_a_record_that_lacks_a_field_is_refused(lost: str) -> None:
    record = Release(**FIELDS).to_dict()
    del record[lost]
    with pytest.raises(ReleaseError, match=lost):
        release_from_dict(record)


def test_the_signature_is_over_all_but_itself() -> None:
    signed = Release(**FIELDS).signed_bytes()
    assert Release(**(FIELDS | {"signature": "00"})).signed_bytes() == signed
    for field, value in {"sequence": 3, "files": {}, "by": "ada", "verdict": {}, "override": {"name": "x"}}.items():
        assert Release(**(FIELDS | {field: value})).signed_bytes() != signed


def test_the_digest_is_that_of_the_files() -> None:
    assert Release(**FIELDS).digest == Release(**(FIELDS | {"sequence": 5, "by": "ada"})).digest
    assert Release(**FIELDS).digest != Release(**(FIELDS | {"files": {"card.json": "cd" * 32}})).digest


@pytest.mark.parametrize(
    ("verdict", "says"),
    [
        (passing("tig-2", "tig-1"), None),
        ({}, "no verdict"),
        (passing("tig-2", "tig-1", checks=[]), "no verdict"),
        (passing("tig-2", "tig-1", checks="all well"), "no verdict"),
        (passing("tig-2", "tig-1", checks=["all well"]), "no verdict"),
        (passing("tig-2", "tig-1", passed=False), "not that it passed"),
        (passing("tig-2", "tig-1", passed="yes"), "not that it passed"),
        (passing("tig-2", "tig-1", checks=[{"passed": False, "words": "too slow"}]), "too slow"),
        (passing("tig-2", "tig-1", checks=[{"name": "latency"}]), "latency"),
        (passing("tig-3", "tig-1"), "about the challenger 'tig-3', not 'tig-2'"),
        (passing("tig-2", "tig-1", task="surface"), "about the task 'surface'"),
        (passing("tig-2", "tig-0"), "against 'tig-0', but the champion is 'tig-1'"),
    ],
)
def test_only_a_passing_verdict_on_this_model_against_this_champion_lets_it_through(
    verdict: dict[str, Any], says: str | None
) -> None:
    found = objections(verdict, "tig", "tig-2", "tig-1")
    assert (found == []) if says is None else (says in "; ".join(found))


def test_the_first_release_needs_no_champion() -> None:
    assert objections(passing("tig-2", "whatever shipped"), "tig", "tig-2", None) == []


@pytest.mark.parametrize(
    "override", [{}, {"name": "rosa"}, {"name": "rosa", "reason": " "}, {"name": 1, "reason": "x"}]
)
def test_an_override_says_who_and_why(override: dict[str, Any]) -> None:
    with pytest.raises(ReleaseError, match="an override needs a"):
        check_override(override)
