"""An audit as one HTML page that loads nothing: verdict, figures, class balance, and the worst pairs as pictures.

Knows how a report reads. Does not read pictures: `wanted_thumbnails` says which it shows, and the caller hands in their
JPEG bytes. How it looks is `report_page`'s.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from beadwatch.datasets.audit_report import AuditReport, Conflict, Copy, Labels
from beadwatch.datasets.leak_estimate import LeakEstimate
from beadwatch.domain.text import valid_text
from beadwatch.imaging.report_page import bars, document, numbers, panel, picture, table, text, verdict

MAX_THUMBNAILS = 60
THUMBNAIL_PX = 160
_MAX_LINES = 20
_PAIRS, _LOOK_ALIKES, _CONFLICTS = 12, 6, 8  # 24 + 12 + 24 pictures
_SAME = 3  # pairs of identical files among them: the others say more
_VERSIONS = 3


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
    return document(f"Audit of {title}", parts)


class _Pictures:
    def __init__(self, thumbnails: Mapping[Path, bytes]) -> None:
        self._thumbnails = thumbnails

    def show(self, path: Path, caption: str) -> str:
        name = f'<span class="name" title="{text(valid_text(path))}">{text(path.name)}</span>'
        shows = picture(self._thumbnails.get(path))
        return f"<figure>{shows}<figcaption><b>{text(caption)}</b>{name}</figcaption></figure>"


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
    return verdict(shape, word, why)


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
    return numbers({name: f"{count:,}" for name, count in facts.items()})


def _leak(leak: LeakEstimate | None) -> str:
    if leak is None:
        return ""
    lengths = [
        ("split at random", leak.random, f"{leak.random:.1%}"),
        ("split by group", leak.grouped, f"{leak.grouped:.1%}"),
    ]
    return panel(
        f"{max(leak.leakage, 0.0) * 100:.1f} points of a random split's score are leakage",
        bars(lengths, 1.0)
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
    return panel(title, f'{note}<div class="pairs">{cards}</div>')


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
    return panel("Copies that carry different labels", f'{note}<div class="pairs">{"".join(cards)}</div>')


def _balance(report: AuditReport) -> str:
    most = max((found.pictures for found in report.classes), default=1)
    lengths = [
        (
            found.label,
            found.pictures,
            f"{found.pictures:,} in {found.groups:,} groups" if found.groups else f"{found.pictures:,}",
        )
        for found in report.classes
    ]
    rows = [[found.label, *(found.splits.get(split, 0) for split in report.splits)] for found in report.classes]
    by_split = table(["class", *report.splits], rows) if len(report.splits) > 1 else ""
    return panel("Classes", bars(lengths, most) + by_split) if lengths else ""


def _together(report: AuditReport) -> str:
    labels = list(report.together)
    if len(labels) < 2:
        return ""
    rows = [[row, *(report.together[row][column] for column in labels)] for row in labels]
    return panel("Pictures that have both classes", table(["", *labels], rows))


def _list(title: str, lines: Sequence[str]) -> str:
    if not lines:
        return ""
    items = "".join(f"<li>{text(line)}</li>" for line in lines[:_MAX_LINES])
    more = (
        f'<p class="soft">and {len(lines) - _MAX_LINES:,} more; the JSON has them</p>'
        if len(lines) > _MAX_LINES
        else ""
    )
    summary = f"<summary><h2>{text(title)}: {len(lines):,}</h2></summary>"
    return f'<section class="panel"><details>{summary}<ul>{items}</ul>{more}</details></section>'
