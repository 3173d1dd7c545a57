"""A classifier that exists computes what its card promises, fills every field, and says the same from any thread."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import helper

from beadwatch.domain.errors import BundleError
from beadwatch.domain.labels import SURFACE, TIG, Disposition, Task
from beadwatch.domain.model_card import Golden, PreprocessSpec
from beadwatch.imaging.decode import decode
from beadwatch.inference.bundle import Precision, load_bundle
from beadwatch.inference.classifier import Classifier
from tests.bundles import (
    SPEC,
    between,
    colour_of,
    expected_answer,
    golden_pixels,
    half_and_half,
    open_tiny,
    spatial_maps,
    spotted,
    tiny_graph,
    write_bundle,
)
from tests.pictures import GREY, RED, Pixels, encoded, noise, plain, png


def golden(**changes: Any) -> Golden:
    scores, distance = expected_answer(TIG, golden_pixels())
    return replace(Golden("golden.png", tuple(scores), distance, 1e-3), **changes)


def shifted(by: float) -> tuple[float, ...]:
    first, *others = golden().scores
    return (first - by, *others)


CLASSES = [(task, name) for task in (TIG, SURFACE) for name in task.label_names]


@pytest.mark.parametrize(("task", "name"), CLASSES, ids=[f"{task.name} {name}" for task, name in CLASSES])
def test_picture_of_a_class_gets_its_label_and_verdict(tmp_path: Path, task: Task, name: str) -> None:
    inspection = open_tiny(tmp_path / "b", task).inspect("x.png", decode(png(colour_of(task, name))))
    label = next(label for label in task.labels if label.name == name)
    assert (inspection.decision.label, inspection.decision.disposition) == (name, label.verdict)


@pytest.mark.parametrize("task", [TIG, SURFACE], ids=lambda task: task.name)
@pytest.mark.parametrize(
    "pixels", [golden_pixels(), half_and_half(), noise(40, 32), plain(GREY)], ids=["golden", "halves", "noise", "grey"]
)
def test_answer_is_what_the_graph_should_compute(tmp_path: Path, task: Task, pixels: Pixels) -> None:
    prediction = open_tiny(tmp_path / "b", task).classify(pixels)
    scores, distance = expected_answer(task, pixels)
    assert np.allclose(prediction.scores, scores, atol=1e-5)
    assert prediction.distance == pytest.approx(distance, abs=1e-5)


def test_inspection_is_filled_in(tmp_path: Path) -> None:
    data = png(colour_of(TIG, "burn through"), 400, 300)
    inspection = open_tiny(tmp_path / "b").inspect("some/where.png", decode(data))
    assert inspection.path == "some/where.png"
    assert inspection.sha256 == hashlib.sha256(data).hexdigest()
    assert (inspection.model, inspection.model_version) == ("tig", "tig-1")
    assert inspection.prediction.task is TIG or inspection.prediction.task == TIG
    assert inspection.decision.disposition is Disposition.REJECT
    assert inspection.latency_ms >= 0
    assert not inspection.seen_in_training


def test_two_findings_of_a_multi_label_task_are_both_held(tmp_path: Path) -> None:
    pores = between(colour_of(SURFACE, "crack"), colour_of(SURFACE, "porosity"))
    decision = open_tiny(tmp_path / "b", SURFACE).inspect("x", decode(png(pores))).decision
    assert (decision.disposition, set(decision.labels)) == (Disposition.REJECT, {"crack", "porosity"})


def test_picture_unlike_the_known_ones_is_reviewed(tmp_path: Path) -> None:
    inspection = open_tiny(tmp_path / "b").inspect("x", decode(encoded(half_and_half())))
    assert inspection.prediction.distance == pytest.approx(1.0)
    assert inspection.decision.disposition is Disposition.REVIEW


def test_picture_that_the_model_was_trained_on_is_reported(tmp_path: Path) -> None:
    seen, new = png(GREY), png(GREY, 41)
    classifier = open_tiny(tmp_path / "b", seen=[hashlib.sha256(seen).hexdigest()])
    assert classifier.inspect("x", decode(seen)).seen_in_training
    assert not classifier.inspect("x", decode(new)).seen_in_training


def test_all_threads_get_the_same_answers(tmp_path: Path) -> None:
    classifier = open_tiny(tmp_path / "b", SURFACE)
    images = [decode(encoded(noise(64, 48, seed))) for seed in range(8)]
    alone = [classifier.inspect("x", image).prediction for image in images]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda image: classifier.inspect("x", image).prediction, images * 10))
    assert together == alone * 10
    assert len(set(alone)) == len(images)


@pytest.mark.parametrize(
    "promise",
    [
        golden(scores=shifted(0.01)),
        golden(scores=tuple(reversed(golden().scores))),
        golden(distance=golden().distance + 0.01),
        golden(distance=float("nan")),
    ],
    ids=["score off", "scores reversed", "distance off", "distance nan"],
)
def test_model_that_computes_something_else_is_refused(tmp_path: Path, promise: Golden) -> None:
    bundle = load_bundle(write_bundle(tmp_path / "b"))
    with pytest.raises(BundleError, match="golden check failed") as refused:
        Classifier(replace(bundle, card=replace(bundle.card, golden=promise)), threads=1)
    assert str(tmp_path / "b") in str(refused.value)


@pytest.mark.parametrize("tolerance", [-1.0, 0.0, 0.06, float("nan"), float("inf")])
def test_a_golden_check_that_checks_nothing_is_refused(tolerance: float) -> None:
    with pytest.raises(BundleError, match="golden tolerance"):
        golden(tolerance=tolerance)


def test_difference_within_the_tolerance_is_allowed(tmp_path: Path) -> None:
    assert open_tiny(tmp_path / "b", golden=golden(scores=shifted(0.0009))).card.name == "tig"


def test_model_with_swapped_colours_is_refused(tmp_path: Path) -> None:
    swapped = helper.make_node("Gather", ["anchors", "swap"], ["anchors_swapped"], axis=2)
    order = helper.make_node("Constant", [], ["swap"], value_ints=[2, 1, 0])
    offsets = helper.make_node("Sub", ["mean_of_each", "anchors_swapped"], ["offsets"])
    with pytest.raises(BundleError, match="golden check failed"):
        open_tiny(tmp_path / "b", model=tiny_graph(TIG, extra=[order, swapped, offsets]))


def nan_distance() -> bytes:
    return tiny_graph(TIG, extra=[helper.make_node("Div", ["half", "half"], ["distance"])])


@pytest.mark.parametrize(
    ("model", "says"),
    [
        pytest.param(tiny_graph(SURFACE), "7 scores for the 6 classes", id="classes of another task"),
        pytest.param(tiny_graph(TIG, input_shape=("n", 64, 64, 3)), "cannot run", id="another fixed size"),
        pytest.param(
            tiny_graph(TIG, extra=[helper.make_node("Sqrt", ["nearness"], ["scores"])]), "no usable", id="nan scores"
        ),
        pytest.param(
            tiny_graph(TIG, extra=[helper.make_node("Identity", ["half"], ["scores"])]), "shape", id="scores of rank 1"
        ),
        pytest.param(
            tiny_graph(TIG, extra=[helper.make_node("Identity", ["logits"], ["distance"])]), "shape", id="wide distance"
        ),
        pytest.param(np.random.default_rng(0).bytes(3000), "cannot load", id="random bytes with the right hash"),
        pytest.param(tiny_graph(TIG, outputs=("scores",)), "lacks the outputs", id="outputs missing"),
    ],
)
def test_unusable_graph_is_refused_with_the_path(tmp_path: Path, model: bytes, says: str) -> None:
    with pytest.raises(BundleError, match=says) as refused:
        open_tiny(tmp_path / "b", model=model)
    assert str(tmp_path / "b") in str(refused.value)


def test_answer_that_is_no_number_is_an_error_and_not_a_verdict(tmp_path: Path) -> None:
    scores, _ = expected_answer(TIG, golden_pixels())
    classifier = open_tiny(tmp_path / "b", model=nan_distance(), golden=Golden("golden.png", tuple(scores), 1.0, 1e-3))
    with pytest.raises(BundleError, match="no usable"):
        classifier.inspect("x", decode(png(RED)))


@pytest.mark.parametrize(
    ("file", "data", "says"),
    [
        ("golden.png", b"no picture", "golden input golden.png is no picture"),
        ("golden.png", png(GREY, 41, 32), "must have 40 x 32 px"),
    ],
    ids=["no picture", "another size"],
)
def test_unusable_golden_input_is_refused(tmp_path: Path, file: str, data: bytes, says: str) -> None:
    folder = write_bundle(tmp_path / "b")
    card = (folder / "card.json").read_text()
    old = hashlib.sha256((folder / file).read_bytes()).hexdigest()
    (folder / file).write_bytes(data)
    (folder / "card.json").write_text(card.replace(old, hashlib.sha256(data).hexdigest()))
    with pytest.raises(BundleError, match=says):
        Classifier(load_bundle(folder), threads=1)


def test_card_of_another_input_size_than_the_golden_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="must have 64 x 32 px"):
        open_tiny(tmp_path / "b", preprocess=PreprocessSpec(64, SPEC.height))


def seeing(folder: Path, task: Task = SURFACE, **training: Any) -> Classifier:
    return open_tiny(folder, task, model=tiny_graph(task, extra=spatial_maps()), training=training)


@pytest.mark.parametrize(("row", "column"), [(0, 0), (1, 3), (3, 4)])
@pytest.mark.parametrize("task", [TIG, SURFACE], ids=lambda task: task.name)
def test_finding_is_pointed_at(tmp_path: Path, task: Task, row: int, column: int) -> None:
    label = "burn through" if task is TIG else "crack"
    picture = encoded(spotted(colour_of(task, label), row, column))
    (region,) = seeing(tmp_path / "b", task).inspect("x", decode(picture)).regions
    assert region.label == label
    assert region.peak == pytest.approx([(column + 0.5) / 5, (row + 0.5) / 4])
    left, top, right, bottom = region.box
    assert left < (column + 0.5) / 5 < right
    assert top < (row + 0.5) / 4 < bottom
    assert (right - left) * (bottom - top) < 0.2


def test_mirror_images_change_nothing_for_a_model_that_is_not_off(tmp_path: Path) -> None:
    image = decode(encoded(spotted(colour_of(SURFACE, "crack"), 1, 3)))
    alone = seeing(tmp_path / "a").inspect("x", image)
    both = seeing(tmp_path / "b", augment={"horizontal_flip": True, "vertical_flip": True}).inspect("x", image)
    assert both.regions == alone.regions != ()


@pytest.mark.parametrize(
    "pixels",
    [
        plain(colour_of(SURFACE, "crack")),
        spotted(colour_of(SURFACE, "good welding"), 1, 3),
        spotted(colour_of(SURFACE, "background"), 1, 3),
        half_and_half(),
    ],
    ids=["flat", "good weld", "background", "unlike the known ones"],
)
def test_there_is_nothing_to_point_at(tmp_path: Path, pixels: Pixels) -> None:
    assert seeing(tmp_path / "b").inspect("x", decode(encoded(pixels))).regions == ()


def test_classes_are_explained_as_asked_found_or_not(tmp_path: Path) -> None:
    classifier = seeing(tmp_path / "b")
    image = decode(encoded(spotted(colour_of(SURFACE, "good welding"), 2, 2)))
    good, crack = classifier.explain(image, ["good welding", "crack"])
    assert (good.label, good.heat.shape) == ("good welding", (4, 5))
    assert good.heat.argmax() == 2 * 5 + 2
    assert good.region is not None
    assert (crack.label, crack.region) == ("crack", None)
    with pytest.raises(ValueError, match="no class 'moon rock'; there are: background, "):
        classifier.explain(image, ["moon rock"])


@pytest.mark.parametrize(
    "node",
    [
        helper.make_node("Identity", ["logits"], ["activation"]),
        helper.make_node("Unsqueeze", ["mean", "map_axes"], ["activation"]),
        helper.make_node("Log", ["spread"], ["activation"]),
    ],
    ids=["no map", "other classes", "no numbers"],
)
def test_unusable_maps_are_an_error_and_not_a_place(tmp_path: Path, node: Any) -> None:
    classifier = open_tiny(tmp_path / "b", SURFACE, model=tiny_graph(SURFACE, extra=[node]))
    with pytest.raises(BundleError, match="no usable activation maps"):
        classifier.inspect("x", decode(png(colour_of(SURFACE, "crack"))))


def test_int8_graph_answers_where_it_is_asked_for(tmp_path: Path) -> None:
    bundle = load_bundle(write_bundle(tmp_path / "b", int8=True))
    image = decode(encoded(half_and_half()))
    distances = {
        precision: Classifier(bundle, 1, precision).inspect("x", image).prediction.distance for precision in Precision
    }
    assert distances == {Precision.FP32: pytest.approx(1.0), Precision.INT8: pytest.approx(0.25)}
    assert Classifier(bundle, 1).precision is Precision.FP32


def test_int8_without_an_int8_graph_is_refused_with_the_path(tmp_path: Path) -> None:
    bundle = load_bundle(write_bundle(tmp_path / "b"))
    with pytest.raises(BundleError, match=r"no model\.int8\.onnx") as refused:
        Classifier(bundle, 1, Precision.INT8)
    assert str(tmp_path / "b") in str(refused.value)


@pytest.mark.parametrize(("off", "refused"), [(0.04, False), (0.06, True)])
def test_each_graph_is_checked_against_its_own_golden_scores(tmp_path: Path, off: float, refused: bool) -> None:
    promise = {"model.int8.onnx": golden(scores=shifted(off), distance=0.25, tolerance=0.05)}
    bundle = load_bundle(write_bundle(tmp_path / "b", int8=True, other_goldens=promise))
    Classifier(bundle, 1)
    if refused:
        with pytest.raises(BundleError, match="golden check failed: int8"):
            Classifier(bundle, 1, Precision.INT8)
    else:
        Classifier(bundle, 1, Precision.INT8)
