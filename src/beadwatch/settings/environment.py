"""Reads a frozen dataclass of settings from the environment and from a `.env` file.

Not by pydantic-settings, whose import (`python -X importtime -c "import pydantic_settings"`) takes about as much as
`beadwatch inspect` may take beyond its floor (docs/speed.md). Knows texts, types and bounds. Does not know which
settings there are: see `settings`.
"""

import dataclasses
import os
from collections.abc import Callable, Mapping
from enum import Enum
from pathlib import Path
from types import NoneType
from typing import Any, Literal, get_args, get_origin

from beadwatch.domain.errors import SettingsError

_ENV_FILE = Path(".env")
_TRUTH = {
    **dict.fromkeys(("1", "true", "yes", "on", "t", "y"), True),
    **dict.fromkeys(("0", "false", "no", "off", "f", "n"), False),
}


@dataclasses.dataclass(frozen=True, slots=True)
class Secret:
    """A text that is shown nowhere: no print and no traceback holds it."""

    text: str = dataclasses.field(repr=False)


def setting(
    *,
    default: Any,
    description: str,
    ge: float | None = None,
    le: float | None = None,
    check: Callable[[str], None] | None = None,
    variable: str | None = None,
) -> Any:
    """Describe a field: its default, what it is, least and greatest value, and its variable where that is not ours.

    `check` raises ValueError for a text that is none of its values, in words for the person who set it.
    """
    about = {"description": description, "ge": ge, "le": le, "check": check, "variable": variable}
    return dataclasses.field(default=default, metadata=about)


def variables_of(kind: type) -> dict[str, str]:
    """Return the variable that sets each field: `BEADWATCH_...`, or the name that others gave it."""
    return {
        field.name: field.metadata["variable"] or f"BEADWATCH_{field.name.upper()}"
        for field in dataclasses.fields(kind)
        if field.metadata
    }


def read_environment(kind: type, given: Mapping[str, str]) -> dict[str, Any]:
    """Return the values of the fields that are set: `given` as texts by their names, else in the environment or `.env`.

    The environment comes before `.env`; what is empty there is not set.

    Raises:
        SettingsError: a variable has a wrong value, or `.env` cannot be read; the message names all that is wrong.
    """
    texts, values, wrong = _texts(), {}, []
    fields = {field.name: field for field in dataclasses.fields(kind)}
    for name, variable in variables_of(kind).items():
        text = given.get(name, texts.get(variable.upper()))
        if text is None:
            continue
        try:
            values[name] = _value(fields[name].type, text, fields[name].metadata)
        except ValueError as error:
            wrong.append(f"{variable}: {error}")
    if wrong:
        raise SettingsError(f"{'; '.join(wrong)}. See .env.example")
    return values


def _texts() -> dict[str, str]:
    """Return what is set and not empty, by the name in capitals: names may be written either way."""
    environment = {name.upper(): text for name, text in os.environ.items() if text}
    if not _ENV_FILE.is_file():
        return environment
    from dotenv import dotenv_values

    try:
        filed = dotenv_values(_ENV_FILE, encoding="utf-8")
    except UnicodeDecodeError as error:
        raise SettingsError(f".env is not in UTF-8: {error}") from error
    except OSError as error:
        raise SettingsError(f".env cannot be read: {error.strerror}") from error
    return {name.upper(): text for name, text in filed.items() if text} | environment


def _value(kind: Any, text: str, about: Mapping[str, Any]) -> Any:
    """Return a text as a value of that type.

    Raises:
        ValueError: it is none, or out of bounds; in words for the person who set it.
    """
    if about["check"] is not None:
        about["check"](text)
    wanted = get_args(kind)[0] if NoneType in get_args(kind) else kind
    if wanted is bool:
        return _chosen(_TRUTH, text.strip().lower(), text)
    if wanted in {int, float}:
        return _number(wanted, text, about)
    if get_origin(wanted) is Literal:
        return _chosen({each: each for each in get_args(wanted)}, text, text)
    if issubclass(wanted, Enum):
        return _chosen({each.value: each for each in wanted}, text, text)
    return wanted(text)


def _chosen(choices: Mapping[str, Any], key: str, text: str) -> Any:
    if key not in choices:
        raise ValueError(f"{text!r} is none of {', '.join(choices)}")
    return choices[key]


def _number(kind: type[int] | type[float], text: str, bounds: Mapping[str, Any]) -> float:
    try:
        number = kind(text)
    except ValueError:
        raise ValueError(f"{text!r} is no {'whole number' if kind is int else 'number'}") from None
    least, greatest = bounds["ge"], bounds["le"]
    if not ((least is None or number >= least) and (greatest is None or number <= greatest)):
        limits = (("at least", least), ("at most", greatest))
        bounded = [f"{word} {limit}" for word, limit in limits if limit is not None]
        raise ValueError(f"{text} is out of bounds: it must be {' and '.join(bounded)}")
    return number
