"""Which feedback counts, and whose labels a picture gets."""

from datetime import timedelta
from typing import Any

import pytest

from beadwatch.domain.labels import SURFACE, TIG
from beadwatch.lifecycle.uploads import Standing, choose, read_uploads
from tests.lifecycle.said import ACCOUNTS, ADA, BOB, GONE, NOON, ROSA, digest, review, said, unreviewed

ACCEPTED, REJECTED = review(), review("rejected", 2)


@pytest.mark.parametrize(
    ("body", "trust", "standing"),
    [
        (said(1, "x"), False, Standing.COUNTS),
        (said(1, "x", "crack", ACCEPTED, REJECTED), True, Standing.REJECTED),
        (said(1, "x", "crack", REJECTED, review(hours=3)), False, Standing.COUNTS),
        (unreviewed(said(1, "x", account=ADA)), True, Standing.WAITING),
        (unreviewed(said(1, "x", account=ROSA)), False, Standing.WAITING),
        (unreviewed(said(1, "x", account=ROSA)), True, Standing.COUNTS),
        (said(1, "x", "crack", REJECTED, account=ROSA), True, Standing.REJECTED),
        (unreviewed(said(1, "x", account=GONE)), True, Standing.WAITING),
        (unreviewed(said(1, "x", account=None)), True, Standing.WAITING),
        (said(1, "x", ""), False, Standing.UNUSABLE),
        (said(1, "x", "crack+good welding"), False, Standing.UNUSABLE),
        (said(1, "x", "crack+porosity"), False, Standing.COUNTS),
        (said(1, "x", "burn through+contamination", task="tig"), False, Standing.UNUSABLE),
    ],
)
def test_what_counts(body: dict[str, Any], trust: bool, standing: Standing) -> None:
    task = TIG if body["task"] == "tig" else SURFACE
    (upload,) = read_uploads([body], task, ACCOUNTS, trust_reviewers=trust)
    assert upload.standing is standing


def test_feedback_on_another_task_is_not_read() -> None:
    assert read_uploads([said(1, "x", task="tig")], SURFACE, ACCOUNTS) == []


def test_the_newest_accepted_review_decides_and_the_disagreement_is_listed() -> None:
    late = review(hours=9)
    log = [said(1, "x", "crack", late), said(2, "x", "porosity", account=BOB), said(3, "y", account=BOB)]
    chosen = choose(read_uploads(log, SURFACE, ACCOUNTS))
    assert chosen.by_picture[digest("x")].labels == ("crack",)
    (found,) = chosen.disagreements
    assert found.to_dict() == {
        "sha256": digest("x"),
        "taken": {"upload": f"north/{1:032x}", "account": ADA, "labels": ["crack"]},
        "others": [{"upload": f"north/{2:032x}", "account": BOB, "labels": ["porosity"]}],
    }
    assert chosen.standings[Standing.COUNTS] == 3


def test_who_corrects_themselves_does_not_disagree() -> None:
    chosen = choose(read_uploads([said(1, "x"), said(2, "x", "porosity", review(hours=2))], SURFACE, ACCOUNTS))
    assert chosen.disagreements == ()
    assert chosen.by_picture[digest("x")].labels == ("porosity",)


def test_boxes_become_places_of_their_labels_alone() -> None:
    boxes = [{"label": name, "box": [0.1, 0.2, 0.3, 0.4]} for name in ("crack", "spatters")]
    (upload,) = read_uploads([said(1, "x", "crack+porosity", boxes=boxes)], SURFACE, ACCOUNTS)
    assert [(each.label, each.box) for each in upload.annotations] == [
        ("crack", (0.1, 0.2, 0.3, 0.4)),
        ("porosity", None),
    ]


@pytest.mark.parametrize(
    ("change", "together"),
    [
        ({"part_id": "P1"}, True),
        ({"part_id": "P1", "seam_id": "2"}, False),
        ({"part_id": "P1", "team": "south"}, False),
    ],
)
def test_a_group_is_a_seam_of_a_team(change: dict[str, str], together: bool) -> None:
    first, second = read_uploads([said(1, "x"), said(2, "y", **change)], SURFACE, ACCOUNTS)
    assert (first.group == second.group) is together


@pytest.mark.parametrize(("hours", "account", "together"), [(3, ADA, True), (13, ADA, False), (3, BOB, False)])
def test_without_part_and_seam_a_group_is_one_persons_day(hours: int, account: str, together: bool) -> None:
    at = (NOON + timedelta(hours=hours)).isoformat()
    log = [said(1, "x", part_id=""), said(2, "y", part_id="", captured_at=at, account=account)]
    first, second = read_uploads(log, SURFACE, ACCOUNTS)
    assert (first.group == second.group) is together
