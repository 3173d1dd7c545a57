"""A real station under constant requests while releases come and go back, and one that is killed in between."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from beadwatch.services.releases import open_channel
from beadwatch.settings import load_settings
from tests.pictures import png
from tests.releases import bundle
from tests.waiting import free_port, until

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("models_dir")]
FORCED = {"name": "rosa", "reason": "a test"}
PICTURE = {"image": ("a.png", png(), "image/png")}
WITHIN_S = 10.0


@contextmanager
def served(port: int) -> Iterator["subprocess.Popen[bytes]"]:
    """Run `beadwatch serve` as a process of its own, once it answers; end it by its id."""
    with started(port) as process:
        until(lambda: process.poll() is not None or answers(port), 60)
        assert process.poll() is None
        yield process


@contextmanager
def started(port: int) -> Iterator["subprocess.Popen[bytes]"]:
    """Start `beadwatch serve` without waiting for it; end it by its id."""
    command = [sys.executable, "-c", "from beadwatch.cli import main; main()", "serve", "--port", str(port)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.kill()


def answers(port: int) -> bool:
    try:
        return httpx2.get(f"http://127.0.0.1:{port}/readyz", timeout=5).status_code == 200
    except httpx2.TransportError:
        return False


class Asking:
    """Asks a station without a pause, in a thread; keeps each answer's status and the version that gave it."""

    def __init__(self, port: int) -> None:
        self.url, self.got, self._stop = f"http://127.0.0.1:{port}", list[tuple[int, str]](), threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> "Asking":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(30)

    def _run(self) -> None:
        with httpx2.Client(timeout=30) as client:
            while not self._stop.is_set():
                try:
                    answer = client.post(f"{self.url}/v1/inspections", data={"task": "tig"}, files=PICTURE)
                    self.got.append((answer.status_code, answer.json().get("model_version", answer.text)))
                except httpx2.TransportError as error:
                    self.got.append((0, repr(error)))

    def wait_for(self, version: str) -> None:
        """Wait until that version answers, which it must within the time that is promised."""
        began_s = time.monotonic()
        until(lambda: self.got and self.got[-1][1] == version, 60)
        assert time.monotonic() - began_s < WITHIN_S

    def versions(self) -> list[str]:
        """Return the versions that answered, each run of them once."""
        named = [version for _, version in self.got]
        return [version for index, version in enumerate(named) if index == 0 or named[index - 1] != version]


def test_releases_are_taken_over_without_a_request_that_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BEADWATCH_RELEASES_URL", str(tmp_path / "channel"))
    channel, port = open_channel(load_settings()), free_port()
    channel.publish(bundle(tmp_path / "bundles", "tig-2"), "tig", "rosa", {}, FORCED)
    with served(port) as process, Asking(port) as asking:
        asking.wait_for("tig-2")
        channel.publish(bundle(tmp_path / "bundles", "tig-3"), "tig", "rosa", {}, FORCED)
        asking.wait_for("tig-3")
        channel.rollback("tig", "ada", "misses pores")
        asking.wait_for("tig-2")
        assert httpx2.get(f"{asking.url}/v1/bundles/tig").json()["version"] == "tig-2"
        assert process.poll() is None
    assert {status for status, _ in asking.got} == {201}
    assert asking.versions() == ["tig-2", "tig-3", "tig-2"]


def test_killed_while_it_takes_a_release_over_it_starts_again_with_a_whole_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BEADWATCH_RELEASES_URL", str(tmp_path / "channel"))
    port, taken = free_port(), tmp_path / "data" / "releases" / "tig"
    open_channel(load_settings()).publish(bundle(tmp_path / "bundles", "tig-2"), "tig", "rosa", {}, FORCED)
    with started(port) as process:
        until(lambda: any(taken.glob("*")), 60)  # it is fetching
        os.kill(process.pid, signal.SIGKILL)
        process.wait(30)
    taken.joinpath(f"{'ab' * 32}.{'0' * 32}.part").mkdir()  # what a kill may leave
    kept = (taken / "taken.json").exists()
    (tmp_path / "channel").rename(tmp_path / "away")
    (tmp_path / "channel").write_text("out of reach")
    with served(port):  # it has what it had taken, or what is in the models folder; whole
        assert version(port) == ("tig-2" if kept else "tig-1")
        (tmp_path / "channel").unlink()
        (tmp_path / "away").rename(tmp_path / "channel")
        until(lambda: version(port) == "tig-2", WITHIN_S)
    assert json.loads((taken / "taken.json").read_text())["version"] == "tig-2"
    assert not list(taken.glob("*.part"))


def version(port: int) -> str:
    answer = httpx2.get(f"http://127.0.0.1:{port}/v1/bundles/tig", timeout=30)
    assert answer.status_code == 200
    return str(answer.json()["version"])
