"""A file, or standard output, with one JSON object a line. Knows no other format and rotates nothing."""

import json
import os
import sys
from collections import deque
from pathlib import Path
from typing import BinaryIO

from beadwatch.domain.errors import SinkError
from beadwatch.domain.line import FrameResult, InspectionEvent, RunInfo
from beadwatch.line.sinks.message_json import JsonReady, encode
from beadwatch.line.sinks.port import Message

STANDARD_OUTPUT = "-"
_LAST_PART = 1 << 20  # bytes of the file that are searched for events that are there already
_REMEMBERED = 4096  # events; only the last few can be repeated


class JsonLinesSink:
    """Appends messages to a file. An event that is in it already is not written twice."""

    def __init__(self, path: str | Path, frames: bool = False) -> None:
        """Take the path of the file, or `-` for standard output; `frames` asks for a line for every frame."""
        self._path = None if str(path) == STANDARD_OUTPUT else Path(path).absolute()
        self.name = f"jsonl:{self._path or STANDARD_OUTPUT}"
        self.wants_frames = frames
        self._file: BinaryIO | None = None
        self._torn = False
        self._written: deque[str] = deque(maxlen=_REMEMBERED)

    def open(self, run: RunInfo) -> None:
        """Open the file, close a line that a killed process left open, and write the run.

        Raises:
            SinkError: the file cannot be written.
        """
        if self._path is None:
            self._file = sys.stdout.buffer
        else:
            try:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                self._file = self._path.open("ab", buffering=0)
                if self._path.is_file():  # a device or a pipe has no end to look back from
                    self._look_back(self._path)
            except OSError as error:
                raise SinkError(f"{self._path} cannot be opened for writing: {error.strerror}") from error
        self._write(run)

    def send(self, message: Message) -> None:
        """Write a message; an event returns once it is on the disk.

        Raises:
            SinkError: it cannot be written.
        """
        if isinstance(message, FrameResult) and not self.wants_frames:
            return
        if not isinstance(message, InspectionEvent):
            self._write(message)
        elif message.message_id not in self._written:
            self._write(message, to_disk=True)
            self._written.append(message.message_id)

    def close(self) -> None:
        """Close the file; standard output stays open."""
        if self._file is not None and self._path is not None:
            self._file.close()

    def _look_back(self, path: Path) -> None:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            start = file.seek(max(0, size - _LAST_PART))
            lines = file.read().split(b"\n")
        self._torn = lines[-1] != b""
        for line in lines[1 if start else 0 :]:
            try:
                entry = json.loads(line)
            except ValueError:  # a line that was torn
                continue
            if isinstance(entry, dict) and isinstance(entry.get("message_id"), str):
                self._written.append(entry["message_id"])

    def _write(self, message: JsonReady, to_disk: bool = False) -> None:
        if self._file is None:
            raise RuntimeError("open the sink before sending")
        line = memoryview((b"\n" if self._torn else b"") + encode(message) + b"\n")
        try:
            while line:
                self._torn = True
                line = line[self._file.write(line) :]
            self._torn = False
            self._file.flush()
            if to_disk and self._path is not None and self._path.is_file():
                os.fsync(self._file.fileno())
        except (OSError, ValueError) as error:  # ValueError: somebody closed standard output
            raise SinkError(f"{self.name} cannot be written: {error}") from error
