"""Arrays that agree, and a file that gives back what was put in."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PillowImage
from PIL import ImageFilter

from beadwatch.domain.errors import DatasetError
from beadwatch.domain.labels import SURFACE
from beadwatch.imaging.decode import Image, Pixels
from beadwatch.inference.bundle import load_bundle
from beadwatch.inference.classifier import Classifier
from beadwatch.lifecycle.observations import (
    Observation,
    Observations,
    gather,
    load_observations,
    observe,
    save_observations,
)
from tests.lifecycle.drawn import TASK, draw


def first(values: np.ndarray, value: float) -> np.ndarray:
    changed = values.copy()
    changed.flat[0] = value
    return changed


@pytest.mark.parametrize(
    ("field", "change", "told"),
    [
        ("scores", lambda a: a[:-1], "scores has the shape"),
        ("scores", lambda a: a[:, :2], "scores has the shape"),
        ("truth", lambda a: a[:, :2], "truth has the shape"),
        ("truth", lambda a: a.astype(np.float64), "truth must be true or false"),
        ("embeddings", lambda a: a[:, 0], "embeddings has the shape"),
        ("brightness", lambda a: a[:3], "brightness has the shape"),
        ("names", lambda a: a[:3], "names has the shape"),
        ("scores", lambda a: first(a, np.nan), "scores of 1-0.jpg is not a finite number"),
        ("embeddings", lambda a: first(a, np.inf), "embeddings of 1-0.jpg is not a finite number"),
        ("sharpness", lambda a: first(a, np.nan), "sharpness of 1-0.jpg"),
        ("scores", lambda a: first(a, 1.5), "between 0 and 1"),
    ],
)
def test_arrays_that_make_no_sense_are_refused(field: str, change, told: str) -> None:  # type: ignore[no-untyped-def]
    drawn = draw(1, groups=5)
    with pytest.raises(DatasetError, match=told):
        replace(drawn, **{field: change(getattr(drawn, field))})


@pytest.mark.parametrize("labelled", [True, False])
def test_a_file_gives_back_what_was_saved(tmp_path: Path, labelled: bool) -> None:
    drawn = draw(1, groups=5) if labelled else replace(draw(1, groups=5), truth=None)
    save_observations(drawn, tmp_path / "observations.npz")
    read = load_observations(tmp_path / "observations.npz")
    assert read.task == TASK
    for name in ("groups", "names", "brightness", "sharpness"):
        assert np.array_equal(getattr(read, name), getattr(drawn, name))
    for name in ("scores", "embeddings"):
        assert np.allclose(getattr(read, name), getattr(drawn, name), atol=1e-6)
    assert (read.truth is None) if not labelled else np.array_equal(read.truth, drawn.truth)  # type: ignore[arg-type]
    assert [path.name for path in tmp_path.iterdir()] == ["observations.npz"]


def test_a_file_that_is_something_else_is_refused(tmp_path: Path) -> None:
    save_observations(draw(1, groups=5), tmp_path / "whole.npz")
    cut = (tmp_path / "whole.npz").read_bytes()[:200]
    (tmp_path / "cut.npz").write_bytes(cut)
    np.savez(tmp_path / "other.npz", scores=np.zeros(3))
    with (tmp_path / "array.npz").open("wb") as file:
        np.save(file, np.zeros(3))
    with (tmp_path / "pickle.npz").open("wb") as file:
        np.savez(file, scores=np.array([object()], dtype=object))
    for name in ("cut", "other", "array", "pickle", "missing"):
        with pytest.raises(DatasetError, match=f"{name}.npz: no observations"):
            load_observations(tmp_path / f"{name}.npz")


def test_some_rows_are_taken_from_every_field() -> None:
    drawn = draw(1, groups=5)
    part = drawn.take(drawn.groups == "1-3")
    assert len(part) == 4
    assert part.truth is not None
    assert set(part.groups) == {"1-3"}
    assert np.array_equal(part.brightness, drawn.brightness[12:16])


def test_a_picture_is_observed_by_the_production_classifier(models_dir: Path) -> None:
    classifier = Classifier(load_bundle(models_dir / "surface"), threads=1)
    card = classifier.card
    dice = np.random.default_rng(0)
    pixels = dice.integers(0, 255, (card.preprocess.height, card.preprocess.width, 3), dtype=np.uint8)

    def seen(changed: Pixels) -> Observation:
        return observe(classifier, Image(changed, "0" * 64))

    plain, dark = seen(pixels), seen(pixels // 2)
    soft = seen(np.asarray(PillowImage.fromarray(pixels).filter(ImageFilter.GaussianBlur(1))))
    flat = seen(np.full_like(pixels, 90))
    assert tuple(plain.scores) == pytest.approx(classifier.classify(pixels).scores)
    assert np.allclose(plain.embedding, classifier.embed(pixels))
    assert dark.brightness == pytest.approx(plain.brightness / 2, abs=1.0)
    assert dark.sharpness == pytest.approx(plain.sharpness, rel=0.05)
    assert soft.sharpness < 0.8 * plain.sharpness
    assert flat.brightness == pytest.approx(90.0)
    assert flat.sharpness == 0.0
    both = gather(card.task, [plain, dark], ["a", "b"], ["g", "g"], [["crack", "porosity"], []])
    assert isinstance(both, Observations)
    assert both.truth is not None
    assert both.truth.sum(axis=1).tolist() == [2, 0]


def test_what_cannot_be_gathered_is_refused() -> None:
    seen = Observation(np.zeros(len(SURFACE.labels)), np.zeros(4), 1.0, 1.0)
    with pytest.raises(DatasetError, match="no picture"):
        gather(SURFACE, [], [], [])
    with pytest.raises(DatasetError, match="surface has no class 'rust'"):
        gather(SURFACE, [seen], ["a"], ["g"], [["rust"]])
    with pytest.raises(DatasetError, match="scores has the shape"):
        gather(SURFACE, [seen], ["a"], ["g", "h"])
