"""Idle connections, however many, do not stop a station, nor fill its log."""

import http.client
import os
import resource
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path

import pytest

from beadwatch.server.connections import BoundedListener, Connections, connections_for
from tests.waiting import free_port, until

FILES = 128
IDLE = 150
HALF_A_HEAD = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX"


def health(port: int) -> int | None:
    """Return the status of the health check; None where the station does not answer."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as client, suppress(OSError):
        client.request("GET", "/healthz")
        return client.getresponse().status
    return None


@contextmanager
def station(log: Path, *options: str) -> Iterator[int]:
    """Run a station that may open few files; yield its port."""
    port = free_port()
    limited = f"import resource; resource.setrlimit(resource.RLIMIT_NOFILE, ({FILES}, {FILES}))"
    code = f"{limited}; from beadwatch.cli import main; main()"
    command = [sys.executable, "-c", code, "serve", "--port", str(port), *options]

    with log.open("w") as err, subprocess.Popen(command, stderr=err) as process:
        try:
            yield port
        finally:
            process.terminate()


def test_station_answers_beside_and_after_more_idle_connections_than_it_has_files(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with station(log) as port:
        until(lambda: health(port) == 200, 60)
        with ExitStack() as stack:
            for number in range(IDLE):
                idle = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=30))
                if number % 2:
                    idle.sendall(HALF_A_HEAD)
            assert health(port) == 200
        assert health(port) == 200
    assert log.stat().st_size < 1000


def test_busy_connections_stay_and_the_oldest_idle_one_goes() -> None:
    connections = Connections(3)
    with ExitStack() as stack:
        pairs = [tuple(map(stack.enter_context, socket.socketpair())) for _ in range(5)]
        for peer, (here, _) in enumerate(pairs[:3]):
            connections.opened(peer, here)
        connections.busy(0)
        connections.busy(1)
        connections.idle(1)  # later than 2
        connections.opened(3, pairs[3][0])
        connections.opened(4, pairs[4][0])
        for _, there in pairs:
            there.setblocking(False)
        assert [_is_closed(there) for _, there in pairs] == [False, True, True, False, False]
        assert len(connections) == 3


def test_connection_that_was_closed_makes_room_by_itself() -> None:
    connections = Connections(1)
    with ExitStack() as stack:
        first, second = (tuple(map(stack.enter_context, socket.socketpair())) for _ in range(2))
        connections.opened("first", first[0])
        first[0].close()
        connections.opened("second", second[0])
        second[1].setblocking(False)
        assert not _is_closed(second[1])
        connections.closed("second")
        assert len(connections) == 0


def _is_closed(peer: socket.socket) -> bool:
    try:
        return peer.recv(1) == b""
    except BlockingIOError:
        return False


def test_no_more_files_is_one_line_and_no_busy_loop(caplog: pytest.LogCaptureFixture) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with ExitStack() as stack:
        listener = stack.enter_context(BoundedListener(socket.create_server(("127.0.0.1", 0)), Connections(10)))
        listener.setblocking(False)
        client = stack.enter_context(socket.create_connection(listener.getsockname(), timeout=30))
        stack.callback(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        highest = max(int(each.name) for each in Path("/proc/self/fd").iterdir())
        resource.setrlimit(resource.RLIMIT_NOFILE, (highest, hard))
        stack.enter_context(_all_files_taken())
        with pytest.raises(BlockingIOError):
            listener.accept()
        assert client.recv(1) == b"", "what waited was sent away: nothing is offered again"
    (record,) = caplog.records
    assert (record.levelname, record.exc_info) == ("WARNING", None)


@contextmanager
def _all_files_taken() -> Iterator[None]:
    taken: list[int] = []
    try:
        with suppress(OSError):
            while True:
                taken.append(os.open(os.devnull, os.O_RDONLY))
        yield
    finally:
        for each in taken:
            os.close(each)


@pytest.mark.parametrize(
    ("soft", "hard", "wanted", "expected"),
    [
        (resource.RLIM_INFINITY, resource.RLIM_INFINITY, 1000, (1000, 128)),
        (100_000, 100_000, 1000, (1000, 128)),
        (1024, 524_288, 1000, (1000, 128)),
        (1024, resource.RLIM_INFINITY, 1000, (1000, 128)),
        (1024, 1024, 1000, (640, 128)),
        (128, 128, 1000, (48, 16)),
        (1024, 1024, 10, (10, 128)),
        (16, 16, 1000, (1, 2)),
    ],
)
def test_connections_leave_files_for_the_rest(
    monkeypatch: pytest.MonkeyPatch, soft: int, hard: int, wanted: int, expected: tuple[int, int]
) -> None:
    limit = [soft, hard]
    monkeypatch.setattr(resource, "getrlimit", lambda _: tuple(limit))
    monkeypatch.setattr(resource, "setrlimit", lambda _, new: limit.__setitem__(slice(None), new))
    assert connections_for(wanted) == expected
    assert limit[1] == hard
