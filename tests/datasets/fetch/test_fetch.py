"""A fetch is whole or not there at all, whatever ends it, and the next one goes on."""

import fcntl
import hashlib
import json
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from beadwatch.datasets.fetch import fetch, parse_source
from beadwatch.datasets.fetch.record import RECORD, read_record
from beadwatch.domain.errors import ArchiveError, DatasetError, FetchError, NetworkError
from tests.datasets.fetch.conftest import FILES, Watched, files_below, tarred, watched, zipped
from tests.datasets.fetch.standin import Resource, StandIn


@pytest.fixture
def file(server: StandIn) -> Resource:
    server.has["/set.zip"] = Resource(zipped())
    return server.has["/set.zip"]


def get(server: StandIn, target: Path, watch: Watched | None = None, query: str = "?key=secret") -> bool:
    fetched = fetch(parse_source(f"{server.url}/set.zip{query}"), target, (watch or watched()).options)
    assert read_record(target) == fetched.record
    return fetched.already


def test_fetch(server: StandIn, file: Resource, tmp_path: Path) -> None:
    target = tmp_path / "a" / "welds"
    assert not get(server, target)
    assert files_below(target) == FILES
    assert [path.name for path in target.parent.iterdir()] == ["welds"]
    record = json.loads((target / RECORD).read_text())
    assert record["source"] == record["page"] == f"{server.url}/set.zip"
    assert record["sha256"] == hashlib.sha256(file.body).hexdigest()
    assert (record["files"], record["bytes"]) == (3, sum(map(len, FILES.values())))
    assert datetime.fromisoformat(record["at"]).utcoffset() is not None
    assert "secret" not in json.dumps(record)


def test_tar(server: StandIn, tmp_path: Path) -> None:
    server.has["/set.zip"] = Resource(tarred(compression="gz"))
    get(server, tmp_path / "welds")
    assert files_below(tmp_path / "welds") == FILES


def test_same_fetch_again_does_nothing(server: StandIn, file: Resource, tmp_path: Path) -> None:
    get(server, tmp_path / "welds")
    server.asked.clear()
    (tmp_path / "welds" / "mine.txt").touch()
    assert get(server, tmp_path / "welds")
    assert get(server, tmp_path / "welds", watched(sha256=hashlib.sha256(file.body).hexdigest()))
    assert server.asked == []
    assert (tmp_path / "welds" / "mine.txt").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["welds"]


def test_same_fetch_with_another_hash_is_refused(server: StandIn, file: Resource, tmp_path: Path) -> None:
    get(server, tmp_path / "welds")
    with pytest.raises(FetchError, match=r"holds an archive with the sha256 [0-9a-f]{64}: name a new folder"):
        get(server, tmp_path / "welds", watched(sha256="0" * 64))


def a_file(target: Path) -> None:
    target.write_text("mine")


def a_full_folder(target: Path) -> None:
    target.mkdir()
    (target / "mine").write_text("mine")


def a_link(target: Path) -> None:
    (target.parent / "elsewhere").mkdir()
    target.symlink_to(target.parent / "elsewhere")


def a_broken_link(target: Path) -> None:
    target.symlink_to("nowhere")


def a_damaged_record(target: Path) -> None:
    target.mkdir()
    (target / RECORD).write_text('{"source": 1}')


@pytest.mark.parametrize(
    "make", [a_file, a_full_folder, a_link, a_broken_link, a_damaged_record], ids=lambda make: make.__name__
)
def test_what_stands_there_is_never_touched(
    server: StandIn, file: Resource, tmp_path: Path, make: Callable[[Path], None]
) -> None:
    make(tmp_path / "welds")
    before = {path: path.lstat().st_mtime_ns for path in tmp_path.rglob("*")}
    with pytest.raises(FetchError, match="welds exists: name a new folder"):
        get(server, tmp_path / "welds")
    assert {path: path.lstat().st_mtime_ns for path in tmp_path.rglob("*")} == before
    assert server.asked == []


def test_empty_folder_may_stand_there(server: StandIn, file: Resource, tmp_path: Path) -> None:
    (tmp_path / "welds").mkdir()
    get(server, tmp_path / "welds")
    assert files_below(tmp_path / "welds") == FILES


def test_fetch_of_another_source_is_refused(server: StandIn, file: Resource, tmp_path: Path) -> None:
    get(server, tmp_path / "welds")
    with pytest.raises(FetchError, match=r"welds holds http://127\.0\.0\.1:\d+/set\.zip: name a new folder"):
        get(server, tmp_path / "welds", query="?key=another")


