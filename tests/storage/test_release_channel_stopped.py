"""Publishers that are stopped at every write, also by a real SIGKILL: the champion is whole, nothing is doubled."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from beadwatch.domain.release import Release
from beadwatch.storage.files import Files
from beadwatch.storage.release_channel import ReleaseChannel
from tests.real import CHECKOUT
from tests.releases import publish, versions
from tests.stopping import Stopped, Stopping

FIRST, LATER = 6, 3  # writes: three files and the card, the move, the pointer; later only the card is new


def is_moved(writes: int, number: int, after: bool) -> bool:
    """Return whether the move is there when the write of that number is the last: it is the one before the pointer."""
    return number + after > writes - 2


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("number", range(FIRST))
def test_a_first_release_that_is_stopped_is_there_whole_or_not_at_all(
    files: Files, one: Path, tmp_path: Path, number: int, after: bool
) -> None:
    channel = ReleaseChannel(files)
    with pytest.raises(Stopped):
        publish(ReleaseChannel(Stopping(files, number, after)), one)
    now = channel.current("tig")
    assert channel.history("tig") == ([now] if now else [])
    assert (now is not None) is is_moved(FIRST, number, after)
    if now is not None:
        assert channel.fetch(now, tmp_path / "fetched").is_dir()
    again = publish(channel, one)
    assert (channel.current("tig"), versions(channel)) == (again, ["tig-1"])


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("number", range(LATER))
def test_whatever_stops_a_publisher_the_champion_is_whole(
    files: Files, one: Path, two: Path, tmp_path: Path, number: int, after: bool
) -> None:
    channel = ReleaseChannel(files)
    old = publish(channel, one)
    with pytest.raises(Stopped):
        publish(ReleaseChannel(Stopping(files, number, after)), two, "tig-1")
    check_after_stop(channel, old, two, tmp_path, is_moved(LATER, number, after))


def check_after_stop(channel: ReleaseChannel, old: Release, two: Path, tmp_path: Path, moved: bool) -> None:
    """Check that the champion is whole, and that publishing again loses and doubles nothing."""
    now = channel.current("tig")
    assert now is not None
    assert channel.history("tig")[-1] == now
    assert channel.fetch(now, tmp_path / "fetched").is_dir()
    assert now.version == ("tig-2" if moved else "tig-1")
    again = publish(channel, two, "tig-1")
    assert (channel.current("tig"), versions(channel)) == (again, ["tig-1", "tig-2"])
    assert channel.rollback("tig", "ada", "bad").files == old.files


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("number", range(2))
def test_going_back_that_is_stopped_is_done_or_not(
    files: Files, one: Path, two: Path, number: int, after: bool
) -> None:
    channel = ReleaseChannel(files)
    publish(channel, one)
    second = publish(channel, two, "tig-1")
    with pytest.raises(Stopped):
        ReleaseChannel(Stopping(files, number, after)).rollback("tig", "ada", "bad")
    now = channel.current("tig")
    assert now is not None
    assert channel.history("tig")[-1] == now
    assert (now != second) is is_moved(2, number, after)


KILLED = """
import os, signal, sys
from pathlib import Path
from beadwatch.storage.files import open_files
from beadwatch.storage.release_channel import ReleaseChannel
from tests.stopping import Stopping

class Killing(Stopping):
    def stop(self):
        os.kill(os.getpid(), signal.SIGKILL)

files = Killing(open_files(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "True")
forced = {"name": "rosa", "reason": "a test"}
ReleaseChannel(files).publish(Path(sys.argv[4]), "tig", "rosa", {}, forced)
"""


@pytest.mark.slow
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("number", range(LATER))
def test_a_publisher_that_is_killed_by_a_real_signal(
    files: Files, one: Path, two: Path, tmp_path: Path, number: int, after: bool
) -> None:
    channel = ReleaseChannel(files)
    old = publish(channel, one)
    command = [sys.executable, "-c", KILLED, files.root, str(number), str(after), str(two)]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL, done.stderr
    check_after_stop(channel, old, two, tmp_path, is_moved(LATER, number, after))
