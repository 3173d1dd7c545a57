"""Text of the command line to texts, paths and choices without Pydantic, which costs more than all else to start.

Typer loads it to convert any value. Here what is plain is converted directly; what is not (numbers, a choice that there
is not) goes Typer's own way, with its messages. Leans on how Typer keeps its converters: a Typer that keeps them
otherwise works as well, and takes the time again, of which `tests/cli/test_imports.py` tells.
"""

import os
from collections.abc import Callable, Iterable
from enum import Enum
from pathlib import Path
from typing import Any, get_args, get_origin

from typer.core import TyperGroup


def take_plain_values(command: Any, context: Any) -> None:
    """Convert the plain values of a command directly, `--help` among them; of a group, those of all below it, too."""
    convert_plainly(command.get_params(context))
    if isinstance(command, TyperGroup):
        for each in command.commands.values():
            take_plain_values(each, context)


def convert_plainly(parameters: Iterable[Any]) -> None:
    """Convert the plain ones of these parameters directly."""
    for parameter in parameters:
        make = _maker(parameter)
        if make is not None:
            parameter._runtime_param = _Plain(make)


class _Plain:
    def __init__(self, make: Callable[[str], Any]) -> None:
        self._make = make

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        many = param.multiple or param.nargs == -1
        if value is None:
            return () if many else None
        try:
            return [self._make(each) for each in value] if many else self._make(value)
        except ValueError:
            param._runtime_param = None  # then Typer makes its own
            return param.get_runtime_param().coerce(value, param=param, ctx=ctx)


def _maker(parameter: Any) -> Callable[[str], Any] | None:
    described = getattr(parameter, "type_descriptor", None)
    if described is None or described.parameter_info.parser is not None:
        return None
    kind, about = described.annotation, described.parameter_info
    if get_origin(kind) is list:
        (kind,) = get_args(kind)
    if kind is bool:
        return _flag
    if kind is str:
        return str
    if kind is Path:
        return None if about.exists or about.writable or about.resolve_path or about.allow_dash else _path
    return kind if isinstance(kind, type) and issubclass(kind, Enum) and about.case_sensitive else None


def _flag(text: str) -> Any:
    raise ValueError(text)  # a flag has no text, as a rule: Typer knows the exceptions


def _path(text: str) -> Path:
    try:
        os.stat(text)  # noqa: PTH116  # as Typer does; ValueError for what no path can be
    except OSError:
        return Path(text)
    if not os.access(text, os.R_OK):
        raise ValueError(text)
    return Path(text)
