"""What an audit found, as values: frozen, comparable, and JSON-ready.

Knows how findings are told apart and told. Does not know how they are found (`audit`) or drawn (`audit_page`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from beadwatch.domain.text import valid_text

MAX_LISTED = 1000  # of each kind in the JSON; the counts are always of all

Labels = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OddPicture:
    """A picture that cannot be read, or that is unlike a photo of a weld, and why."""

    path: Path
    reason: str

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {"file": valid_text(self.path), "reason": self.reason}


@dataclass(frozen=True, slots=True)
class Copy:
    """Two pictures that show the same, with the split and labels of each; similarity 1 and `identical`: same bytes."""

    paths: tuple[Path, Path]
    splits: tuple[str | None, str | None]
    labels: tuple[Labels, Labels]
    similarity: float
    identical: bool

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {
            "files": [valid_text(path) for path in self.paths],
            "splits": list(self.splits),
            "labels": [list(labels) for labels in self.labels],
            "similarity": round(self.similarity, 4),
            "identical": self.identical,
        }


@dataclass(frozen=True, slots=True)
class Straddler:
    """A group that stands in several splits, with its number of pictures in each."""

    group: str
    splits: Mapping[str, int]

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {"group": self.group, "splits": dict(self.splits)}


@dataclass(frozen=True, slots=True)
class Conflict:
    """Copies of one picture that do not all carry the same labels: each set of labels, with the files that carry it."""

    versions: tuple[tuple[Labels, tuple[Path, ...]], ...]

    @property
    def pictures(self) -> int:
        """How many copies there are."""
        return sum(len(paths) for _, paths in self.versions)

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {
            "versions": [
                {"labels": list(labels), "files": [valid_text(path) for path in paths]}
                for labels, paths in self.versions
            ]
        }


@dataclass(frozen=True, slots=True)
class ClassBalance:
    """One class: how many pictures and groups have it, and how many pictures in each split."""

    label: str
    pictures: int
    groups: int
    splits: Mapping[str, int]

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {
            "label": self.label, "pictures": self.pictures, "groups": self.groups, "splits": dict(self.splits),
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class AuditReport:
    """Everything an audit found.

    `broken` cannot be read, `odd` can but should be looked at. `identical` are sets of files with the same bytes.
    `copies` counts pairs that show the same; `copies_across` lists those that stand in two splits, the most alike
    first, and `look_alikes_across` those of them that are not alike enough to be sure. `leaked` counts for each split
    the pictures that have a group-mate or sure copy in another one. `together[a][b]`: pictures with both a and b.
    """

    pictures: int
    groups: int
    ungrouped: int
    splits: Mapping[str, int]
    broken: tuple[OddPicture, ...]
    odd: tuple[OddPicture, ...]
    identical: tuple[tuple[Path, ...], ...]
    copies: int
    copies_across: tuple[Copy, ...]
    look_alikes_across: tuple[Copy, ...]
    straddling: tuple[Straddler, ...]
    leaked: Mapping[str, int]
    conflicts: tuple[Conflict, ...]
    unlabelled: tuple[Path, ...]
    classes: tuple[ClassBalance, ...]
    together: Mapping[str, Mapping[str, int]]

    @property
    def leaks(self) -> bool:
        """Whether a group or a sure copy stands on both sides of a split: scores measured on it mean little."""
        return bool(self.straddling or self.copies_across)

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values: every count, and up to `MAX_LISTED` findings of each kind."""
        counts = {
            "broken": len(self.broken), "odd": len(self.odd), "identical": len(self.identical),
            "copies": self.copies, "copies_across": len(self.copies_across),
            "look_alikes_across": len(self.look_alikes_across), "straddling": len(self.straddling),
            "conflicts": len(self.conflicts), "unlabelled": len(self.unlabelled),
        }  # fmt: skip
        return {
            "leaks": self.leaks,
            "pictures": self.pictures,
            "groups": self.groups,
            "ungrouped": self.ungrouped,
            "splits": dict(self.splits),
            "leaked": dict(self.leaked),
            "counts": counts,
            "classes": [found.to_dict() for found in self.classes],
            "together": {label: dict(row) for label, row in self.together.items()},
            "broken": _listed(self.broken),
            "odd": _listed(self.odd),
            "identical": [[valid_text(path) for path in paths] for paths in self.identical[:MAX_LISTED]],
            "copies_across": _listed(self.copies_across),
            "look_alikes_across": _listed(self.look_alikes_across),
            "straddling": _listed(self.straddling),
            "conflicts": _listed(self.conflicts),
            "unlabelled": [valid_text(path) for path in self.unlabelled[:MAX_LISTED]],
        }


def _listed(findings: tuple[OddPicture | Copy | Straddler | Conflict, ...]) -> list[dict[str, Any]]:
    return [finding.to_dict() for finding in findings[:MAX_LISTED]]