def test_damaged_archive_leaves_nothing_and_is_fetched_anew(server: StandIn, file: Resource, tmp_path: Path) -> None:
    good = file.body
    file.body = good[:-30]
    with pytest.raises(ArchiveError, match=r"/set\.zip: the archive is damaged: .*\. Nothing of it is kept"):
        get(server, tmp_path / "welds")
    assert list(tmp_path.iterdir()) == []
    file.body = good
    assert not get(server, tmp_path / "welds")


def test_archive_that_reaches_out_leaves_nothing(server: StandIn, file: Resource, tmp_path: Path) -> None:
    file.body = zipped({"good.png": b"good", "../evil.png": b"evil"})
    with pytest.raises(ArchiveError, match="leads out of the folder"):
        get(server, tmp_path / "welds")
    assert list(tmp_path.iterdir()) == []


def test_archive_over_the_limit_is_kept_for_a_higher_one(server: StandIn, file: Resource, tmp_path: Path) -> None:
    file.body = tarred({"a.png": bytes(1_000_000)}, "gz")
    with pytest.raises(FetchError, match="--max-gb allows more"):
        get(server, tmp_path / "welds", watched(max_bytes=100_000))
    assert not list(tmp_path.glob("*/new"))
    server.asked.clear()
    get(server, tmp_path / "welds")
    assert server.asked == []
    assert [path.name for path in tmp_path.iterdir()] == ["welds"]


def test_misspelt_name_leaves_nothing_behind(server: StandIn, tmp_path: Path) -> None:
    with pytest.raises(FetchError, match="no such set"):
        get(server, tmp_path / "welds")
    assert list(tmp_path.iterdir()) == []


def test_two_sources_for_one_target_do_not_mix(server: StandIn, file: Resource, tmp_path: Path) -> None:
    file.cuts = [10_000, 0, 0, 0, 0, 0]
    with pytest.raises(NetworkError):
        get(server, tmp_path / "welds", query="?set=1")
    server.asked.clear()
    get(server, tmp_path / "welds", query="?set=2")
    assert server.ranges == [None]


def test_two_processes_do_not_fetch_the_same(server: StandIn, file: Resource, tmp_path: Path) -> None:
    file.cuts = [10_000, 0, 0, 0, 0, 0]
    with pytest.raises(NetworkError):
        get(server, tmp_path / "welds")
    (lock,) = tmp_path.glob(".welds.*.part/lock")
    with lock.open() as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(FetchError, match="another process is fetching it"):
            get(server, tmp_path / "welds")
    assert not get(server, tmp_path / "welds")


@pytest.mark.parametrize("parent", ["file", "/proc"])
def test_folder_that_cannot_be_written(server: StandIn, file: Resource, tmp_path: Path, parent: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DatasetError, match="cannot be written"):
        get(server, tmp_path / parent / "welds")


DIES = """
import os, signal, sys
import beadwatch.datasets.fetch as it
import beadwatch.datasets.fetch.unpack as unpack
from pathlib import Path
def die(*arguments, **options):
    os.kill(os.getpid(), signal.SIGKILL)
{where} = die
it.fetch(it.parse_source(sys.argv[1]), Path(sys.argv[2]), it.FetchOptions())
"""


@pytest.mark.parametrize(
    ("where", "done"),
    [("unpack._check_total", False), ("it.write_record", False), ("Path.rename", False), ("it.shutil.rmtree", True)],
)
def test_kill_after_the_download(server: StandIn, file: Resource, tmp_path: Path, where: str, done: bool) -> None:
    file.body = tarred()
    target = tmp_path / "welds"
    child = subprocess.run(
        [sys.executable, "-c", DIES.format(where=where), f"{server.url}/set.zip", str(target)],
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert child.returncode == -signal.SIGKILL, child.stderr
    assert target.exists() is done
    server.asked.clear()
    assert get(server, target, query="") is done
    assert files_below(target) == FILES
    assert server.asked == [], "what was downloaded is not downloaded again"
    assert [path.name for path in tmp_path.iterdir()] == ["welds"]


@pytest.mark.parametrize("sha256", ["", "12", "g" * 64, "0" * 63])
def test_what_is_no_hash_is_refused(sha256: str) -> None:
    with pytest.raises(FetchError, match="64 hexadecimal digits"):
        watched(sha256=sha256)
