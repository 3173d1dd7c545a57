"""Feedback as the station's log gives it, on pictures of drawn welds."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from beadwatch.datasets.fingerprint import Fingerprint
from beadwatch.datasets.sample import labelled
from beadwatch.datasets.snapshot import DatasetSnapshot, Record, make_snapshot
from beadwatch.domain.accounts import Account, Role
from beadwatch.lifecycle.collect import SOURCE
from tests.datasets.welds import Change, seen, seen_weld, weld

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ADA, BOB, ROSA, GONE = ("a" * 32, "b" * 32, "c" * 32, "d" * 32)
ACCOUNTS = {
    ADA: Account(ADA, "ada", Role.INSPECTOR, "north", NOON),
    BOB: Account(BOB, "bob", Role.INSPECTOR, "north", NOON),
    ROSA: Account(ROSA, "rosa", Role.REVIEWER, "north", NOON),
    GONE: Account(GONE, "gone", Role.REVIEWER, "north", NOON, NOON),
}


def digest(name: str) -> str:
    """Return the sha256 of a picture that is called so."""
    return sha256(name.encode()).hexdigest()


class Gallery:
    """Pictures by their sha256: drawn welds under a name, or copies of them."""

    def __init__(self) -> None:
        self.prints: dict[str, Fingerprint | None] = {}

    def add(self, name: str, seed: int, change: Change | None = None) -> str:
        """Keep a picture of the weld `seed` and return its sha256."""
        self.prints[digest(name)] = seen(change(weld(seed))) if change else seen_weld(seed)
        return digest(name)

    def look(self, sha256: str) -> Fingerprint | None:
        return self.prints[sha256]


def review(verdict: str = "accepted", hours: float = 1.0) -> dict[str, Any]:
    """Return a review of so many hours after noon."""
    at = (NOON + timedelta(hours=hours)).isoformat()
    return {"verdict": verdict, "account_id": ROSA, "reviewed_at": at, "note": ""}


def said(
    number: int, picture: str, labels: str = "crack", *reviews: dict[str, Any], account: str | None = ADA, **more: Any
) -> dict[str, Any]:
    """Return feedback on the picture `picture`, each on a part of its own; accepted once, unless reviews are given."""
    body: dict[str, Any] = {
        "id": f"{number:032x}",
        "team": "north",
        "sha256": digest(picture),
        "task": "surface",
        "answer": {"model": "surface", "model_version": "1", "scores": {"crack": 0.1}, "labels": ["good welding"]},
        "labels": [label for label in labels.split("+") if label],
        "boxes": [],
        "note": "",
        "part_id": f"P{number}",
        "seam_id": "",
        "captured_at": NOON.isoformat(),
        "received_at": NOON.isoformat(),
        "account_id": account,
        "reviews": list(reviews) or [review()],
    }
    return body | more


def unreviewed(body: dict[str, Any]) -> dict[str, Any]:
    return body | {"reviews": []}


def a_set(gallery: Gallery) -> DatasetSnapshot:
    """Return a set of six welds, a picture each: seeds 1 to 4 for training, 5 for validation, 6 for test."""
    parts = ("train", "train", "train", "train", "valid", "test")
    labels = ("crack", "good welding", "porosity", "spatters", "crack", "crack")
    return make_snapshot(
        Record(gallery.add(f"old {n}", n), f"{n}.jpg", labelled(label), f"weld {n}", "photos", split=part)
        for n, (part, label) in enumerate(zip(parts, labels, strict=True), start=1)
    )


def of_feedback(snapshot: DatasetSnapshot) -> dict[str, Record]:
    """Return what a set holds of feedback, by sha256."""
    return {record.sha256: record for record in snapshot.records if record.source == SOURCE}
