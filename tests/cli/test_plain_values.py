"""Values that are converted without Pydantic come out as Typer itself converts them, refusals included."""

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import pytest
import typer
from typer.main import get_command

from beadwatch.cli.plain_values import _Plain, take_plain_values


class Metal(StrEnum):
    """A choice."""

    STEEL = "steel"
    COPPER = "copper"


app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def weld(
    paths: Annotated[list[Path], typer.Argument()],
    name: Annotated[str, typer.Option()] = "unnamed",
    metal: Annotated[Metal | None, typer.Option()] = None,
    loose: Annotated[Metal, typer.Option(case_sensitive=False)] = Metal.STEEL,
    out: Annotated[Path | None, typer.Option()] = None,
    there: Annotated[Path | None, typer.Option(exists=True)] = None,
    tags: Annotated[list[str] | None, typer.Option("--tag")] = None,
    count: Annotated[int, typer.Option(min=1)] = 1,
    wet: Annotated[bool, typer.Option()] = False,
) -> None:
    """Say what came in."""
    typer.echo(f"{paths!r} {name!r} {metal!r} {loose!r} {out!r} {there!r} {tags!r} {count!r} {wet!r}")


@app.command()
def other() -> None:
    """Make a group of it."""


@pytest.mark.parametrize(
    "arguments",
    [
        "a",
        "a b/c ../d --name x --metal copper --loose COPPER --out o.json --tag 1 --tag 2 --count 3 --wet",
        "a --no-wet --there .",
        "a --metal wood",
        "a --metal STEEL",
        "a --loose wood",
        "a --count 0",
        "a --count many",
        "a --there nowhere",
        "a --out",
        "a --unknown",
        "--name x",
        "--help",
        "",
    ],
)
def test_typer_converts_the_same(arguments: str, capsys: pytest.CaptureFixture[str]) -> None:
    line = ["weld", *arguments.split()]
    assert outcome(line, capsys, plainly=True) == outcome(line, capsys, plainly=False)


@pytest.mark.parametrize("path", ["", "locked", "x" * 5000, "nul\0"])
def test_paths_that_the_system_refuses_are_refused_the_same(
    path: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("locked").write_text("")
    monkeypatch.setattr(os, "access", lambda path, _mode: path != "locked" and path != Path("locked"))
    plain = outcome(["weld", "a", path], capsys, plainly=True)
    assert plain == outcome(["weld", "a", path], capsys, plainly=False)
    assert plain[0] == (2 if path in {"locked", "nul\0"} else 0)


def test_typer_still_keeps_its_converters_where_we_put_ours() -> None:
    command = get_command(app)
    context = command.context_class(command)
    take_plain_values(command, context)
    kept = {each.name: each._runtime_param for each in command.commands["weld"].params}  # type: ignore[attr-defined]
    assert {name for name, one in kept.items() if isinstance(one, _Plain)} == {
        *("paths", "name", "metal", "out", "tags", "wet"),
    }


def outcome(arguments: list[str], capsys: pytest.CaptureFixture[str], *, plainly: bool) -> tuple[object, str, str]:
    """Return exit code and outputs of the app, with our conversion or Typer's."""
    command = get_command(app)
    if plainly:
        take_plain_values(command, command.context_class(command))
    with pytest.raises(SystemExit) as left:
        command.main(args=arguments, prog_name="weld")
    return left.value.code, *capsys.readouterr()
