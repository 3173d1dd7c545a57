"""The command lines of the pages: what stands in their `sh` blocks, and after `$` in their `console` blocks."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

from tests.real import CHECKOUT

PAGES = [CHECKOUT / "README.md", CHECKOUT / "CONTRIBUTING.md", *sorted((CHECKOUT / "docs").glob("*.md"))]
_BLOCK = re.compile(r"^```(?P<kind>[a-z]*)\n(?P<lines>.*?)^```", re.MULTILINE | re.DOTALL)
_SHELLS = {"sh", "bash", "shell", "console"}
_COMMENT = re.compile(r"(^|\s+)# .*$", re.MULTILINE)


def commands_of(page: Path) -> list[str]:
    """Return the command lines of a page in its order, without comments, those over several lines joined."""
    return list(_commands(page.read_text(encoding="utf-8")))


def _commands(text: str) -> Iterator[str]:
    for block in _BLOCK.finditer(text):
        if block["kind"] not in _SHELLS:
            continue
        lines = _COMMENT.sub("", block["lines"]).splitlines()
        if block["kind"] == "console":
            lines = [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
        begun = ""
        for line in lines:
            begun += line
            if begun.endswith("\\"):
                begun = begun.removesuffix("\\")
            elif not _is_whole(begun):
                begun += "\n"
            else:
                if begun.strip():
                    yield begun.strip()
                begun = ""
        assert not begun, f"a command that does not end: {begun}"


def _is_whole(command: str) -> bool:
    try:
        shlex.split(command)
    except ValueError:  # a quote is open
        return False
    return True


def parts_of(command: str) -> list[tuple[str, list[str]]]:
    """Return the commands of a line, each with what stands before it: nothing, `&&` or `|`."""
    words = shlex.shlex(command, posix=True, punctuation_chars="|&")
    words.whitespace_split, words.commenters = True, ""
    parts: list[tuple[str, list[str]]] = [("", [])]
    for word in words:
        if word in {"&&", "|"}:
            parts.append((word, []))
        else:
            parts[-1][1].append(word)
    return parts
