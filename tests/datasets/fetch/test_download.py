"""Downloads end with the right bytes or a plain reason, whatever the server does in between."""

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from beadwatch.datasets.fetch.download import FIRST_GOES, GOES, download
from beadwatch.datasets.fetch.options import Remote
from beadwatch.domain.errors import FetchError, NetworkError
from tests.datasets.fetch.conftest import Watched, watched
from tests.datasets.fetch.standin import Resource, StandIn
from tests.waiting import free_port

BODY = bytes(range(256)) * 2000
SHA256 = hashlib.sha256(BODY).hexdigest()


@pytest.fixture
def file(server: StandIn) -> Resource:
    server.has["/set.zip"] = Resource(BODY)
    return server.has["/set.zip"]


def fetched(server: StandIn, folder: Path, watch: Watched | None = None, key: str = "it") -> bytes:
    folder.mkdir(exist_ok=True)
    remote = Remote(f"{server.url}/set.zip?signature=secret", key)
    partial, sha256 = download(remote, folder, (watch or watched()).options)
    data = partial.path.read_bytes()
    assert sha256 == hashlib.sha256(data).hexdigest()
    return data


def failed(server: StandIn, folder: Path, watch: Watched | None = None) -> str:
    with pytest.raises(FetchError) as raised:
        fetched(server, folder, watch)
    assert "secret" not in str(raised.value)
    assert raised.value.__cause__ is None or "secret" not in str(raised.value.__cause__)
    return f"{type(raised.value).__name__}: {raised.value}"


def test_one_go(server: StandIn, file: Resource, tmp_path: Path) -> None:
    watch = watched(sha256=SHA256.upper())
    assert fetched(server, tmp_path / "side", watch) == BODY
    assert server.ranges == [None]
    assert server.asked[0].headers["user-agent"].startswith("beadwatch/")
    assert watch.seen[-1] == ("downloading", len(BODY), len(BODY))
    assert (watch.slept, watch.said) == ([], [])


def test_broken_connections_are_taken_up_where_they_ended(server: StandIn, file: Resource, tmp_path: Path) -> None:
    file.cuts = [200_000, 100_000, 1]
    watch = watched()
    assert fetched(server, tmp_path / "side", watch) == BODY
    assert server.ranges == [None, "bytes=200000-", "bytes=300000-", "bytes=300001-"]
    assert {request.headers.get("if-range") for request in server.asked[1:]} == {'"one"'}
    assert watch.said == ["going on at 200.0 kB", "going on at 300.0 kB", "going on at 300.0 kB"]


def test_a_later_run_goes_on(server: StandIn, file: Resource, tmp_path: Path) -> None:
    file.cuts = [300_000, *[0] * GOES]
    assert "300.0 kB are kept: run the same command again" in failed(server, tmp_path / "side")
    server.asked.clear()
    assert fetched(server, tmp_path / "side") == BODY
    assert server.ranges == ["bytes=300000-"]
    server.asked.clear()
    assert fetched(server, tmp_path / "side") == BODY
    assert server.asked == [], "what is whole is not asked for again"


def test_what_is_of_another_source_or_version_is_not_added_to(server: StandIn, file: Resource, tmp_path: Path) -> None:
    file.cuts = [300_000, *[0] * GOES]
    failed(server, tmp_path / "side")
    server.asked.clear()
    assert fetched(server, tmp_path / "side", key="it, version 2") == BODY
    assert server.ranges == [None]


@pytest.mark.parametrize(
    "notes", ["", "{", "[]", '{"of": "it"}', '{"of": "it", "validator": "", "size": 1, "whole": true}']
)
def test_damaged_notes_mean_a_new_start(server: StandIn, file: Resource, tmp_path: Path, notes: str) -> None:
    (tmp_path / "side").mkdir()
    (tmp_path / "side" / "archive.part").write_bytes(b"something")
    (tmp_path / "side" / "archive.json").write_text(notes)
    assert fetched(server, tmp_path / "side") == BODY
    assert server.ranges == [None]


def changed(file: Resource) -> None:
    file.body, file.etag = BODY[::-1], '"two"'


def no_ranges(file: Resource) -> None:
    file.ranges = False


def weak(file: Resource) -> None:
    file.etag = 'W/"one"'


def no_state(file: Resource) -> None:
    file.etag = None


@pytest.mark.parametrize("change", [changed, no_ranges], ids=lambda change: change.__name__)
def test_whole_file_is_stored_anew(
    server: StandIn, file: Resource, tmp_path: Path, change: Callable[[Resource], None]
) -> None:
    file.cuts = [300_000, *[0] * GOES]
    failed(server, tmp_path / "side")
    change(file)
    server.asked.clear()
    assert fetched(server, tmp_path / "side") == file.body
    assert server.ranges == ["bytes=300000-"]


@pytest.mark.parametrize("change", [weak, no_state], ids=lambda change: change.__name__)
def test_bytes_that_cannot_be_tied_to_a_state_are_never_added_to(
    server: StandIn, file: Resource, tmp_path: Path, change: Callable[[Resource], None]
) -> None:
    change(file)
    file.cuts = [300_000]
    assert fetched(server, tmp_path / "side") == BODY
    assert server.ranges == [None, None]


def test_server_that_sends_parts_of_what_it_is_asked_for(server: StandIn, file: Resource, tmp_path: Path) -> None:
    file.cuts, file.at_most = [100_000], 200_000
    assert fetched(server, tmp_path / "side") == BODY
    assert server.ranges == [None, "bytes=100000-", "bytes=300000-", "bytes=500000-"]


