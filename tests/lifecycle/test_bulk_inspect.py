"""Stored pictures get a second answer each, once, wherever it was killed; a store that is away is no answer."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from beadwatch.domain.errors import StoreError
from beadwatch.domain.labels import TIG
from beadwatch.imaging.decode import decode
from beadwatch.inference.bundle import load_bundle
from beadwatch.inference.classifier import Classifier
from beadwatch.lifecycle.bulk_inspect import BulkResult, bulk_inspect
from beadwatch.store.blobs import BlobStore
from beadwatch.store.database import open_database
from beadwatch.store.inspection_store import InspectionStore
from beadwatch.store.reinspection_store import ReinspectionStore
from tests.bundles import colour_of, write_bundle
from tests.pictures import png


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
    assert bulk_inspect(classifier, store, blobs) == BulkResult("tig-1", 2, 1, 1, 0)
    (found,) = store.find("tig-1")
    assert found.inspection_id == other
    assert found.body["difference"]["label"] == ["good weld", "burn through"]
    assert found.body["inspection"]["model_version"] == "tig-1"
    assert bulk_inspect(classifier, store, blobs) == BulkResult("tig-1", 0, 1, 1, 0)


def test_what_the_model_judged_itself_is_left_alone(
    store: ReinspectionStore, blobs: BlobStore, classifier: Classifier
) -> None:
    InspectionStore(store._engine).append(classifier.inspect("a.png", decode(png())))
    assert bulk_inspect(classifier, store, blobs) == BulkResult("tig-1", 0, 0, 0, 0)


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
            bulk_inspect(classifier, store, blobs)
    assert store.count("tig", "tig-1")["changed"] == survived
    assert bulk_inspect(classifier, store, blobs) == BulkResult("tig-1", 5 - survived, 0, 5, 0)


def test_picture_that_is_gone_is_noted_and_the_rest_goes_on(
    store: ReinspectionStore, blobs: BlobStore, classifier: Classifier
) -> None:
    inspected(store, blobs, classifier, "good weld", "good weld")
    inspected(store, blobs, classifier, "burn through", "burn through")
    blobs.remove(decode(png(colour_of(TIG, "good weld"))).sha256)
    assert bulk_inspect(classifier, store, blobs) == BulkResult("tig-1", 2, 1, 0, 1)


def test_blob_store_that_is_away_is_no_answer(
    store: ReinspectionStore, blobs: BlobStore, classifier: Classifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    inspected(store, blobs, classifier, "good weld", "good weld")

    def away(*_: object) -> bytes:
        raise StoreError("the bucket is gone")

    monkeypatch.setattr(blobs, "get", away)
    monkeypatch.setattr(blobs, "check", away)
    with pytest.raises(StoreError, match="the bucket is gone"):
        bulk_inspect(classifier, store, blobs)
    assert store.count("tig", "tig-1") == {"same": 0, "changed": 0, "failed": 0}
