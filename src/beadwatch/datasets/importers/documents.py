"""Text, JSON, CSV and YAML files of other people: read whole, or a problem with the line it is on.

Knows syntax. Does not know what any layout means by it. A reader returns None after it has reported why.
"""

import csv
import io
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from beadwatch.datasets.importers.base import Problems, Spot
from beadwatch.domain.csv_cells import plain_cell
from beadwatch.domain.errors import DatasetError

_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_JSON_STRING = re.compile(r'"((?:[^"\\\n]|\\.)*)"|\n')


@dataclass(frozen=True, slots=True)
class JsonDocument:
    """What a JSON file holds, and the line (from 1) on which each of its strings stands first."""

    data: object
    lines: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table: its cells by column, trimmed. Not `whole`: too few or too many cells, reported already."""

    cells: Mapping[str, str]
    spot: Spot
    whole: bool = True


def read_text(path: Path, problems: Problems) -> str | None:
    """Return a file's text: UTF-8, with or without a mark at the start, or UTF-16 with one."""
    try:
        data = path.read_bytes()
    except OSError as error:
        problems.report(path, f"cannot be read: {error.strerror}")
        return None
    try:
        if data.startswith(_UTF16):  # what PowerShell writes
            return data.decode("utf-16")
        return data.decode("utf-8-sig")  # spreadsheets put a mark at the start
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        byte = f"0x{data[error.start]:02x}" if error.start < len(data) else "at the end"
        problems.report(path, f"byte {byte} is not UTF-8; save the file as UTF-8", line)
        return None


def read_json(path: Path, problems: Problems) -> JsonDocument | None:
    """Return a JSON file. A name that stands twice in an object is a problem; if its values differ, it is dropped."""
    text = read_text(path, problems)
    if text is None:
        return None
    lines = _string_lines(text)

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        conflicting = set()
        for name, value in pairs:
            if name in found:
                problems.report(path, f"{name!r} stands twice; keep one of them", lines.get(name))
                if found[name] != value:
                    conflicting.add(name)
            found[name] = value
        return {name: value for name, value in found.items() if name not in conflicting}

    try:
        return JsonDocument(json.loads(text, object_pairs_hook=unique, parse_constant=_refuse_constant), lines)
    except json.JSONDecodeError as error:
        problems.report(path, f"broken JSON: {error.msg} at column {error.colno}", error.lineno)
    except ValueError as error:
        problems.report(path, f"broken JSON: {error}")
    except RecursionError:
        problems.report(path, "broken JSON: nested too deeply")
    return None


def read_table(path: Path, columns: tuple[str, ...], problems: Problems) -> list[Row] | None:
    """Return the rows of a CSV file that has at least `columns`; None where the table as a whole is broken."""
    text = read_text(path, problems)
    if text is None:
        return None
    if separator := _other_separator(text, columns):
        problems.report(path, f"the cells are separated by {separator}; save the table as CSV with commas", 1)
        return None
    reader = csv.reader(io.StringIO(text, newline=""), skipinitialspace=True, strict=True)
    rows: list[Row] = []
    header: list[str] = []
    try:
        for raw in reader:
            cells = [plain_cell(cell.strip()) for cell in raw]
            if not any(cells):
                continue
            if not header:
                header = cells
                continue
            spot = problems.at(path, reader.line_num)
            if len(cells) != len(header):
                spot.report(f"{len(cells)} cells where the header has {len(header)}")
            rows.append(Row(dict(zip(header, cells, strict=False)), spot, len(cells) == len(header)))
    except csv.Error as error:
        problems.report(path, f"broken CSV: {error}", reader.line_num)
        return None
    return rows if _header_is_good(problems.at(path, 1), header, columns) else None


def read_yaml(path: Path, problems: Problems) -> object:
    """Return what a YAML file holds, words as they are written: `no`, `1` and `2.0` are text. None also for nothing."""
    text = read_text(path, problems)
    if text is None:
        return None
    yaml = import_yaml()
    try:
        data: object = yaml.load(text, Loader=yaml.BaseLoader)  # it makes nothing but text, lists and objects
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        problems.report(path, yaml_message(error), yaml_line(error))
        return None
    return data


def import_yaml() -> Any:
    """Return the module `yaml`.

    Raises:
        DatasetError: it is not installed.
    """
    try:
        import yaml
    except ModuleNotFoundError as error:
        raise DatasetError("YAML is read with PyYAML: `pip install beadwatch[data]` brings it") from error
    return yaml


def yaml_line(error: Exception) -> int | None:
    """Return the line (from 1) that a YAML error is about, if it says."""
    mark = getattr(error, "problem_mark", None)
    return mark.line + 1 if mark else None


def yaml_message(error: Exception) -> str:
    """Return a YAML error in a few words."""
    if isinstance(error, RecursionError):
        return "broken YAML: nested too deeply"
    return f"broken YAML: {getattr(error, 'problem', None) or error}"


def finite(text: object) -> float | None:
    """Return a finite number, from a number or its text; None if it is none."""
    if isinstance(text, bool) or not isinstance(text, str | int | float):
        return None
    try:
        number = float(text)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _other_separator(text: str, columns: tuple[str, ...]) -> str | None:
    """Return the name of what separates a table's cells where that is not the comma: spreadsheets go by the country."""
    header = next((line for line in text.splitlines() if line.strip()), "")
    for separator, name in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")):
        cells = [cell.strip().strip('"') for cell in header.split(separator)]
        if len(cells) > 1 and any(column in cells for column in columns):
            return name
    return None


def _header_is_good(spot: Spot, header: list[str], columns: tuple[str, ...]) -> bool:
    if not header:
        spot.report("empty; it needs a header with the columns " + ", ".join(columns))
        return False
    missing = [column for column in columns if column not in header]
    if missing:
        spot.report(f"lacks the column {missing[0]!r}; it has {', '.join(map(repr, header))}, separated by commas")
        return False
    twice = sorted({column for column in header if header.count(column) > 1})
    if twice:
        spot.report(f"the column {twice[0]!r} stands twice")
    return not twice


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is no number")


def _string_lines(text: str) -> dict[str, int]:
    lines: dict[str, int] = {}
    line = 1
    for match in _JSON_STRING.finditer(text):
        if match[1] is None:
            line += 1
        elif "\\" not in match[1]:
            lines.setdefault(match[1], line)
        else:
            try:
                lines.setdefault(json.loads(match[0], strict=False), line)
            except ValueError:
                continue  # the JSON reader will say so
    return lines
