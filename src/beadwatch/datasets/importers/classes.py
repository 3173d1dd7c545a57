"""The class map that a person writes: a small YAML file of `their name: our name`, or nothing for a class to leave out.

    Spatter: spatters
    blow hole: porosity
    person:             # left out

Knows names only, never which of them a set has. YAML would read `no` or `1` as something else than a name; here they
are names like any other.
"""

from pathlib import Path
from typing import Any

from beadwatch.datasets.importers.base import Problems, plain_name
from beadwatch.datasets.importers.documents import import_yaml, read_text, yaml_line, yaml_message
from beadwatch.domain.errors import DatasetError

_NULL = "tag:yaml.org,2002:null"
_EXAMPLE = "expected lines like `Spatter: spatters`, or `person:` for a class to leave out"


def read_classes(path: Path) -> dict[str, str | None]:
    """Return the class map: their names as written, ours in lower case, None for a class to leave out.

    Raises:
        DatasetError: the file is missing or broken, a name stands twice, or a line is no pair of names.
    """
    text = read_text(path, Problems())
    yaml = import_yaml()
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError) as error:
        raise _wrong(path, yaml_line(error), f"{yaml_message(error)}; {_EXAMPLE}") from error
    if node is None:
        raise _wrong(path, None, f"empty; {_EXAMPLE}")
    if not isinstance(node, yaml.MappingNode):
        raise _wrong(path, node.start_mark.line + 1, _EXAMPLE)
    classes: dict[str, str | None] = {}
    lines: dict[str, int] = {}
    for key, value in node.value:
        line = key.start_mark.line + 1
        name = _name(path, key)
        plain = plain_name(name)
        if plain in lines:
            raise _wrong(path, line, f"{name!r} stands on line {lines[plain]} already; keep one of them")
        lines[plain] = line
        classes[name] = None if value.tag == _NULL else plain_name(_name(path, value))
    return classes


def _name(path: Path, node: Any) -> str:
    if not isinstance(node.value, str) or not node.value.strip():
        raise _wrong(path, node.start_mark.line + 1, f"no name of a class; {_EXAMPLE}")
    return node.value.strip()


def _wrong(path: Path, line: int | None, message: str) -> DatasetError:
    return DatasetError(f"{path}{f', line {line}' if line else ''}: {message}")
