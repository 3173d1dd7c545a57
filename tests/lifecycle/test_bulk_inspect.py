"""Stored pictures get a second answer each, once, wherever it was killed; a store that is away is no answer."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import select

from beadwatch.domain.errors import StoreError
from beadwatch.domain.feedback import Sender, feedback_from_dict
from beadwatch.domain.labels import TIG
from beadwatch.imaging.decode import decode
from beadwatch.inference.bundle import load_bundle
from beadwatch.inference.classifier import Classifier
from beadwatch.lifecycle.bulk_inspect import BulkResult, Pictures, bulk_inspect
from beadwatch.lifecycle.shadow import answer_waiting
from beadwatch.storage.blobs import BlobStore
from beadwatch.storage.comparison_store import ComparisonStore, DisagreementFilter, Scope
from beadwatch.storage.database import open_database
from beadwatch.storage.feedback_answer_store import FeedbackAnswerStore
from beadwatch.storage.feedback_store import FeedbackStore
from beadwatch.storage.inspection_store import InspectionStore
from beadwatch.storage.reinspection_store import ReinspectionStore
from beadwatch.storage.sessions import transaction
from beadwatch.storage.tables import FeedbackSecondAnswerRow
from tests.bundles import colour_of, write_bundle
from tests.domain.test_feedback import sent
from tests.pictures import png

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def classifier(tmp_path: Path) -> Classifier:
    write_bundle(tmp_path / "tig", TIG)
    return Classifier(load_bundle(tmp_path / "tig"), 1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ReinspectionStore]:
    opened = ReinspectionStore(open_database(f"sqlite:///{tmp_path / 'a.db'}"))
    yield opened
    opened.close()


@pytest.fixture
def blobs(tmp_path: Path) -> BlobStore:
    return BlobStore(str(tmp_path / "blobs"))


def pictures(store: ReinspectionStore, blobs: BlobStore) -> Pictures:
    return Pictures(store, FeedbackAnswerStore(store._engine), blobs)


def inspected(store: ReinspectionStore, blobs: BlobStore, classifier: Classifier, shown: str, answered: str) -> str:
    """Store the picture of one class as an older model judged it: as the picture of another class."""
    picture = png(colour_of(TIG, shown))
    answer = classifier.inspect("a.png", decode(png(colour_of(TIG, answered))))
    blobs.put(picture)
    old = replace(answer, sha256=decode(picture).sha256, model_version="tig-0")
    return InspectionStore(store._engine).append(old).id


def test_answers_are_compared_and_made_once(store: ReinspectionStore, blobs: BlobStore, classifier: Classifier) -> None:
    inspected(store, blobs, classifier, "good weld", "good weld")
    other = inspected(store, blobs, classifier, "burn through", "good weld")
    assert bulk_inspect(classifier, pictures(store, blobs)) == BulkResult("tig-1", 2, 1, 1, 0)
    (found,) = ComparisonStore(store._engine).disagreements(DisagreementFilter("tig", "tig-1"), Scope())
    assert found.id == other
    assert (found.before["label"], found.now["label"]) == ("good weld", "burn through")
    assert found.now["model_version"] == "tig-1"
    assert bulk_inspect(classifier, pictures(store, blobs)) == BulkResult("tig-1", 0, 1, 1, 0)


def test_what_the_model_judged_itself_is_left_alone(
    store: ReinspectionStore, blobs: BlobStore, classifier: Classifier
) -> None:
    InspectionStore(store._engine).append(classifier.inspect("a.png", decode(png())))
    assert bulk_inspect(classifier, pictures(store, blobs)) == BulkResult("tig-1", 0, 0, 0, 0)


@pytest.mark.parametrize("survived", [0, 1, 2, 4])
def test_killed_anywhere_it_goes_on_and_doubles_nothing(
    store: ReinspectionStore,
    blobs: BlobStore,
    classifier: Classifier,
    survived: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for _ in range(5):
        inspected(store, blobs, classifier, "burn through", "good weld")
    get, left = blobs.get, [survived]

    def dying(digest: str) -> bytes:
        if not left[0]:
            raise KeyboardInterrupt
        left[0] -= 1
        return get(digest)

    with monkeypatch.context() as patch:
        patch.setattr(blobs, "get", dying)
        with pytest.raises(KeyboardInterrupt):
            bulk_inspect(classifier, pictures(store, blobs))
    assert store.count("tig", "tig-1")["changed"] == survived
    assert bulk_inspect(classifier, pictures(store, blobs)) == BulkResult("tig-1", 5 - survived, 0, 5, 0)


def test_picture_that_is_gone_is_noted_and_the_rest_goes_on(
    store: ReinspectionStore, blobs: BlobStore, classifier: Classifier
) -> None:
    inspected(store, blobs, classifier, "good weld", "good weld")
    inspected(store, blobs, classifier, "burn through", "burn through")
    blobs.remove(decode(png(colour_of(TIG, "good weld"))).sha256)
    assert bulk_inspect(classifier, pictures(store, blobs)) == BulkResult("tig-1", 2, 1, 0, 1)


def test_blob_store_that_is_away_is_no_answer(
    store: ReinspectionStore, blobs: BlobStore, classifier: Classifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    inspected(store, blobs, classifier, "good weld", "good weld")

    def away(*_: object) -> bytes:
        raise StoreError("the bucket is gone")

    monkeypatch.setattr(blobs, "get", away)
    monkeypatch.setattr(blobs, "check", away)
    with pytest.raises(StoreError, match="the bucket is gone"):
        bulk_inspect(classifier, pictures(store, blobs))
    assert store.count("tig", "tig-1") == {"same": 0, "changed": 0, "failed": 0}


def said(store: ReinspectionStore, blobs: BlobStore, number: int, shown: str, *labels: str) -> None:
    """Store feedback on the picture of one class, of which a phone with an older model said something."""
    picture = png(colour_of(TIG, shown)) + bytes([number])  # what follows a picture's end changes its sha256 alone
    scores = dict.fromkeys(TIG.label_names, 0.1)
    answer = {"model": "tig", "model_version": "tig-0", "scores": scores, "labels": list(labels)}
    body = sent(
        id=f"{number:032x}", sha256=sha256(picture).hexdigest(), task="tig", answer=answer, labels=[shown], boxes=[]
    )
    given = feedback_from_dict(body, Sender(None, None, "north"), datetime.now(UTC))
    FeedbackStore(store._engine, blobs).append(given, picture)


def test_what_phones_judged_comes_after_and_classes_alone_are_compared(
    store: ReinspectionStore, blobs: BlobStore, classifier: Classifier
) -> None:
    inspected(store, blobs, classifier, "good weld", "good weld")
    said(store, blobs, 1, "good weld", "good weld")
    said(store, blobs, 2, "burn through", "good weld")
    said(store, blobs, 3, "burn through")
    assert bulk_inspect(classifier, pictures(store, blobs)) == BulkResult("tig-1", 4, 2, 2, 0)
    with transaction(store._engine, "look") as session:
        found = {row.feedback: row for row in session.scalars(select(FeedbackSecondAnswerRow))}
        assert [found[key].gravity for key in sorted(found)] == [2, 0, 1]
        assert found[2].body["difference"] == {"labels": [["good weld"], ["burn through"]]}
        assert [found[2].body["seen_before"], found[2].disposition] == [None, "reject"]
    assert bulk_inspect(classifier, pictures(store, blobs)) == BulkResult("tig-1", 0, 2, 2, 0)


def test_the_phones_model_tells_what_it_was_trained_on_where_it_answers_here(
    store: ReinspectionStore,
    blobs: BlobStore,
    classifier: Classifier,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said(store, blobs, 1, "burn through", "good weld")
    champion = Classifier(load_bundle(write_bundle(tmp_path / "champion", TIG, version="tig-0")), 1)
    monkeypatch.setattr(champion, "has_seen", lambda _: True)
    known = replace(pictures(store, blobs), answering=lambda task: champion if task == "tig" else None)
    bulk_inspect(classifier, known)
    with transaction(store._engine, "look") as session:
        row = session.scalars(select(FeedbackSecondAnswerRow)).one()
        assert row.body["seen_before"] is True


@pytest.mark.parametrize("survived", [0, 1, 2, 3])
def test_killed_among_inspections_or_feedback_it_goes_on_and_doubles_nothing(
    store: ReinspectionStore, blobs: BlobStore, classifier: Classifier, survived: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(2):
        inspected(store, blobs, classifier, "burn through", "good weld")
    for number in (1, 2):
        said(store, blobs, number, "burn through", "good weld")
    get, left = blobs.get, [survived]

    def dying(digest: str) -> bytes:
        if not left[0]:
            raise KeyboardInterrupt
        left[0] -= 1
        return get(digest)

    with monkeypatch.context() as patch:
        patch.setattr(blobs, "get", dying)
        with pytest.raises(KeyboardInterrupt):
            answer_waiting(classifier, pictures(store, blobs), LONG_AGO, (0, 0), lambda: True)
    places = answer_waiting(classifier, pictures(store, blobs), LONG_AGO, (0, 0), lambda: True)
    assert places == ((2, 2) if survived < 2 else (0, 2))
    assert bulk_inspect(classifier, pictures(store, blobs)) == BulkResult("tig-1", 0, 0, 4, 0)
    assert answer_waiting(classifier, pictures(store, blobs), datetime.now(UTC), (0, 0), lambda: True) == (0, 0)
