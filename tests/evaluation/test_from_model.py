"""Answers of a bundle: through the production classifier, with the groups it has learned from marked."""

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from beadwatch.datasets.sample import labelled
from beadwatch.datasets.snapshot import DatasetSnapshot, Record, make_snapshot
from beadwatch.domain.errors import DatasetError
from beadwatch.domain.labels import SURFACE, TIG, Disposition
from beadwatch.evaluation.from_model import answers_of_model, choose_records, seen_groups
from beadwatch.storage.blobs import BlobStore
from tests.bundles import colour_of, half_and_half, open_tiny
from tests.pictures import encoded, plain


def record(name: str, label: str, group: str | None = "g", split: str | None = None, digest: str = "") -> Record:
    return Record(
        digest or hashlib.sha256(name.encode()).hexdigest(),
        name,
        labelled(*label.split("+")),
        group,
        "set",
        split=split,
    )


def stored(blobs: BlobStore, pictures: dict[str, tuple[str, str]]) -> DatasetSnapshot:
    """Keep a picture of a class's colour for each `{name: (colour of, label)}`, and return the snapshot."""
    return make_snapshot(
        record(name, label, group=name[0], digest=blobs.put(encoded(plain(colour_of(TIG, drawn), 40 + number))))
        for number, (name, (drawn, label)) in enumerate(pictures.items())
    )


@pytest.fixture
def blobs(tmp_path: Path) -> BlobStore:
    return BlobStore(str(tmp_path / "blobs"))


def test_answers_are_those_of_the_classifier(blobs: BlobStore, tmp_path: Path) -> None:
    snapshot = stored(
        blobs,
        {
            "a1": ("good weld", "good weld"),
            "a2": ("burn through", "good weld"),
            "b1": ("contamination", "contamination"),
        },
    )
    far = record("b2", "lack of fusion", "b", digest=blobs.put(encoded(half_and_half())))
    records = (*snapshot.records, far)
    classifier = open_tiny(tmp_path / "tig", seen=[snapshot.records[2].sha256])
    seen = seen_groups(make_snapshot(records), classifier)
    ticks: list[None] = []
    answers = answers_of_model(classifier, records, seen, lambda r: blobs.get(r.sha256), lambda: ticks.append(None))
    assert seen == {"set/b"}, "a group is learned from when one of its pictures was"
    assert answers.group_seen.tolist() == [False, False, True, True]
    assert [answers.labels_of(row)[0] for row in answers.found[:3]] == ["good weld", "burn through", "contamination"]
    assert answers.labels_of(answers.targets[1]) == ("good weld",)
    assert answers.dispositions == (
        Disposition.ACCEPT, Disposition.REJECT, Disposition.REVIEW, Disposition.REVIEW,
    )  # fmt: skip
    assert answers.far.tolist() == [False, False, False, True]
    assert answers.names == ("a1", "a2", "b1", "b2")
    assert len(ticks) == 4
    assert min(answers.latency_ms) > 0
    assert min(answers.decode_ms) > 0


def test_a_picture_that_is_missing_or_broken_is_named(blobs: BlobStore, tmp_path: Path) -> None:
    classifier = open_tiny(tmp_path / "tig")
    missing = record("gone.png", "good weld", digest="ab" * 32)
    with pytest.raises(DatasetError, match=r"set: 'gone\.png' cannot be judged: no picture abab.*Import it again"):
        answers_of_model(classifier, [missing], frozenset(), lambda r: blobs.get(r.sha256))
    broken = record("bad.png", "good weld", digest=blobs.put(b"no picture"))
    with pytest.raises(DatasetError, match=r"'bad\.png' cannot be judged: this is no PNG"):
        answers_of_model(classifier, [broken], frozenset(), lambda r: blobs.get(r.sha256))


SPLIT = make_snapshot(
    [record(f"{split}{n}", "good weld", f"{split}{n}", split) for split in ("train", "test") for n in range(3)]
)
WHOLE = make_snapshot(replace(each, split=None) for each in SPLIT.records)


@pytest.mark.parametrize(
    ("snapshot", "asked", "part", "count"),
    [
        (SPLIT, None, "test", 3),
        (SPLIT, "train", "train", 3),
        (SPLIT, "all", "all", 6),
        (WHOLE, None, "all", 6),
        (make_snapshot(SPLIT.part("train")), None, "all", 3),
    ],
)
def test_the_part_that_is_judged(snapshot: DatasetSnapshot, asked: str | None, part: str, count: int) -> None:
    named, records = choose_records(snapshot, TIG, asked)
    assert (named, len(records)) == (part, count)


def test_a_limit_takes_the_same_pictures_whatever_they_are_called() -> None:
    _, first = choose_records(WHOLE, TIG, limit=2)
    renamed = make_snapshot(replace(each, name=f"{9 - n}.png") for n, each in enumerate(WHOLE.records))
    _, again = choose_records(renamed, TIG, limit=2)
    assert {each.sha256 for each in first} == {each.sha256 for each in again}
    assert {each.sha256 for each in first} == set(sorted(each.sha256 for each in WHOLE.records)[:2])
    assert len(choose_records(WHOLE, TIG, limit=99)[1]) == 6


def test_pictures_without_a_label_are_no_evidence() -> None:
    silent = replace(record("silent", "good weld"), annotations=())
    assert [each.name for each in choose_records(make_snapshot([silent, record("a", "crack")]), SURFACE)[1]] == ["a"]
    with pytest.raises(DatasetError, match="none of the 1 pictures has a label"):
        choose_records(make_snapshot([silent]), SURFACE)


@pytest.mark.parametrize(
    ("snapshot", "split", "says"),
    [
        (WHOLE, "test", "no picture in the split 'test': it is not split"),
        (make_snapshot(SPLIT.part("train")), "test", "no picture in the split 'test': it has train"),
        (make_snapshot([record("a", "undercut"), record("b", "good weld")]), None, "does not know: undercut"),
        (make_snapshot([record("a", "good weld+burn through")]), None, "answers one class a picture"),
    ],
)
def test_what_cannot_be_judged_is_refused(snapshot: DatasetSnapshot, split: str | None, says: str) -> None:
    with pytest.raises(DatasetError, match=says):
        choose_records(snapshot, TIG, split)


def test_scores_are_not_rounded(blobs: BlobStore, tmp_path: Path) -> None:
    snapshot = stored(blobs, {"a": ("good weld", "good weld")})
    classifier = open_tiny(tmp_path / "tig")
    answers = answers_of_model(classifier, snapshot.records, frozenset(), lambda r: blobs.get(r.sha256))
    assert answers.scores.sum() == pytest.approx(1.0, abs=1e-5)
    assert (answers.scores != np.round(answers.scores, 4)).any()