def test_date_of_change_stands_in_for_an_etag(server: StandIn, file: Resource, tmp_path: Path) -> None:
    file.etag, file.last_modified, file.cuts = None, "Mon, 02 Jan 2023 03:04:05 GMT", [300_000]
    assert fetched(server, tmp_path / "side") == BODY
    assert server.ranges == [None, "bytes=300000-"]
    assert server.asked[1].headers["if-range"] == file.last_modified


def test_part_of_a_changed_file_is_noticed_though_the_server_ignores_if_range(
    server: StandIn, file: Resource, tmp_path: Path
) -> None:
    file.cuts = [300_000, *[0] * GOES]
    failed(server, tmp_path / "side")
    changed(file)
    file.believes_if_range = False
    server.asked.clear()
    assert fetched(server, tmp_path / "side") == file.body
    assert server.ranges == ["bytes=300000-", None]


def test_file_that_shrank_is_fetched_anew(server: StandIn, file: Resource, tmp_path: Path) -> None:
    file.cuts = [300_000, *[0] * GOES]
    failed(server, tmp_path / "side")
    file.body, file.believes_if_range = b"short", False
    assert fetched(server, tmp_path / "side") == b"short"


def test_file_without_a_length(server: StandIn, file: Resource, tmp_path: Path) -> None:
    file.says_length = False
    watch = watched()
    assert fetched(server, tmp_path / "side", watch) == BODY
    assert watch.seen[-1] == ("downloading", len(BODY), None)


def test_length_that_is_never_reached_fails_after_some_goes(server: StandIn, file: Resource, tmp_path: Path) -> None:
    file.announced, file.ranges = len(BODY) + 1000, False
    watch = watched()
    assert "NetworkError" in failed(server, tmp_path / "side", watch)
    assert len(server.asked) == GOES + 1
    assert watch.slept == sorted(watch.slept)
    assert sum(watch.slept) < 60


@pytest.mark.parametrize(
    ("status", "says"),
    [
        (401, r"not allowed \(HTTP 401\). A login goes into ~/.netrc"),
        (403, r"not allowed \(HTTP 403\)"),
        (404, r"no such set \(HTTP 404\)"),
        (410, r"no such set \(HTTP 410\)"),
        (418, r"unexpected answer \(HTTP 418\)"),
        (202, r"no file there yet, or none at all \(HTTP 202\)"),
    ],
)
def test_refusal_is_said_at_once(server: StandIn, file: Resource, tmp_path: Path, status: int, says: str) -> None:
    file.statuses = [status] * 9
    with pytest.raises(FetchError, match=says):
        fetched(server, tmp_path / "side")
    assert len(server.asked) == 1


@pytest.mark.parametrize("status", [429, 500, 503])
def test_overloaded_server_is_asked_again(server: StandIn, file: Resource, tmp_path: Path, status: int) -> None:
    file.statuses = [status]
    watch = watched()
    assert fetched(server, tmp_path / "side", watch) == BODY
    assert len(watch.slept) == 1
    file.statuses = [status] * 9
    server.asked.clear()
    assert f"HTTP {status}); try again later" in failed(server, tmp_path / "other")
    assert len(server.asked) == FIRST_GOES


def test_nobody_there(tmp_path: Path) -> None:
    gone = StandIn(f"http://127.0.0.1:{free_port()}")
    assert "is there a network" in failed(gone, tmp_path / "side")


def test_name_that_does_not_resolve(tmp_path: Path) -> None:
    with pytest.raises(NetworkError, match="its name cannot be resolved; is there a network"):
        fetched(StandIn("https://nowhere.invalid"), tmp_path / "side")


def test_wrong_hash_removes_what_came(server: StandIn, file: Resource, tmp_path: Path) -> None:
    wrong = "0" * 64
    message = failed(server, tmp_path / "side", watched(sha256=wrong))
    assert SHA256 in message
    assert wrong in message
    assert list((tmp_path / "side").iterdir()) == []


@pytest.mark.parametrize("says_length", [True, False])
def test_more_than_allowed_is_not_written(server: StandIn, file: Resource, tmp_path: Path, says_length: bool) -> None:
    file.says_length = says_length
    message = failed(server, tmp_path / "side", watched(max_bytes=100_000))
    assert "larger than 100.0 kB; --max-gb allows more" in message
    assert (tmp_path / "side" / "archive.part").stat().st_size <= 100_000


def test_too_little_room_is_said_before_anything_comes(
    server: StandIn, file: Resource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: SimpleNamespace(free=1000))
    assert "the disk has 1.0 kB free, the download needs 512.0 kB" in failed(server, tmp_path / "side")
    assert (tmp_path / "side" / "archive.part").stat().st_size == 0


def test_disk_that_fills_up_on_the_way(server: StandIn, file: Resource, tmp_path: Path) -> None:
    """The bytes go to /dev/full, which is full as a disk is."""
    (tmp_path / "side").mkdir()
    (tmp_path / "side" / "archive.part").symlink_to("/dev/full")
    assert "the disk is full. What has come is kept" in failed(server, tmp_path / "side")


def test_plain_http_from_afar_needs_a_hash(server: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A redirect leads over a host that is no loopback; the name is made to lead here."""
    import socket

    real = socket.getaddrinfo
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda host, *rest: real("127.0.0.1" if host == "far.example" else host, *rest)
    )
    monkeypatch.setenv("NO_PROXY", "*")
    server.has["/real.zip"] = Resource(BODY)
    far = server.url.replace("127.0.0.1", "far.example")
    server.has["/set.zip"] = Resource(location=f"{far}/real.zip?signature=secret")
    assert "far.example" in (message := failed(server, tmp_path / "side"))
    assert "plain http can be tampered with; use https, or give --sha256" in message
    assert fetched(server, tmp_path / "side", watched(sha256=SHA256)) == BODY
