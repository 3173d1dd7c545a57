"""A group whose commands are imported when one is used, so that `beadwatch --help` costs no more than Typer itself.

Knows names, modules and summaries. A test holds each summary to what the command says of itself.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from beadwatch.cli.plain_values import convert_plainly, take_plain_values

if TYPE_CHECKING:
    from typer._click import Command, Context, HelpFormatter
    from typer._click.core import Parameter


class LazyGroup(TyperGroup):
    """A group of the commands in `summaries`: each in the module of that name beside this one.

    A module holds a Typer app called `app`, which becomes a group, or a function of the module's name.
    """

    summaries: ClassVar[Mapping[str, str]] = {}

    def __init__(self, **settings: Any) -> None:
        """Make the group with a stand-in for each command, of which Typer takes names and summaries."""
        super().__init__(**settings)
        self._used: dict[str, Command] = {}
        self.commands = {
            name: TyperCommand(name, help=summary, rich_markup_mode=None) for name, summary in self.summaries.items()
        }

    def get_command(self, ctx: Context, cmd_name: str) -> Command | None:
        """Import a command; None for a name that is none."""
        if cmd_name in self.summaries and cmd_name not in self._used:
            self._used[cmd_name] = _imported(cmd_name)
            take_plain_values(self._used[cmd_name], ctx)
        return self._used.get(cmd_name)

    def get_params(self, ctx: Context) -> list[Parameter]:
        """Return the options of the group itself, whose values are converted as those of its commands are."""
        params = super().get_params(ctx)
        convert_plainly(params)
        return params

    def format_commands(self, ctx: Context, formatter: HelpFormatter) -> None:  # noqa: ARG002  # as above
        """Write the summaries as Typer would, without importing what they are of."""
        limit = formatter.width - 6 - max(map(len, self.commands))
        with formatter.section("Commands"):
            formatter.write_dl([(name, each.get_short_help_str(limit)) for name, each in self.commands.items()])


def _imported(name: str) -> Any:
    module = importlib.import_module(f"beadwatch.cli.{name}")
    around = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
    if hasattr(module, "app"):
        around.add_typer(module.app, name=name)
        group = get_command(around)
        assert isinstance(group, TyperGroup)
        command = group.commands[name]
    else:
        around.command(name)(getattr(module, name))
        command = get_command(around)
    return command
