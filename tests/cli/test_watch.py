"""What `beadwatch watch` shows waits for nobody."""

import logging
import sys
import threading

import pytest

from beadwatch.cli.watch import _log_aside


def test_a_log_that_is_held_holds_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    class Held:
        gate, written = threading.Event(), ""

        def write(self, text: str) -> None:
            self.gate.wait(10)
            self.written += text

        def flush(self) -> None:
            pass

    monkeypatch.setattr(sys, "stderr", held := Held())
    with _log_aside():
        for number in range(3):
            logging.getLogger("beadwatch").warning("the broker is away, %d", number)
        assert held.written == ""
        held.gate.set()
    assert held.written.splitlines() == [f"the broker is away, {number}" for number in range(3)]
