"""`beadwatch watch` as a process of its own, and what it leaves behind."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl

from beadwatch.line.frame_record import read_frames
from beadwatch.storage.database import open_database
from beadwatch.storage.run_store import RunStore, StoredRun
from tests.real import CHECKOUT
from tests.waiting import until

SMALL = "fps=25&width=320&height=180&seed=3"  # what a busy machine keeps up with


class Process:
    """One `beadwatch watch` with the model that ships, in a folder of its own."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        """Start it."""
        self.folder = folder
        self.log = folder / "watch.log"
        environment = os.environ | {
            "BEADWATCH_MODELS_DIR": str(CHECKOUT / "models"),
            "BEADWATCH_DATA_DIR": str(folder / "var"),
            "COLUMNS": "200",
        }
        command = [str(Path(sys.executable).with_name("beadwatch")), "watch", *arguments]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(command, env=environment, cwd=folder, stdout=log, stderr=log)

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    @property
    def output(self) -> str:
        """What it has printed."""
        return self.log.read_text(encoding="utf-8")

    def says(self, *words: str) -> None:
        """Wait until it has printed each of these words."""
        until(lambda: all(word in self.output for word in words) or self._process.poll() is not None, 60)
        missing = [word for word in words if word not in self.output]
        assert not missing, f"{missing} not in {self.output}"

    def wait(self) -> int:
        """Wait until it ends; return its exit status."""
        return self._process.wait(60)

    def end(self, number: int = signal.SIGINT) -> int:
        """Send a signal and wait for the end."""
        self._process.send_signal(number)
        return self.wait()

    def kill_if_running(self) -> None:
        """End it for sure."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()


@contextmanager
def watching(folder: Path, *arguments: str) -> Iterator[Process]:
    """Watch for a `with` block."""
    process = Process(folder, *arguments)
    try:
        yield process
    finally:
        process.kill_if_running()


@contextmanager
def opened_store(folder: Path) -> Iterator[RunStore]:
    """Open the database that a watch has left in a folder."""
    store = RunStore(open_database(f"sqlite:///{folder / 'var' / 'beadwatch.db'}"))
    try:
        yield store
    finally:
        store.close()


def runs(folder: Path) -> list[StoredRun]:
    """Return the runs of a folder, the oldest first."""
    with opened_store(folder) as store:
        return store.find()[::-1]


def frames(folder: Path, run_id: str) -> pl.DataFrame:
    """Return the record of a run's frames."""
    return read_frames(folder / "var" / "runs" / run_id)


def told(folder: Path) -> list[tuple[str, dict[str, Any]]]:
    """Return message id and body of every event in the store, in order."""
    with opened_store(folder) as store:
        return [(body["message_id"], body) for _, body in store.after("line-1", 0, 1000)]
