"""The history of a release channel for the dashboard: whole, read once, and what is known while the channel is away."""

import threading
from pathlib import Path

import pytest

from beadwatch.domain.errors import StoreError
from beadwatch.domain.release import Release
from beadwatch.services import release_history
from beadwatch.services.release_history import ReleaseHistory
from beadwatch.storage.files import open_files
from beadwatch.storage.release_channel import ReleaseChannel
from tests.releases import bundle, change_move, publish


class Counting(ReleaseChannel):
    """A channel that counts what is read of it, and is away when told so."""

    reads, away = 0, False

    def tasks(self) -> list[str]:
        if self.away:
            raise StoreError("the bucket cannot be reached")
        return super().tasks()

    def history(self, task: str, after: int = 0) -> list[Release]:
        found = super().history(task, after)
        self.reads += len(found)
        return found


@pytest.fixture
def channel(tmp_path: Path) -> Counting:
    made = Counting(open_files(str(tmp_path / "channel")))
    publish(made, bundle(tmp_path / "bundles", "tig-1"))
    publish(made, bundle(tmp_path / "bundles", "tig-2"), "tig-1")
    return made


def test_all_moves_are_told_each_read_once(channel: Counting) -> None:
    log = ReleaseHistory(channel)
    assert [(move.version, move.kind) for move in log.read(9).moves] == [("tig-1", "publish"), ("tig-2", "publish")]
    channel.rollback("tig", "ada", "misses pores")
    channel.reads = 0
    seen = log.read(9)
    assert [(move.version, move.kind, move.by, move.why) for move in seen.moves[2:]] == [
        ("tig-1", "rollback", "ada", "misses pores")
    ]
    assert (len(seen.moves), seen.problem, channel.reads) == (3, "", 1)
    assert [move.sequence for move in log.read(1).moves] == [3]


def test_what_is_known_stays_while_the_channel_is_away(channel: Counting) -> None:
    log = ReleaseHistory(channel)
    log.read(9)
    channel.away = True
    seen = log.read(9)
    assert (len(seen.moves), seen.problem) == (2, "the bucket cannot be reached")


def test_channel_that_hangs_keeps_nobody_else_waiting(channel: Counting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(release_history, "_PATIENCE_S", 0.01)
    log = ReleaseHistory(channel)
    log.read(9)
    hangs, goes_on = threading.Event(), threading.Event()

    def hanging() -> list[str]:
        hangs.set()
        goes_on.wait(30)
        return []

    monkeypatch.setattr(channel, "tasks", hanging)
    first = threading.Thread(target=log.read, args=(9,))
    first.start()
    assert hangs.wait(30)
    seen = log.read(9)
    goes_on.set()
    first.join(30)
    assert (len(seen.moves), seen.problem) == (2, "the channel is being read, and has not answered yet")


def test_damaged_move_is_told_of(channel: Counting, tmp_path: Path) -> None:
    change_move(open_files(str(tmp_path / "channel")), {"version": 3})
    seen = ReleaseHistory(channel).read(9)
    assert seen.moves == ()
    assert "is damaged" in seen.problem
