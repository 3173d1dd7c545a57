"""An audit as one HTML page that loads nothing: verdict, figures, class balance, and the worst pairs as pictures.

Knows how a report reads. Does not read pictures: `wanted_thumbnails` says which it shows, and the caller hands in their
JPEG bytes. Every text of others is escaped; a policy in the page forbids scripts and anything external.
"""

import base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from pathlib import Path

from beadwatch.datasets.audit_report import AuditReport, Conflict, Copy, Labels, shown
from beadwatch.datasets.leak_estimate import LeakEstimate

MAX_THUMBNAILS = 60
THUMBNAIL_PX = 160
_MAX_LINES = 20
_PAIRS, _LOOK_ALIKES, _CONFLICTS = 12, 6, 8  # 24 + 12 + 24 pictures
_SAME = 3  # pairs of identical files among them: the others say more
_VERSIONS = 3
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
_SHAPES = {
    "accept": '<circle cx="32" cy="32" r="27"/><path d="m19 33 9 10 18-21" stroke-width="7"/>',
    "review": '<path d="M32 5 60 57H4Z" stroke-linejoin="round"/><path d="M32 23v18M32 46v6" stroke-width="6"/>',
    "reject": '<path d="M21 4h22l17 17v22L43 60H21L4 43V21Z" stroke-linejoin="round"/>'
    '<path d="m21 21 22 22m0-22L21 43" stroke-width="7"/>',
}


@dataclass(frozen=True, slots=True)
class _Shown:
    """What is shown as pictures: no picture twice, so that the worst set of copies does not fill the page."""

    copies: tuple[Copy, ...]
    look_alikes: tuple[Copy, ...]
    conflicts: tuple[Conflict, ...]


def wanted_thumbnails(report: AuditReport) -> list[Path]:
    """Return the pictures that the page shows, each once, `MAX_THUMBNAILS` at most."""
    chosen = _chosen(report)
    pairs = [path for copy in (*chosen.copies, *chosen.look_alikes) for path in copy.paths]
    disputed = [paths[0] for found in chosen.conflicts for _, paths in found.versions[:_VERSIONS]]
    return list(dict.fromkeys(pairs + disputed))[:MAX_THUMBNAILS]


def audit_page(
    report: AuditReport, title: str, thumbnails: Mapping[Path, bytes], leak: LeakEstimate | None = None
) -> str:
    """Return the page. `thumbnails` are JPEG files by path; for one that is missing the page says so."""
    chosen = _chosen(report)
    pictures = _Pictures(thumbnails)
    style = files("beadwatch.datasets").joinpath("audit_page.css").read_text(encoding="utf-8")
    parts = (
        _verdict(report),
        _numbers(report),
        _leak(leak),
        _pairs("Copies on both sides of a split", chosen.copies, report.copies_across, pictures),
        _groups(report),
        _conflicts(chosen.conflicts, report, pictures),
        _pairs(
            "Look-alikes on both sides of a split: see for yourself",
            chosen.look_alikes, report.look_alikes_across, pictures,
        ),
        _balance(report),
        _together(report),
        _list("Cannot be read", [f"{_short(found.path)}: {found.reason}" for found in report.broken]),
        _list("Odd pictures", [f"{_short(found.path)}: {found.reason}" for found in report.odd]),
        _list("The same file several times", [" = ".join(map(_short, paths)) for paths in report.identical]),
        _list("Without any label", [_short(path) for path in report.unlabelled]),
    )  # fmt: skip
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Audit of {_text(title)}</title><style>\n{style}</style></head><body>\n"
        f"<h1>Audit of {_text(title)}</h1>\n" + "\n".join(part for part in parts if part) + "\n</body></html>\n"
    )


class _Pictures:
    def __init__(self, thumbnails: Mapping[Path, bytes]) -> None:
        self._thumbnails = thumbnails

    def show(self, path: Path, caption: str) -> str:
        data = self._thumbnails.get(path)
        if data:
            encoded = base64.b64encode(data).decode("ascii")
            picture = f'<img alt="" src="data:image/jpeg;base64,{encoded}">'
        else:
            picture = '<span class="gone">no picture</span>'
        name = f'<span class="name" title="{_text(shown(path))}">{_text(path.name)}</span>'
        return f"<figure>{picture}<figcaption><b>{_text(caption)}</b>{name}</figcaption></figure>"


