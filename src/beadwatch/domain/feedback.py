"""What a person says about a picture that a model has judged on a device, and what a reviewer makes of it.

The model's answer is kept as the device showed it, with the person's labels beside it: whoever learns from feedback
must be able to tell the two apart. `from_dict` takes what a device sent, so that it trusts nothing. Knows no pictures
(only the sha256), no HTTP and no storage.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from beadwatch.domain.errors import FeedbackError
from beadwatch.domain.labels import TASKS, Task
from beadwatch.domain.region import Box
from beadwatch.domain.text import is_writing, without_directions

MAX_NOTE = 4000
MAX_NAME = 128  # characters of a part, a seam, a model or its version
MAX_BOXES = 64
MAX_CLASSES = 256
_ID = re.compile(r"[0-9a-f]{32}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_YEARS = range(1970, 9999)  # a device whose clock is wrong is believed; beyond, zones cannot be converted
_SENT = {
    "id", "sha256", "task", "answer", "labels", "boxes", "note", "part_id", "seam_id", "captured_at",
}  # fmt: skip


class ReviewVerdict(StrEnum):
    """Whether a reviewer agrees with what the person said."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the model on the device said: its calibrated `scores` by class, and the classes it held to be present.

    The classes are the model's own, which may be older than the station's. `distance` says how unlike its training
    pictures the model found this one (0 to 2), where the device sent it.
    """

    model: str
    model_version: str
    scores: Mapping[str, float]
    labels: tuple[str, ...]
    distance: float | None = None

    def __post_init__(self) -> None:
        _check_text("answer.model", self.model, MAX_NAME, required=True)
        _check_text("answer.model_version", self.model_version, MAX_NAME, required=True)
        if not 1 <= len(self.scores) <= MAX_CLASSES:
            raise FeedbackError(f"answer.scores has {len(self.scores)} classes: send 1 to {MAX_CLASSES}")
        for name, score in self.scores.items():
            _check_text("a class of answer.scores", name, MAX_NAME, required=True)
            if not 0.0 <= score <= 1.0:
                raise FeedbackError(f"answer.scores: {score} of {name!r} is no probability between 0 and 1")
        _check_labels("answer.labels", self.labels, tuple(self.scores))
        if self.distance is not None and not 0.0 <= self.distance <= 2.0:
            raise FeedbackError(f"answer.distance: {self.distance} is no cosine distance between 0 and 2")

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values; no `distance` where none was sent."""
        plain = {
            "model": self.model,
            "model_version": self.model_version,
            "scores": dict(self.scores),
            "labels": list(self.labels),
        }
        return plain if self.distance is None else plain | {"distance": self.distance}


