"""Text cells of CSV files that people open in a spreadsheet, which would run one like `=HYPERLINK(...)` as a formula.

Such a cell gets an apostrophe before it, as a person would type to have it taken as text. Whoever reads a table of ours
takes it off again.
"""

import re

_STARTS_A_FORMULA = frozenset("=+-@\t\r\n")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_MARK = "'"


def safe_cell(value: object) -> object:
    """Return what to write: text that a spreadsheet would take for a formula is marked; numbers stay as they are."""
    if isinstance(value, str) and _is_formula(value.lstrip(_MARK)):
        return _MARK + value
    return value


def plain_cell(text: str) -> str:
    """Return what was meant by a cell that `safe_cell` may have marked."""
    return text[1:] if text.startswith(_MARK) and _is_formula(text.lstrip(_MARK)) else text


def _is_formula(text: str) -> bool:
    return text != "" and text[0] in _STARTS_A_FORMULA and not _NUMBER.fullmatch(text)
