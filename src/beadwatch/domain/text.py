"""Text that comes from outside: names of files, of people, of parts; made fit to be stored, sent and shown anywhere.

JSON and databases refuse lone surrogates, PostgreSQL refuses NUL, other control characters spoil terminals and logs,
and marks of direction make a name read as another one. Does not know what a text is for, nor how long it may be.
"""

import re

INSTEAD = "\N{REPLACEMENT CHARACTER}"
_CONTROL = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff"  # and lone surrogates
_LINES = r"\t\n\r\u2028\u2029"
_DIRECTION = r"\u202a-\u202e\u2066-\u2069"  # overrides, embeddings and isolates; the plain marks harm nobody
_NO_WRITING = re.compile(f"[{_CONTROL}]")
_ALL_DIRECTIONS = re.compile(f"[{_DIRECTION}]")
_NO_NAME = re.compile(f"[{_CONTROL}{_LINES}{_DIRECTION}]")


def is_writing(text: str, *, lines: bool = False) -> bool:
    """Say whether a text holds nothing but writing; with `lines` it may have several lines, and tabs."""
    return not (_NO_WRITING if lines else _NO_NAME).search(text)


def cleaned(text: str) -> str:
    """Return a text as one line of writing: each character that is none becomes a replacement character."""
    return _NO_NAME.sub(INSTEAD, text)


def without_directions(text: str) -> str:
    """Return a text without overrides, embeddings and isolates, which come along unseen where a name is pasted."""
    return _ALL_DIRECTIONS.sub("", text)


def file_name(name: str, longest: int) -> str:
    """Return the name of a file as one line of writing; of one that is longer, the end."""
    return cleaned(name[-longest:])


def valid_text(value: object) -> str:
    r"""Return a path of this machine, which may be any bytes, or what else may be no text; that stands as `\udcff`."""
    return str(value).encode("utf-8", "backslashreplace").decode("utf-8")
