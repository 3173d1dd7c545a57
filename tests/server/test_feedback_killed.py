"""A real station that is killed in mid-upload, and again after the row is written: nothing is lost or doubled."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path

import httpx2
import pytest

from beadwatch.domain.accounts import Role
from beadwatch.settings import load_settings
from beadwatch.wiring import build_station
from tests.pictures import encoded, noise
from tests.server.feedback_made import bearer, token_for, upload
from tests.waiting import until

pytestmark = pytest.mark.slow
PICTURE = encoded(noise(600, 400))


@contextmanager
def served(port: int) -> Iterator["subprocess.Popen[bytes]"]:
    """Run `beadwatch serve` as a process of its own; end it by its id."""
    command = [sys.executable, "-c", "from beadwatch.cli import main; main()", "serve", "--port", str(port)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            until(lambda: process.poll() is not None or listens(port))
            assert process.poll() is None
            yield process
        finally:
            process.kill()


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def request(token: str) -> httpx2.Request:
    """Return the whole request of an upload, with its body in memory."""
    made = httpx2.Request("POST", "http://station/v1/feedback", headers=bearer(token), **upload(picture=PICTURE))
    made.read()
    return made


def state() -> tuple[int, int, list[str]]:
    """Return how many rows and pictures are stored, and what else lies among the pictures."""
    with closing(build_station(load_settings())) as station, station.accounts._engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT count(*) FROM feedback").scalar_one()
    files = [path.name for path in Path("data/blobs").rglob("*") if path.is_file()]
    return rows, sum(len(name) == 64 for name in files), [name for name in files if len(name) != 64]


def test_killed_in_mid_upload_and_sent_again_is_there_once() -> None:
    with closing(build_station(load_settings())) as station:
        token = token_for(station, "ada", Role.REVIEWER)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    made = request(token)
    body = made.read()
    headers = {name: value for name, value in made.headers.items() if name != "host"}

    with served(port) as process:
        half = HTTPConnection("127.0.0.1", port, timeout=30)
        half.putrequest("POST", "/v1/feedback")
        for name, value in headers.items():
            half.putheader(name, value)
        half.endheaders(body[: len(body) // 2])
        # Only when the station has asked for more does it hold the first half.
        assert httpx2.get(f"http://127.0.0.1:{port}/healthz", timeout=30).status_code == 200
        os.kill(process.pid, signal.SIGKILL)
        process.wait(30)
        half.close()
    assert state() == (0, 0, [])

    with served(port) as process:
        whole = HTTPConnection("127.0.0.1", port, timeout=30)
        whole.request("POST", "/v1/feedback", body, headers)
        until(lambda: state()[0])  # the row is there; the answer need not have arrived
        os.kill(process.pid, signal.SIGKILL)
        process.wait(30)
        whole.close()
    assert state() == (1, 1, [])

    with served(port):
        answer = httpx2.post(f"http://127.0.0.1:{port}/v1/feedback", content=body, headers=headers, timeout=30)
        assert answer.status_code == 200
        listed = httpx2.get(f"http://127.0.0.1:{port}/v1/feedback", headers=bearer(token), timeout=30).json()
        assert [found["id"] for found in listed["feedback"]] == [f"{1:032x}"]
    assert state() == (1, 1, [])
