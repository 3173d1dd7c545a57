"""Command lines are found on a page as a reader finds them, and one that cannot be typed is noticed."""

from pathlib import Path

import pytest
import typer

from tests.cli.conftest import Run, beadwatch
from tests.docs.pages import commands_of, parts_of
from tests.docs.typist import Typist, parse

__all__ = ["beadwatch"]
(USAGE_ERROR,) = typer.BadParameter.__bases__
PAGE = """# A page

```sh
make run      # serves
beadwatch inspect a#b.jpg
curl -s http://127.0.0.1 \\
  -d '{"a": 1}'   # two lines
python -c '
print(1)'
# nothing but a comment
```

```text
beadwatch not this
```

```console
$ beadwatch flows run collect
its output
```
"""


def test_blocks_of_shells_are_read_and_no_others(tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text(PAGE)
    assert commands_of(tmp_path / "page.md") == [
        "make run",
        "beadwatch inspect a#b.jpg",
        "curl -s http://127.0.0.1   -d '{\"a\": 1}'",
        "python -c '\nprint(1)'",
        "beadwatch flows run collect",
    ]


def test_a_line_is_taken_apart_at_what_joins_its_commands() -> None:
    line = """beadwatch a --why "x && y" && beadwatch b | jq '.x | .y'"""
    assert parts_of(line) == [
        ("", ["beadwatch", "a", "--why", "x && y"]),
        ("&&", ["beadwatch", "b"]),
        ("|", ["jq", ".x | .y"]),
    ]


@pytest.mark.parametrize(
    "command",
    [
        "beadwatch inspect a.jpg --modle tig",
        "beadwatch inspekt a.jpg",
        "beadwatch data splitt photos",
        "BEADWATCH_MODELS_DIR=x beadwatch serve --port many",
        "true && .venv/bin/beadwatch inspect",
    ],
)
def test_what_the_command_line_does_not_know_is_noticed(command: str) -> None:
    with pytest.raises(USAGE_ERROR):
        parse(command)


@pytest.mark.parametrize(
    "command",
    [
        "beadwatch inspect nowhere.jpg",
        "beadwatch inspect nowhere.jpg && beadwatch --version",
        "make no-such-target",
        "pip install 'beadwatch[nothing]'",
        "curl http://127.0.0.1:9/",
        "BEADWATCH_THREADS=many beadwatch doctor",
    ],
)
def test_a_command_that_fails_is_noticed(
    beadwatch: Run, models_dir: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    with pytest.raises(AssertionError):
        Typist(beadwatch, monkeypatch, {}).type(command, frozenset({0}))
