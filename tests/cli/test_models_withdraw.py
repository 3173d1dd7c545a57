"""`beadwatch models withdraw` and `restore`, as an engineer types them, and what `list` then says."""

import pytest

from beadwatch.settings import load_settings
from beadwatch.storage.database import open_database
from beadwatch.storage.withdrawal_store import WithdrawalStore
from tests.cli.conftest import Outcome, Run

pytestmark = pytest.mark.usefixtures("models_dir")
WITHDRAW = ("models", "withdraw", "tig-1", "--task", "tig", "--why", "misses burn through")
RESTORE = ("models", "restore", "tig-1", "--task", "tig")


def withdrawn() -> list[tuple[str, str, str]]:
    store = WithdrawalStore(open_database(load_settings().database))
    found = [(one.task, one.version, one.reason) for one in store.withdrawn()]
    store.close()
    return found


def states(listed: Outcome) -> dict[str, object]:
    return {line["name"]: line["withdrawn"] and line["withdrawn"]["reason"] for line in listed.lines}


def test_withdrawn_model_is_listed_as_such_until_it_is_restored(beadwatch: Run) -> None:
    outcome = beadwatch(*WITHDRAW)
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "withdrew tig-1 of tig: misses burn through\n")
    assert withdrawn() == [("tig", "tig-1", "misses burn through")]
    listed = beadwatch("models", "list")
    assert (listed.code, listed.err) == (0, "")
    assert states(listed) == {"surface": None, "tig": "misses burn through"}
    table = beadwatch("models", "list", "--format", "table").out
    assert table.count("✘ withdrawn") == table.count("✔ ok") == 1
    assert "UTC: misses burn through" in table
    restored = beadwatch(*RESTORE)
    assert (restored.code, restored.out) == (0, "")
    assert "restored tig-1 of tig" in restored.err
    assert states(beadwatch("models", "list")) == {"surface": None, "tig": None}


def test_version_that_only_phones_have_can_be_withdrawn(beadwatch: Run) -> None:
    outcome = beadwatch("models", "withdraw", "tig-0", "--task", "tig", "--why", "old")
    assert outcome.code == 0
    assert "it is not in the models folder" in outcome.err
    listed = beadwatch("models", "list")
    assert states(listed) == {"surface": None, "tig": None}
    assert "withdrawn, and not in the models folder: tig-0 of tig: old" in listed.err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("withdraw", "tig-1", "--task", "tig", "--why", ""), "WithdrawalError: why:"),
        (("withdraw", "tig-1", "--task", "tig", "--why", " "), "WithdrawalError: why:"),
        (("withdraw", "tig-1", "--task", "tig"), "--why"),
        (("withdraw", "tig-1", "--why", "x"), "--task"),
        (("withdraw", "", "--task", "tig", "--why", "x"), "WithdrawalError: version:"),
        (("withdraw", "tig-1", "--task", "tgi", "--why", "x"), "no task 'tgi'; there are: surface, tig"),
        (RESTORE[1:], "tig-1 of tig is not withdrawn"),
        (("restore", "surface-1", "--task", "tig"), "surface-1 of tig is not withdrawn"),
    ],
)
def test_what_makes_no_sense_is_exit_code_2_and_changes_nothing(
    beadwatch: Run, arguments: tuple[str, ...], says: str
) -> None:
    outcome = beadwatch("models", *arguments)
    assert (outcome.code, outcome.out) == (2, "")
    assert says in outcome.err
    assert withdrawn() == []
