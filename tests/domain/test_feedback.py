"""Feedback is taken whole or refused by the name of what is wrong; the model's answer stays apart from the person's."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from beadwatch.domain.errors import FeedbackError
from beadwatch.domain.feedback import (
    MAX_BOXES,
    MAX_CLASSES,
    MAX_NOTE,
    Feedback,
    ReviewVerdict,
    Sender,
    feedback_from_dict,
    review_from_dict,
)

SENDER = Sender("a" * 32, "d" * 32, "north")
RECEIVED = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def sent(**changes: Any) -> dict[str, Any]:
    """Return feedback as a device sends it, with fields replaced; a field that becomes None is left out."""
    whole: dict[str, Any] = {
        "id": "1" * 32,
        "sha256": "2" * 64,
        "task": "surface",
        "answer": {
            "model": "surface",
            "model_version": "surface-1",
            "scores": {"crack": 0.1, "porosity": 0.9},
            "labels": ["porosity"],
        },
        "labels": ["crack", "porosity"],
        "boxes": [{"label": "crack", "box": [0.1, 0.2, 0.3, 0.4]}],
        "note": "two of them\n<b>at the end</b>",
        "part_id": "P-17",
        "seam_id": "Schweißnaht 3",
        "captured_at": "2026-03-01T13:00:00+02:00",
    }
    return {name: value for name, value in (whole | changes).items() if value is not None}


def taken(**changes: Any) -> Feedback:
    """Return feedback as the station takes it."""
    return feedback_from_dict(sent(**changes), SENDER, RECEIVED)


def answer(**changes: Any) -> dict[str, Any]:
    return {name: value for name, value in (sent()["answer"] | changes).items() if value is not None}


def test_everything_is_kept_with_moments_in_utc() -> None:
    expected = sent(captured_at="2026-03-01T11:00:00+00:00") | {
        "disagrees": True,
        "account_id": "a" * 32,
        "device_id": "d" * 32,
        "team": "north",
        "received_at": "2026-03-01T12:00:00+00:00",
    }
    assert taken().to_dict() == expected


def test_what_was_sent_comes_back_from_its_own_content() -> None:
    feedback = taken()
    assert feedback_from_dict(feedback.content(), SENDER, RECEIVED) == feedback


def test_only_what_a_device_must_say_is_demanded() -> None:
    feedback = taken(boxes=None, note=None, part_id=None, seam_id=None, labels=[])
    assert (feedback.boxes, feedback.note, feedback.labels) == ((), "", ())


@pytest.mark.parametrize(
    ("labels", "disagrees"), [(["porosity"], False), ([], True), (["crack"], True), (["porosity", "crack"], True)]
)
def test_disagreement_is_about_the_classes_held_present(labels: list[str], disagrees: bool) -> None:
    assert taken(labels=labels, boxes=[]).disagrees is disagrees


def test_classes_of_an_older_model_are_kept_as_they_were() -> None:
    older = answer(scores={"undercut": 0.7}, labels=["undercut"])
    assert taken(answer=older).answer.scores == {"undercut": 0.7}


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"id": None}, "id: send text"),
    ({"id": "1" * 31}, "id: send 32"),
    ({"id": "A" * 32}, "id: send 32"),
    ({"id": "../../etc/passwd"}, "id: send 32"),
    ({"id": 1}, "id: send text"),
    ({"sha256": "x"}, "sha256"),
    ({"task": "laser"}, "task: 'laser' is not known; there are: tig, surface"),
    ({"task": ["tig"]}, "task: send text"),
    ({"answer": None}, "answer: send a JSON object"),
    ({"answer": "porosity"}, "answer: send a JSON object"),
    ({"answer": answer(scores=None)}, "answer.scores: send a JSON object"),
    ({"answer": answer(scores={}, labels=[])}, "answer.scores has 0 classes"),
    ({"answer": answer(scores={str(n): 0.1 for n in range(MAX_CLASSES + 1)}, labels=[])}, "257 classes"),
    ({"answer": answer(scores={"porosity": float("nan")})}, "answer.scores: send finite numbers"),
    ({"answer": answer(scores={"porosity": 1.01})}, "1.01 of 'porosity' is no probability"),
    ({"answer": answer(scores={"porosity": 10**400})}, "answer.scores: send finite numbers"),
    ({"answer": answer(scores={"porosity": True})}, "answer.scores: send finite numbers"),
    ({"answer": answer(scores={"": 0.1}, labels=[])}, "not empty"),
    ({"answer": answer(labels=["crack", "spatters"])}, "answer.labels: no class 'spatters'"),
    ({"answer": answer(model=" ")}, "answer.model: send text that is not empty"),
    ({"answer": answer(model_version="v" * 129)}, "answer.model_version: 129 characters"),
    ({"labels": None}, "labels: send a JSON array"),
    ({"labels": "crack"}, "labels: send a JSON array"),
    ({"labels": [["crack"]]}, "labels: send an array of class names"),
    ({"labels": ["burn through"]}, "labels: no class 'burn through'; there are: background"),
    ({"labels": ["crack", "crack"]}, "labels: a class stands there twice"),
    ({"boxes": [[0, 0, 1, 1]]}, "boxes: send a JSON object"),
    ({"boxes": [{"label": "crack", "box": [0, 0, 1]}]}, "4 sides, not 3"),
    ({"boxes": [{"label": "crack", "box": [0.5, 0, 0.5, 1]}]}, "is no box"),
    ({"boxes": [{"label": "crack", "box": [0, 0, 1.1, 1]}]}, "is no box"),
    ({"boxes": [{"label": "rust", "box": [0, 0, 1, 1]}]}, "boxes: no class 'rust'"),
    ({"boxes": [{"label": "crack", "box": [0, 0, 1, 1]}] * (MAX_BOXES + 1)}, "boxes: 65 are too many"),
    ({"note": "x" * (MAX_NOTE + 1)}, "note: 4,001 characters"),
    ({"note": "nul\0"}, "note: it holds characters that are no writing"),
    ({"note": "lone \ud800"}, "note: it holds characters that are no writing"),
    ({"note": "\x1b[2J"}, "note: it holds characters that are no writing"),
    ({"part_id": "a\nb"}, "part_id: it holds characters"),
    ({"seam_id": "s" * 129}, "seam_id: 129 characters"),
    ({"captured_at": "yesterday"}, "captured_at: send a moment"),
    ({"captured_at": "2026-03-01T12:00:00"}, "captured_at: send a moment with a time zone"),
    ({"captured_at": "0001-01-01T00:00:00+14:00"}, "captured_at: send a moment"),
    ({"team": "south"}, "unknown field 'team'"),
    ({"account_id": "b" * 32}, "unknown field 'account_id'"),
]


@pytest.mark.parametrize(("changes", "says"), WRONG, ids=[says[:40] for _, says in WRONG])
def test_what_is_wrong_is_refused_by_name(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(FeedbackError) as refused:
        taken(**changes)
    assert says in str(refused.value)
    str(refused.value).encode()


@pytest.mark.parametrize("data", [None, [], "text", 3], ids=repr)
@pytest.mark.parametrize(
    "take",
    [lambda data: feedback_from_dict(data, SENDER, RECEIVED), lambda data: review_from_dict(data, "a", RECEIVED)],
)
def test_what_is_no_object_is_refused(data: object, take: Callable[[object], object]) -> None:
    with pytest.raises(FeedbackError, match="send a JSON object"):
        take(data)


@pytest.mark.parametrize("verdict", list(ReviewVerdict))
def test_review_says_who_and_when(verdict: ReviewVerdict) -> None:
    review = review_from_dict({"verdict": verdict.value, "note": "seen"}, "a" * 32, RECEIVED)
    assert review.to_dict() == {
        "verdict": verdict.value,
        "account_id": "a" * 32,
        "reviewed_at": "2026-03-01T12:00:00+00:00",
        "note": "seen",
    }


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({}, "verdict: send text"),
        ({"verdict": "maybe"}, "verdict: send accepted or rejected"),
        ({"verdict": "accepted", "note": 1}, "note: send text"),
        ({"verdict": "accepted", "note": "\0"}, "note: it holds characters"),
        ({"verdict": "accepted", "account_id": "b"}, "unknown field 'account_id'"),
    ],
)
def test_wrong_review_is_refused_by_name(data: dict[str, Any], says: str) -> None:
    with pytest.raises(FeedbackError, match=says):
        review_from_dict(data, "a" * 32, RECEIVED)
