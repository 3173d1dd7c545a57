"""The building blocks of a report that is one HTML page and loads nothing: frame, verdict, figures, tables, pictures.

Every text of others is escaped here; a policy in the page forbids scripts and anything external. Knows how reports look
(`report_page.css`), not what they say.
"""

import base64
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from importlib.resources import files
from itertools import repeat

from beadwatch.domain.text import valid_text

POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
SHAPES = {
    "accept": '<circle cx="32" cy="32" r="27"/><path d="m19 33 9 10 18-21" stroke-width="7"/>',
    "review": '<path d="M32 5 60 57H4Z" stroke-linejoin="round"/><path d="M32 23v18M32 46v6" stroke-width="6"/>',
    "reject": '<path d="M21 4h22l17 17v22L43 60H21L4 43V21Z" stroke-linejoin="round"/>'
    '<path d="m21 21 22 22m0-22L21 43" stroke-width="7"/>',
}


def document(title: str, parts: Iterable[str], style: str = "") -> str:
    """Return the whole page: `parts` are HTML, empty ones are left out; `style` is added to the common one."""
    common = files("beadwatch.imaging").joinpath("report_page.css").read_text(encoding="utf-8")
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{text(title)}</title><style>\n{common}{style}</style></head><body>\n"
        f"<h1>{text(title)}</h1>\n" + "\n".join(part for part in parts if part) + "\n</body></html>\n"
    )


def text(plain: str) -> str:
    """Return text escaped for HTML; what is no valid Unicode is shown as escapes."""
    return escape(valid_text(plain), quote=True)


def verdict(shape: str, word: str, why: str) -> str:
    """Return the verdict: `shape` is one of `SHAPES` and gives the colour too, `word` is read at arm's length."""
    svg = (
        '<svg viewBox="0 0 64 64" fill="none" stroke="currentColor" stroke-width="5" aria-hidden="true">'
        f"{SHAPES[shape]}</svg>"
    )
    return f'<div class="verdict {shape}">{svg}<div><b>{text(word)}</b>{text(why)}</div></div>'


def numbers(facts: Mapping[str, str], notes: Mapping[str, str] | None = None) -> str:
    """Return figures as tiles: `{name: value as text}`, some with a note under the name."""
    notes = notes or {}
    tiles = "".join(
        f"<div><dt>{text(name)}{f'<small>{text(notes[name])}</small>' if name in notes else ''}</dt>"
        f"<dd>{text(value)}</dd></div>"
        for name, value in facts.items()
    )
    return f'<dl class="numbers">{tiles}</dl>'


def table(header: Iterable[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table whose first column names the rows; whole numbers get their commas."""
    rows = list(rows)
    words = [isinstance(cell, str) for cell in rows[0]] if rows else repeat(False)
    head = "".join(
        f'<th scope="col"{" class=text" if is_word else ""}>{text(name)}</th>'
        for name, is_word in zip(header, words, strict=False)
    )
    body = "".join(
        f'<tr><th scope="row">{text(str(row[0]))}</th>' + "".join(map(_cell, row[1:])) + "</tr>" for row in rows
    )
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _cell(cell: object) -> str:
    if isinstance(cell, int):
        return f"<td{'' if cell else ' class=zero'}>{cell:,}</td>"
    return f'<td class="text">{text(str(cell))}</td>'


def bars(rows: Iterable[tuple[str, float, str]], most: float) -> str:
    """Return horizontal bars: name, length as a part of `most`, and what is written behind it."""
    lines = "".join(
        f'<div><span>{text(name)}</span><i><i style="width:{100 * max(value, 0.0) / most:.2f}%"></i></i>'
        f"<span>{text(told)}</span></div>"
        for name, value, told in rows
    )
    return f'<div class="bars">{lines}</div>'


def panel(title: str, content: str) -> str:
    """Return a section with a heading."""
    return f'<section class="panel"><h2>{text(title)}</h2>{content}</section>'


def picture(data: bytes | None) -> str:
    """Return a picture from its JPEG bytes, or a place that says that there is none."""
    if not data:
        return '<span class="gone">no picture</span>'
    return f'<img alt="" src="data:image/jpeg;base64,{base64.b64encode(data).decode("ascii")}">'
