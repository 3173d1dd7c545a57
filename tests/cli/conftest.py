"""Runs the command line as a person would: `main`, with its exit code and both outputs."""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from beadwatch.cli import main


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run of the command line came to."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The output as JSON lines."""
        return [json.loads(line, parse_constant=_refused) for line in self.out.splitlines()]


def _refused(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


Run = Callable[..., Outcome]


@pytest.fixture
def beadwatch(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Return a function that runs `beadwatch` with the arguments it is given."""

    def run(*arguments: object) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["beadwatch", *map(str, arguments)])
        capsys.readouterr()
        code: object = 0
        try:
            main()
        except SystemExit as left:
            code = left.code or 0
        captured = capsys.readouterr()
        assert isinstance(code, int)
        return Outcome(code, captured.out, captured.err)

    return run
