"""Somebody who types what a page says: `beadwatch` in this process, `make` as a dry run, other programs as they are."""

import os
import re
import subprocess
import tomllib
from collections.abc import Callable, Mapping

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from beadwatch.cli import app
from tests.cli.conftest import Run
from tests.docs.pages import parts_of
from tests.real import CHECKOUT

Swap = str | Callable[[list[str]], str]
_BEADWATCH = {"beadwatch", ".venv/bin/beadwatch"}
_SETS = re.compile(r"([A-Z_]+)=(.*)", re.DOTALL)


class Typist:
    """Types one command after the other. `swaps` is what to type instead of a page's example addresses and ids.

    A swap may be made of what the commands before have printed.
    """

    def __init__(self, run: Run, monkeypatch: pytest.MonkeyPatch, swaps: Mapping[str, Swap]) -> None:
        self._run, self._monkeypatch, self._swaps = run, monkeypatch, swaps
        self.printed: list[str] = []

    def type(self, command: str, codes: frozenset[int]) -> None:
        """Type a command line; it must end with one of `codes`."""
        for example, swap in self._swaps.items():
            if example in command:
                command = command.replace(example, swap if isinstance(swap, str) else swap(self.printed))
        out, code = "", 0
        for joint, words in parts_of(command):
            assert joint != "&&" or code == 0
            code, out = self._type(words, out if joint == "|" else "")
        assert code in codes, f"{command}: exit code {code}, {out}"
        self.printed.append(out)

    def _type(self, words: list[str], given: str) -> tuple[int, str]:
        if words[0] == "export":
            for setting in words[1:]:
                self._set(setting, self._monkeypatch)
            return 0, ""
        with self._monkeypatch.context() as for_this:
            while _SETS.fullmatch(words[0]):
                self._set(words.pop(0), for_this)
            if words[0] in _BEADWATCH:
                assert "serve" not in words[1:3], "it would serve until it is stopped: list it among what is not typed"
                outcome = self._run(*words[1:])
                return outcome.code, outcome.out or outcome.err
            if words[0] == "pip":
                return _is_offered(words), ""
            if words[0] == "make":
                words = ["make", "--dry-run", "-C", str(CHECKOUT), *words[1:]]
            if words[0] == "curl":
                words = ["curl", "--silent", "--show-error", "--fail-with-body", *words[1:]]
            done = subprocess.run(words, input=given, capture_output=True, text=True, check=False, env=os.environ)
            return done.returncode, done.stdout or done.stderr

    @staticmethod
    def _set(setting: str, monkeypatch: pytest.MonkeyPatch) -> None:
        match = _SETS.fullmatch(setting)
        assert match
        monkeypatch.setenv(match[1], match[2])


def _is_offered(words: list[str]) -> int:
    """Return 0 where these words install us with extras that there are: nothing is installed."""
    wanted = re.fullmatch(r"beadwatch\[(.+)\]", words[-1])
    extras = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    return int(words[1] != "install" or wanted is None or not set(wanted[1].split(",")) <= set(extras))


def parse(command: str) -> None:
    """Have the arguments of each `beadwatch` in a line taken apart, and run nothing.

    Raises:
        UsageError: there is no such command or option, or a value is none.
    """
    for _, words in parts_of(command):
        while words and _SETS.fullmatch(words[0]):
            words.pop(0)
        if words[0] not in _BEADWATCH:
            continue
        parsed, rest = get_command(app), words[1:]
        context = parsed.context_class(parsed, info_name="beadwatch")
        while isinstance(parsed, TyperGroup):
            name, found, rest = parsed.resolve_command(context, rest)
            assert found is not None
            parsed = found
            if isinstance(parsed, TyperGroup):
                context = parsed.context_class(parsed, info_name=name, parent=context)
            else:
                context = parsed.make_context(name, rest, parent=context)
