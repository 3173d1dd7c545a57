"""The store on a real PostgreSQL server, which the test starts itself."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from beadwatch.domain.accounts import Role
from beadwatch.domain.errors import AccountError, FeedbackConflictError, FeedbackDeletedError, StoreError
from beadwatch.domain.labels import Disposition
from beadwatch.storage.account_store import AccountStore
from beadwatch.storage.blobs import BlobStore
from beadwatch.storage.comparison_store import ComparisonStore, DisagreementFilter, Scope
from beadwatch.storage.database import open_database
from beadwatch.storage.feedback_answer_store import FeedbackAnswerStore
from beadwatch.storage.feedback_removal import Chosen, FeedbackRemoval, Settled
from beadwatch.storage.feedback_store import FeedbackFilter, FeedbackStore
from beadwatch.storage.inspection_store import InspectionFilter, InspectionStore
from beadwatch.storage.reinspection_store import ReinspectionStore
from beadwatch.storage.run_store import RunStore
from beadwatch.storage.withdrawal_store import WithdrawalStore
from tests.domain.test_feedback import RECEIVED
from tests.line.made import made_event
from tests.storage.test_feedback_store import AGREES, PICTURE, review
from tests.storage.test_feedback_store import made as made_feedback
from tests.storage.test_inspection_store import made
from tests.waiting import free_port

pytestmark = pytest.mark.slow
INSTALLED = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """Start a server on a free loopback port, in a folder that goes away with it."""
    if not INSTALLED:
        pytest.skip("no PostgreSQL server on this machine (Debian: apt-get install postgresql)")
    tools, folder = INSTALLED[-1].parent, Path(tempfile.mkdtemp(prefix="beadwatch-postgres-"))
    user = None
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        user = "postgres"
        shutil.chown(folder, user)
    port = free_port()

    def run(tool: str, *arguments: str) -> None:
        command = [str(tools / tool), "-D", str(folder / "data"), *arguments]
        subprocess.run(command, check=True, capture_output=True, user=user, cwd=folder)

    run("initdb", "--auth=trust", "--username=beadwatch", "--no-sync")
    run(
        "pg_ctl", "-w", "-l", str(folder / "log"), "-o", f"-p {port} -k {folder} -c listen_addresses=127.0.0.1", "start"
    )
    try:
        yield f"postgresql+psycopg://beadwatch:s3cret@127.0.0.1:{port}/postgres"
    finally:
        run("pg_ctl", "-m", "immediate", "stop")
        shutil.rmtree(folder)


@pytest.fixture
def store(server: str) -> Iterator[InspectionStore]:
    engine = open_database(server)
    yield InspectionStore(engine)
    engine.dispose()


def test_inspections_are_stored_and_found(store: InspectionStore) -> None:
    with ThreadPoolExecutor(8) as pool:
        kept = {stored.id for stored in pool.map(lambda _: store.append(made()), range(40))}
    assert len(kept) == 40
    found = store.find(InspectionFilter(limit=200))
    assert kept == {stored.id for stored in found}
    older = store.find(InspectionFilter(before=found[9].id, limit=200))
    assert [stored.id for stored in older] == [stored.id for stored in found[10:]]
    assert store.get(found[0].id) == found[0]
    assert store.find(InspectionFilter(disposition=Disposition.REVIEW, task="nothing")) == []
    assert found[0].created_at.utcoffset() is not None


def test_opening_again_is_harmless(store: InspectionStore, server: str) -> None:
    store.append(made())
    again = open_database(server)
    everything = InspectionFilter(limit=200)
    assert InspectionStore(again).find(everything) == store.find(everything)
    again.dispose()


def test_feedback_is_stored_once_and_found_by_team(server: str, tmp_path: Path) -> None:
    engine = open_database(server)
    store = FeedbackStore(engine, BlobStore(str(tmp_path / "blobs")))
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda number: store.append(made_feedback(number % 5), PICTURE), range(40)))
    assert sum(is_new for _, is_new in answers) == 5
    store.append(made_feedback(9, **AGREES), PICTURE)
    with pytest.raises(FeedbackConflictError):
        store.append(made_feedback(9), PICTURE)
    store.review("north", made_feedback(3).id, review())
    first = store.find(FeedbackFilter("north", label="crack", reviewed=True))
    assert [found.body["id"] for found in first] == [made_feedback(3).id]
    ordered = store.find(FeedbackFilter("north", disagreements_first=True))
    assert [found.body["disagrees"] for found in ordered] == [True] * 5 + [False]
    rest = store.find(FeedbackFilter("north", disagreements_first=True, before=ordered[2].body["id"]))
    assert rest == ordered[3:]
    assert store.find(FeedbackFilter("south")) == []
    engine.dispose()


def test_feedback_is_deleted_while_others_send(server: str, tmp_path: Path) -> None:
    engine, pictures = open_database(server), BlobStore(str(tmp_path / "blobs"))
    store, removal = FeedbackStore(engine, pictures), FeedbackRemoval(engine, pictures)
    ids = tuple(made_feedback(number).id for number in range(100, 120))
    store.append(made_feedback(150, PICTURE), PICTURE)
    with ThreadPoolExecutor(8) as pool:
        sent = [pool.submit(store.append, made_feedback(number, b"new"), b"new") for number in range(100, 140)]
        for future in sent[:20]:
            future.result()
        assert removal.delete(Chosen(account_id="a" * 32, ids=ids), RECEIVED).uploads == 20
        removal.settle(set())
        for future in sent:
            future.result()
    assert pictures.get(made_feedback(139, b"new").sha256) == b"new"
    with pytest.raises(FeedbackDeletedError):
        store.append(made_feedback(100, b"new"), b"new")
    InspectionStore(engine).append(replace(made(), sha256=made_feedback(1, b"new").sha256))
    RunStore(engine).append("cell-1", replace(made_event(), picture=made_feedback(1, PICTURE).sha256))
    removal.delete(Chosen(account_id="a" * 32), RECEIVED)
    assert removal.settle(set()) == Settled(kept=2)
    engine.dispose()


def test_second_answers_are_compared_and_go_with_their_feedback(server: str, tmp_path: Path) -> None:
    engine, pictures = open_database(server), BlobStore(str(tmp_path / "blobs"))
    answers, comparisons = FeedbackAnswerStore(engine), ComparisonStore(engine)
    for number in (200, 201):
        FeedbackStore(engine, pictures).append(made_feedback(number, b"compared", team="east"), b"compared")
    first, other = (
        one
        for one in answers.waiting("surface", "new", 0, 99, RECEIVED)
        if one.id in (made_feedback(200).id, made_feedback(201).id)
    )
    body = {
        "inspection": {"disposition": "reject", "labels": [], "seen_in_training": False},
        "gravity": 0,
        "seen_before": None,
    }
    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(lambda _: answers.append(first.sequence, "new", True, body), range(8))) == 1
    assert answers.append(other.sequence, "new", False, body)
    (sequence,) = [one.sequence for one in ReinspectionStore(engine).waiting("tig", "new", 0, 1)]
    assert ReinspectionStore(engine).append(sequence, "new", True, body)
    (found,) = (one for one in comparisons.comparisons(Scope("east", all_inspections=True)) if one.task == "surface")
    assert (found.changed, found.same, found.on_phones) == (1, 1, 2)
    (listed,) = comparisons.disagreements(DisagreementFilter("surface", "new"), Scope("east"))
    assert (listed.id, listed.place) == (first.id, f"east/{first.id}")
    assert comparisons.disagreements(DisagreementFilter("surface", "new", after=listed.place), Scope()) == []
    FeedbackRemoval(engine, pictures).delete(Chosen(ids=(first.id, other.id)), RECEIVED)
    assert answers.count("surface", "new") == {"same": 0, "changed": 0, "failed": 0}
    engine.dispose()


def test_of_many_who_use_a_pairing_code_at_once_one_has_it(server: str) -> None:
    store = AccountStore(open_database(server))
    account = store.add("ada", Role.REVIEWER, "north")
    code, _ = store.make_code("ada")

    def attempt(number: int) -> str | None:
        try:
            return store.pair(code, f"phone {number}")[0]
        except AccountError:
            return None

    with ThreadPoolExecutor(8) as pool:
        (token,) = [token for token in pool.map(attempt, range(24)) if token]
    assert store.accounts() == [account]
    caller = store.caller(token)
    assert caller is not None
    assert (caller.account_id, caller.role) == (account.id, Role.REVIEWER)
    with pytest.raises(AccountError, match="already"):
        store.add("ada", Role.INSPECTOR, "south")
    store.revoke_device(store.devices()[0].id)
    assert store.caller(token) is None
    store.close()


def test_withdrawn_models_are_found_until_they_are_restored(server: str) -> None:
    store = WithdrawalStore(open_database(server))
    made = [store.withdraw("tig", version, "why") for version in ("v1", "v2")]
    assert store.withdrawn("tig") == made[::-1]
    assert store.restore("tig", "v2") == made[1]
    assert store.withdrawn() == made[:1]
    store.close()


def test_a_server_that_is_not_there_is_named_without_the_password() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        with pytest.raises(StoreError) as refused:
            open_database(f"postgresql+psycopg://beadwatch:s3cret@127.0.0.1:{port}/postgres?connect_timeout=2")
    assert str(port) in str(refused.value)
    assert "s3cret" not in str(refused.value)


def test_check_sees_a_lock_on_the_table_and_leaves_nothing(store: InspectionStore) -> None:
    with store._engine.begin() as other:
        other.exec_driver_sql("LOCK TABLE inspections IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(StoreError, match="timeout"):
            store.check()
    before = store.find(InspectionFilter())
    store.check()
    assert store.find(InspectionFilter()) == before
