"""Which feedback counts, and whose labels a picture gets where people contradict each other.

Feedback counts once a reviewer has accepted it and nobody has rejected it since. Of several that count for one
picture, the one that was accepted last decides. Knows what people said. Does not know pictures or data sets.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from beadwatch.datasets.sample import Annotation, box_outline
from beadwatch.domain.accounts import Account, Role
from beadwatch.domain.feedback import ReviewVerdict
from beadwatch.domain.labels import Task


class Standing(StrEnum):
    """What is to become of one upload. `UNUSABLE`: its labels contradict each other, or there are none."""

    COUNTS = "counts"
    REJECTED = "rejected"
    WAITING = "waiting"
    UNUSABLE = "unusable"


@dataclass(frozen=True, slots=True)
class Upload:
    """What one person said about one picture; `counts_since` is when it was accepted, or came in and needed no review.

    `account` is None for a guest. `model_labels` and `scores` are what the model had said.
    """

    id: str
    team: str
    account: str | None
    sha256: str
    labels: tuple[str, ...]
    model_labels: tuple[str, ...]
    scores: Mapping[str, float]
    annotations: tuple[Annotation, ...]
    group: str
    standing: Standing
    counts_since: datetime

    @property
    def name(self) -> str:
        """What tells it from all other uploads of the station."""
        return f"{self.team}/{self.id}"

    @property
    def person(self) -> tuple[str, str | None]:
        """Who said it: the account; guests of one team cannot be told apart."""
        return self.team, self.account


@dataclass(frozen=True, slots=True)
class Disagreement:
    """One picture that people labelled differently: whose labels were taken, and what the others said, by upload."""

    sha256: str
    taken: Upload
    others: tuple[Upload, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        said = [{"upload": each.name, "account": each.account, "labels": list(each.labels)} for each in self.others]
        taken = {"upload": self.taken.name, "account": self.taken.account, "labels": list(self.taken.labels)}
        return {"sha256": self.sha256, "taken": taken, "others": said}


@dataclass(frozen=True, slots=True)
class Chosen:
    """For each picture the upload that counts (`by_picture`), all that count, and what became of the rest."""

    by_picture: Mapping[str, Upload]
    counting: tuple[Upload, ...]
    disagreements: tuple[Disagreement, ...]
    standings: Mapping[Standing, int] = field(default_factory=dict)


def read_uploads(
    log: Iterable[Mapping[str, Any]], task: Task, accounts: Mapping[str, Account], *, trust_reviewers: bool = False
) -> list[Upload]:
    """Return the uploads of a task out of feedback with `reviews` (see `store.feedback_log`).

    With `trust_reviewers`, what a reviewer, engineer or admin sent counts before anybody has reviewed it, unless the
    account was revoked.
    """
    return [_upload(body, task, accounts, trust_reviewers) for body in log if body["task"] == task.name]


def choose(uploads: Iterable[Upload]) -> Chosen:
    """Decide for each picture which upload counts."""
    standings = dict.fromkeys(Standing, 0)
    of_picture: dict[str, list[Upload]] = defaultdict(list)
    for upload in uploads:
        standings[upload.standing] += 1
        if upload.standing is Standing.COUNTS:
            of_picture[upload.sha256].append(upload)
    taken, disagreements = {}, []
    for digest in sorted(of_picture):
        found = sorted(of_picture[digest], key=lambda each: (each.counts_since, each.name))
        taken[digest] = newest = found[-1]
        others = tuple(
            each for each in found if each.person != newest.person and set(each.labels) != set(newest.labels)
        )
        if others:
            disagreements.append(Disagreement(digest, newest, others))
    counting = tuple(each for digest in taken for each in of_picture[digest])
    return Chosen(taken, counting, tuple(disagreements), standings)


def _upload(body: Mapping[str, Any], task: Task, accounts: Mapping[str, Account], trust: bool) -> Upload:
    standing, since = _standing(body, accounts.get(body["account_id"] or ""), trust)
    labels = tuple(name for name in task.label_names if name in body["labels"])
    if standing is Standing.COUNTS and not task.makes_sense(labels):
        standing = Standing.UNUSABLE
    return Upload(
        id=body["id"],
        team=body["team"],
        account=body["account_id"],
        sha256=body["sha256"],
        labels=labels,
        model_labels=tuple(body["answer"]["labels"]),
        scores=body["answer"]["scores"],
        annotations=_annotations(labels, body["boxes"]),
        group=_group(body),
        standing=standing,
        counts_since=since,
    )


def _standing(body: Mapping[str, Any], sender: Account | None, trust: bool) -> tuple[Standing, datetime]:
    if body["reviews"]:
        newest = body["reviews"][-1]
        accepted = newest["verdict"] == ReviewVerdict.ACCEPTED
        return Standing.COUNTS if accepted else Standing.REJECTED, datetime.fromisoformat(newest["reviewed_at"])
    trusted = trust and sender is not None and sender.revoked_at is None and sender.role.covers(Role.REVIEWER)
    return Standing.COUNTS if trusted else Standing.WAITING, datetime.fromisoformat(body["received_at"])


def _annotations(labels: tuple[str, ...], boxes: list[dict[str, Any]]) -> tuple[Annotation, ...]:
    """Return an annotation for each box of a label, and one without a place for each label that has none."""
    found: list[Annotation] = []
    for label in labels:
        places = [box_outline(*box["box"]) for box in boxes if box["label"] == label]
        found += [Annotation(label, place) for place in places] or [Annotation(label)]
    return tuple(found)


def _group(body: Mapping[str, Any]) -> str:
    """Return what all pictures of one weld share: its part and seam, or else who sent it and on which day."""
    if body["part_id"] or body["seam_id"]:
        return f"{body['team']}: part {body['part_id'] or '-'}, seam {body['seam_id'] or '-'}"
    day = datetime.fromisoformat(body["captured_at"]).astimezone(UTC).date()
    return f"{body['team']}: {(body['account_id'] or 'guest')[:8]} on {day}"