@dataclass(frozen=True, slots=True)
class MarkedBox:
    """Where the person saw a class. `box` is left, top, right, bottom as shares of the upright picture, 0 to 1."""

    label: str
    box: Box

    def __post_init__(self) -> None:
        left, top, right, bottom = self.box
        if not (0.0 <= left < right <= 1.0 and 0.0 <= top < bottom <= 1.0):
            raise FeedbackError(f"{list(self.box)} is no box: send left, top, right, bottom as shares of the picture")

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {"label": self.label, "box": list(self.box)}


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sent feedback: account and device as the station knows them, None for a guest, and the team it belongs to."""

    account_id: str | None
    device_id: str | None
    team: str


@dataclass(frozen=True, slots=True)
class Feedback:
    """One picture with the model's answer and the person's.

    `id` is made on the device, so that sending again is harmless; `sha256` is of the picture's bytes. `labels` are the
    classes that the person holds to be present: any number of the task's, none included, also where the classes
    exclude each other, since that is for a reviewer to settle. `captured_at` is by the device's clock and `received_at`
    by the station's.
    """

    id: str
    sha256: str
    task: Task
    answer: Answer
    labels: tuple[str, ...]
    sender: Sender
    captured_at: datetime
    received_at: datetime
    boxes: tuple[MarkedBox, ...] = ()
    note: str = ""
    part_id: str = ""
    seam_id: str = ""

    def __post_init__(self) -> None:
        if not _ID.fullmatch(self.id):
            raise FeedbackError("id: send 32 small hexadecimal digits, made anew for each picture")
        if not _SHA256.fullmatch(self.sha256):
            raise FeedbackError("sha256: send the sha256 of the picture's bytes as 64 small hexadecimal digits")
        _check_labels("labels", self.labels, self.task.label_names)
        if len(self.boxes) > MAX_BOXES:
            raise FeedbackError(f"boxes: {len(self.boxes)} are too many; send at most {MAX_BOXES}")
        for marked in self.boxes:
            _check_labels("boxes", (marked.label,), self.task.label_names)
        _check_text("note", self.note, MAX_NOTE, lines=True)
        _check_text("part_id", self.part_id, MAX_NAME)
        _check_text("seam_id", self.seam_id, MAX_NAME)
        for name, moment in (("captured_at", self.captured_at), ("received_at", self.received_at)):
            if moment.utcoffset() is None or moment.year not in _YEARS:
                raise FeedbackError(f"{name}: send a moment with a time zone, as 2026-01-31T12:00:00Z")

    @property
    def disagrees(self) -> bool:
        """Whether the person holds other classes to be present than the model did."""
        return set(self.labels) != set(self.answer.labels)

    def content(self) -> dict[str, Any]:
        """Return what the device sent, JSON-ready: the same for the same picture, whoever sends it again and when."""
        return {
            "id": self.id,
            "sha256": self.sha256,
            "task": self.task.name,
            "answer": self.answer.to_dict(),
            "labels": list(self.labels),
            "boxes": [marked.to_dict() for marked in self.boxes],
            "note": self.note,
            "part_id": self.part_id,
            "seam_id": self.seam_id,
            "captured_at": self.captured_at.astimezone(UTC).isoformat(),
        }

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {
            **self.content(),
            "disagrees": self.disagrees,
            "account_id": self.sender.account_id,
            "device_id": self.sender.device_id,
            "team": self.sender.team,
            "received_at": self.received_at.astimezone(UTC).isoformat(),
        }


@dataclass(frozen=True, slots=True)
class Review:
    """What a reviewer made of one feedback. A second one replaces nothing: the newest counts, all are kept."""

    verdict: ReviewVerdict
    account_id: str
    reviewed_at: datetime
    note: str = ""

    def __post_init__(self) -> None:
        _check_text("account_id", self.account_id, MAX_NAME, required=True)
        _check_text("note", self.note, MAX_NOTE, lines=True)
        if self.reviewed_at.utcoffset() is None:
            raise FeedbackError("reviewed_at needs a time zone")

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {
            "verdict": self.verdict.value,
            "account_id": self.account_id,
            "reviewed_at": self.reviewed_at.astimezone(UTC).isoformat(),
            "note": self.note,
        }


def feedback_from_dict(
    data: object, sender: Sender, received_at: datetime, tasks: Mapping[str, Task] = TASKS
) -> Feedback:
    """Return feedback as a device sent it (the keys of `Feedback.content`); who and when are the station's to say.

    Raises:
        FeedbackError: a field is missing, unknown or wrong; the message names it.
    """
    given = _mapping("the feedback", data)
    if unknown := sorted(set(given) - _SENT):
        raise FeedbackError(f"unknown field {_shown(unknown[0])}; there are: {', '.join(sorted(_SENT))}")
    task = tasks.get(_text(given, "task"))
    if task is None:
        raise FeedbackError(f"task: {_shown(given['task'])} is not known; there are: {', '.join(tasks)}")
    return Feedback(
        id=_text(given, "id"),
        sha256=_text(given, "sha256"),
        task=task,
        answer=_answer(_mapping("answer", given.get("answer"))),
        labels=_texts("labels", given.get("labels")),
        sender=sender,
        captured_at=_moment("captured_at", _text(given, "captured_at")),
        received_at=received_at,
        boxes=tuple(_box(_mapping("boxes", box)) for box in _list("boxes", given.get("boxes", []))),
        note=_text(given, "note", ""),
        part_id=without_directions(_text(given, "part_id", "")),
        seam_id=without_directions(_text(given, "seam_id", "")),
    )


def review_from_dict(data: object, account_id: str, reviewed_at: datetime) -> Review:
    """Return a review as a reviewer sent it: `verdict` and, where there is one, `note`.

    Raises:
        FeedbackError: a field is missing, unknown or wrong; the message names it.
    """
    given = _mapping("the review", data)
    if unknown := sorted(set(given) - {"verdict", "note"}):
        raise FeedbackError(f"unknown field {_shown(unknown[0])}; there are: verdict, note")
    try:
        verdict = ReviewVerdict(_text(given, "verdict"))
    except ValueError:
        raise FeedbackError(f"verdict: send {' or '.join(ReviewVerdict)}") from None
    return Review(verdict, account_id, reviewed_at, _text(given, "note", ""))


def _answer(given: Mapping[str, Any]) -> Answer:
    scores = _mapping("answer.scores", given.get("scores"))
    return Answer(
        model=_text(given, "model"),
        model_version=_text(given, "model_version"),
        scores={name: _number("answer.scores", score) for name, score in scores.items()},
        labels=_texts("answer.labels", given.get("labels")),
        distance=None if given.get("distance") is None else _number("answer.distance", given["distance"]),
    )


def _box(given: Mapping[str, Any]) -> MarkedBox:
    sides = [_number("boxes", side) for side in _list("boxes", given.get("box"))]
    if len(sides) != 4:
        raise FeedbackError(f"boxes: a box has 4 sides, not {len(sides)}: left, top, right, bottom")
    return MarkedBox(_text(given, "label"), (sides[0], sides[1], sides[2], sides[3]))


def _mapping(name: str, value: object) -> dict[str, Any]:
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise FeedbackError(f"{name}: send a JSON object")
    return value


def _list(name: str, value: object) -> Sequence[Any]:
    if not isinstance(value, list):
        raise FeedbackError(f"{name}: send a JSON array")
    return value


def _text(given: Mapping[str, Any], name: str, default: str | None = None) -> str:
    value = given.get(name, default)
    if not isinstance(value, str):
        raise FeedbackError(f"{name}: send text")
    return value


def _texts(name: str, value: object) -> tuple[str, ...]:
    found = _list(name, value)
    if not all(isinstance(each, str) for each in found):
        raise FeedbackError(f"{name}: send an array of class names")
    return tuple(found)


def _number(name: str, value: object) -> float:
    try:
        if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
            return float(value)
    except OverflowError:
        pass
    raise FeedbackError(f"{name}: send finite numbers")


def _moment(name: str, text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise FeedbackError(f"{name}: send a moment with a time zone, as 2026-01-31T12:00:00Z") from None


def _check_labels(name: str, labels: Sequence[str], known: Sequence[str]) -> None:
    if unknown := [label for label in labels if label not in known]:
        raise FeedbackError(f"{name}: no class {_shown(unknown[0])}; there are: {', '.join(known)}")
    if len(set(labels)) != len(labels):
        raise FeedbackError(f"{name}: a class stands there twice")


def _check_text(name: str, text: str, longest: int, *, required: bool = False, lines: bool = False) -> None:
    if len(text) > longest:
        raise FeedbackError(f"{name}: {len(text):,} characters are too many; send at most {longest:,}")
    if required and not text.strip():
        raise FeedbackError(f"{name}: send text that is not empty")
    if not is_writing(text, lines=lines):
        raise FeedbackError(f"{name}: it holds characters that are no writing, such as control characters")


def _shown(value: object) -> str:
    return ascii(value)[:80]