def _chosen(report: AuditReport) -> _Shown:
    used: set[Path] = set()

    def fresh(copies: Sequence[Copy], most: int) -> tuple[Copy, ...]:
        chosen: list[Copy] = []
        step = max(1, len(copies) // most)
        for copy in (*copies[::step], *copies):  # from the surest to the least sure
            if len(chosen) < most and not used & set(copy.paths):
                used.update(copy.paths)
                chosen.append(copy)
        return tuple(chosen)

    same = fresh([copy for copy in report.copies_across if copy.identical], _SAME)
    near = fresh([copy for copy in report.copies_across if not copy.identical], _PAIRS - len(same))
    return _Shown(same + near, fresh(report.look_alikes_across, _LOOK_ALIKES), report.conflicts[:_CONFLICTS])


def _text(text: str) -> str:
    return escape(text.encode("utf-8", "backslashreplace").decode("utf-8"), quote=True)


def _short(path: Path) -> str:
    """Return the end of a path: a page is read by people, and the JSON has the whole."""
    return "/".join(path.parts[-3:])


def _labels(labels: Labels) -> str:
    return ", ".join(labels) or "no label"


def _verdict(report: AuditReport) -> str:
    if len(report.splits) < 2:
        shape, word = "review", "Not split"
        why = "There is one part only, so nothing can leak yet. `beadwatch data split` splits by group."
    elif report.leaks:
        shape, word = "reject", "Leaks"
        leaked = [
            f"{count:,} of {report.splits[split]:,} in {split}" for split, count in report.leaked.items() if count
        ]
        why = f"Pictures with a copy or a group-mate in another part: {'; '.join(leaked)}. Split again by group."
    elif report.ungrouped:
        shape, word = "review", "Unsure"
        why = (
            f"No copy stands on both sides, but {report.ungrouped:,} pictures have no group: other views of one weld "
            "cannot be told. `beadwatch data group` finds groups."
        )
    else:
        shape, word = "accept", "No leak"
        why = "No group and no copy stands on both sides of a split."
    svg = (
        '<svg viewBox="0 0 64 64" fill="none" stroke="currentColor" stroke-width="5" aria-hidden="true">'
        f"{_SHAPES[shape]}</svg>"
    )
    return f'<div class="verdict {shape}">{svg}<div><b>{word}</b>{_text(why)}</div></div>'


def _numbers(report: AuditReport) -> str:
    facts = {
        "pictures": report.pictures,
        "groups": report.groups,
        **{f"in {split}": count for split, count in report.splits.items()},
        "groups in several parts": len(report.straddling),
        "pairs of copies": report.copies,
        "of them sure and across parts": len(report.copies_across),
        "copies with differing labels": len(report.conflicts),
        "sets of identical files": len(report.identical),
        "unreadable": len(report.broken),
        "odd": len(report.odd),
        "without label": len(report.unlabelled),
    }
    return (
        '<dl class="numbers">'
        + "".join(f"<div><dt>{_text(name)}</dt><dd>{count:,}</dd></div>" for name, count in facts.items())
        + "</dl>"
    )


def _leak(leak: LeakEstimate | None) -> str:
    if leak is None:
        return ""
    bars = [
        ("split at random", leak.random, f"{leak.random:.1%}"),
        ("split by group", leak.grouped, f"{leak.grouped:.1%}"),
    ]
    return _panel(
        f"{max(leak.leakage, 0.0) * 100:.1f} points of a random split's score are leakage",
        _bars(bars, 1.0)
        + f'<p class="soft">Macro F1 of the same linear probe, cross-validated over {leak.folds} folds in both ways: '
        f"{leak.pictures:,} pictures, {leak.groups:,} groups. Only the lower figure holds for a new weld.</p>",
    )


def _pairs(title: str, copies: Sequence[Copy], of: Sequence[Copy], pictures: _Pictures) -> str:
    if not copies:
        return ""
    cards = "".join(
        '<figure class="pair"><div>'
        + "".join(
            pictures.show(path, f"{split}: {_labels(labels)}")
            for path, split, labels in zip(copy.paths, copy.splits, copy.labels, strict=True)
        )
        + f'</div><figcaption class="soft">{_likeness(copy)}</figcaption></figure>'
        for copy in copies
    )
    note = (
        f'<p class="soft">{len(copies)} of {len(of):,} pairs, from the surest to the least sure, each picture once.</p>'
    )
    return _panel(title, f'{note}<div class="pairs">{cards}</div>')


def _likeness(copy: Copy) -> str:
    return "the same file" if copy.identical else f"likeness {copy.similarity:.2f}"


def _groups(report: AuditReport) -> str:
    lines = [
        f"{found.group}: " + ", ".join(f"{count:,} in {split}" for split, count in found.splits.items())
        for found in report.straddling
    ]
    return _list("Groups in several parts", lines)


def _conflicts(conflicts: Sequence[Conflict], report: AuditReport, pictures: _Pictures) -> str:
    if not conflicts:
        return ""
    cards = []
    for conflict in conflicts:
        versions = conflict.versions[:_VERSIONS]
        figures = "".join(pictures.show(paths[0], f"{len(paths)} x {_labels(labels)}") for labels, paths in versions)
        more = len(conflict.versions) - len(versions)
        rest = f'<figcaption class="soft">and {more} more sets of labels</figcaption>' if more else ""
        cards.append(f'<figure class="pair"><div class="of-{len(versions)}">{figures}</div>{rest}</figure>')
    note = f'<p class="soft">{len(conflicts)} of {len(report.conflicts):,} sets of copies, the largest first.</p>'
    return _panel("Copies that carry different labels", f'{note}<div class="pairs">{"".join(cards)}</div>')


def _balance(report: AuditReport) -> str:
    most = max((found.pictures for found in report.classes), default=1)
    bars = [
        (
            found.label,
            found.pictures,
            f"{found.pictures:,} in {found.groups:,} groups" if found.groups else f"{found.pictures:,}",
        )
        for found in report.classes
    ]
    rows = [[found.label, *(found.splits.get(split, 0) for split in report.splits)] for found in report.classes]
    table = _table(["class", *report.splits], rows) if len(report.splits) > 1 else ""
    return _panel("Classes", _bars(bars, most) + table) if bars else ""


def _together(report: AuditReport) -> str:
    labels = list(report.together)
    if len(labels) < 2:
        return ""
    rows = [[row, *(report.together[row][column] for column in labels)] for row in labels]
    return _panel("Pictures that have both classes", _table(["", *labels], rows))


def _bars(bars: Iterable[tuple[str, float, str]], most: float) -> str:
    rows = "".join(
        f'<div><span>{_text(name)}</span><i><i style="width:{100 * max(value, 0.0) / most:.2f}%"></i></i>'
        f"<span>{_text(told)}</span></div>"
        for name, value, told in bars
    )
    return f'<div class="bars">{rows}</div>'


def _table(header: Iterable[str], rows: Iterable[Sequence[object]]) -> str:
    head = "".join(f'<th scope="col">{_text(name)}</th>' for name in header)
    body = "".join(
        "<tr>"
        + "".join(
            f'<th scope="row">{_text(cell)}</th>'
            if isinstance(cell, str)
            else f"<td{' class=zero' if not cell else ''}>{cell:,}</td>"
            for cell in row
        )
        + "</tr>"
        for row in rows
    )
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _list(title: str, lines: Sequence[str]) -> str:
    if not lines:
        return ""
    items = "".join(f"<li>{_text(line)}</li>" for line in lines[:_MAX_LINES])
    more = (
        f'<p class="soft">and {len(lines) - _MAX_LINES:,} more; the JSON has them</p>'
        if len(lines) > _MAX_LINES
        else ""
    )
    summary = f"<summary><h2>{_text(title)}: {len(lines):,}</h2></summary>"
    return f'<section class="panel"><details>{summary}<ul>{items}</ul>{more}</details></section>'


def _panel(title: str, content: str) -> str:
    return f'<section class="panel"><h2>{_text(title)}</h2>{content}</section>'
