"""The audit finds each thing that can be wrong with a set, calls a leak a leak, and nothing else one."""

import json
from pathlib import Path

import pytest

from beadwatch.datasets.audit import audit
from beadwatch.datasets.audit_report import MAX_LISTED, AuditReport, OddPicture
from beadwatch.datasets.fingerprint import Fingerprint
from beadwatch.datasets.near_duplicates import SURE, Pair
from beadwatch.datasets.sample import Sample, labelled


def sample(name: str, *labels: str, group: str | None = None, split: str | None = None) -> Sample:
    return Sample(Path(name), labelled(*labels), "set", group, split)


def sized(width: int = 640, height: int = 480, contrast: float = 20.0) -> Fingerprint:
    return Fingerprint(width, height, contrast, 0, bytes(1024))


def audited(samples: list[Sample], pairs: list[Pair] | None = None, digests: list[str] | None = None) -> AuditReport:
    digests = digests or [f"{number:064x}" for number in range(len(samples))]
    return audit(samples, digests, [sized()] * len(samples), pairs or [], {})


TRAIN, TEST = {"split": "train"}, {"split": "test"}


def test_a_clean_set() -> None:
    samples = [sample("a.png", "good", group="1", **TRAIN), sample("b.png", "crack", group="2", **TEST)]
    report = audited(samples)
    assert not report.leaks
    assert (report.pictures, report.groups, report.ungrouped, report.copies) == (2, 2, 0, 0)
    assert report.splits == {"train": 1, "test": 1}
    assert report.leaked == {"train": 0, "test": 0}


def test_a_group_in_two_splits_leaks() -> None:
    samples = [sample(f"{n}.png", "good", group=str(n // 3), split="train" if n < 4 else "test") for n in range(6)]
    report = audited(samples)
    assert report.leaks
    assert [(found.group, dict(found.splits)) for found in report.straddling] == [("set/1", {"train": 1, "test": 2})]
    assert report.leaked == {"train": 1, "test": 2}


def test_groups_of_two_sources_are_two() -> None:
    other = Sample(Path("b.png"), labelled("good"), "other", "1", "test")
    assert not audited([sample("a.png", "good", group="1", **TRAIN), other]).leaks


@pytest.mark.parametrize(("similarity", "leaks"), [(1.0, True), (SURE, True), (SURE - 0.01, False)])
def test_a_sure_copy_in_another_split_leaks_and_a_look_alike_is_shown(similarity: float, leaks: bool) -> None:
    samples = [sample("a.png", "good", group="1", **TRAIN), sample("b.png", "good", group="2", **TEST)]
    report = audited(samples, [Pair(0, 1, similarity)])
    assert report.leaks is leaks
    assert len(report.copies_across) == leaks
    assert len(report.look_alikes_across) == (not leaks)
    assert report.leaked == {"train": int(leaks), "test": int(leaks)}


def test_identical_files_are_copies_whatever_the_fingerprints_say() -> None:
    samples = [sample("a.png", "good", **TRAIN), sample("b.png", "good", **TRAIN), sample("c.png", "good", **TEST)]
    report = audited(samples, digests=["f", "f", "f"])
    assert report.identical == ((Path("a.png"), Path("b.png"), Path("c.png")),)
    assert report.leaks
    (copy,) = report.copies_across
    assert copy.identical
    assert copy.similarity == 1.0
    assert copy.splits == ("train", "test")


def test_copies_within_a_split_do_not_leak() -> None:
    samples = [sample("a.png", "good", **TRAIN), sample("b.png", "good", **TRAIN), sample("c.png", "good")]
    report = audited(samples, [Pair(0, 1, 0.99), Pair(1, 2, 0.99)])
    assert not report.leaks
    assert report.copies == 2


def test_the_worst_pair_comes_first() -> None:
    samples = [sample(f"{n}.png", "good", split="train" if n % 2 else "test") for n in range(6)]
    report = audited(samples, [Pair(0, 1, 0.9), Pair(2, 3, 0.99), Pair(4, 5, 0.95)])
    assert [copy.similarity for copy in report.copies_across] == [0.99, 0.95, 0.9]


def test_copies_that_disagree_in_their_labels() -> None:
    samples = [
        sample("a.png", "good"),
        sample("b.png", "bad", "good"),
        sample("c.png", "good", "bad"),
        sample("d.png", "good"),
    ]
    report = audited(samples, [Pair(0, 1, 0.95), Pair(1, 2, 0.95), Pair(0, 3, 0.7)])
    (conflict,) = report.conflicts
    assert conflict.versions == ((("bad", "good"), (Path("b.png"), Path("c.png"))), (("good",), (Path("a.png"),)))
    assert conflict.pictures == 3


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (sized(640, 480), None),
        (sized(96, 96), None),
        (sized(95, 400), "too small"),
        (sized(2000, 400), "so long"),
        (sized(400, 1601), "so long"),
        (sized(contrast=0.0), "one colour"),
    ],
)
def test_odd_pictures(found: Fingerprint, reason: str | None) -> None:
    report = audit([sample("a.png", "good")], ["0"], [found], [], {})
    assert [odd.path for odd in report.odd] == ([Path("a.png")] if reason else [])
    assert reason is None or reason in report.odd[0].reason


def test_broken_files_are_told_and_are_no_copies_of_each_other() -> None:
    samples = [sample("a.png", "good", **TRAIN), sample("b.png", "good", **TEST), sample("c.png", "good")]
    report = audit(samples, ["", "", "0"], [None, None, sized()], [], {1: "the file is empty", 0: "damaged"})
    assert report.broken == (OddPicture(Path("a.png"), "damaged"), OddPicture(Path("b.png"), "the file is empty"))
    assert not report.leaks
    assert not report.odd


def test_balance_and_what_comes_together() -> None:
    samples = [
        sample("a.png", "spatters", "excess", group="1", **TRAIN),
        sample("b.png", "spatters", group="1", **TEST),
        sample("c.png", "spatters", "excess", "spatters", group="2", **TRAIN),
        sample("d.png"),
    ]
    report = audited(samples)
    balance = [(found.label, found.pictures, found.groups, dict(found.splits)) for found in report.classes]
    assert balance == [("excess", 2, 2, {"train": 2}), ("spatters", 3, 2, {"train": 2, "test": 1})]
    assert report.together == {"excess": {"excess": 2, "spatters": 2}, "spatters": {"excess": 2, "spatters": 3}}
    assert report.unlabelled == (Path("d.png"),)


def test_the_report_is_json_with_all_counts_and_bounded_lists() -> None:
    count = MAX_LISTED + 5
    samples = [Sample(Path(f"{n}-\udcff.png"), (), "set") for n in range(count)]
    report = audited(samples).to_dict()
    assert json.loads(json.dumps(report)) == report
    json.dumps(report, ensure_ascii=False).encode("utf-8")
    assert report["counts"]["unlabelled"] == count
    assert len(report["unlabelled"]) == MAX_LISTED


def test_an_empty_set() -> None:
    report = audited([])
    assert not report.leaks
    assert report.to_dict()["pictures"] == 0


def test_sequences_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="1 samples, 0 digests"):
        audit([sample("a.png")], [], [], [], {})
