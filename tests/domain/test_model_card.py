"""A model card that exists can be used: whatever is missing, of a wrong type or contradicts is a BundleError."""

import copy
import json
import math
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from beadwatch.domain.appearance import AppearanceLimits
from beadwatch.domain.errors import BundleError
from beadwatch.domain.guarantee import Guarantee
from beadwatch.domain.labels import SURFACE, TIG, Task
from beadwatch.domain.model_card import (
    Calibration,
    Golden,
    Interval,
    Metrics,
    ModelCard,
    PreprocessSpec,
    card_from_dict,
)
from tests.bundles import tiny_card

Data = dict[str, Any]
FILES = {"model.onnx": b"graph", "golden.png": b"picture", "seen.txt": b""}


def card(task: Task = TIG, **changes: Any) -> ModelCard:
    return tiny_card(task, FILES, **changes)


def good() -> Data:
    data: Data = json.loads(json.dumps(card().to_dict()))
    return data


def paths(value: Any, at: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    free = at[:1] in {("dataset",), ("training",), ("files",)} or at[-1:] in {("thresholds",), ("values",)}
    if isinstance(value, dict) and not (at and free):
        for key, inner in value.items():
            yield (*at, key)
            yield from paths(inner, (*at, key))


def parent_of(data: Data, path: tuple[str, ...]) -> Data:
    for key in path[:-1]:
        data = data[key]
    return data


def full() -> ModelCard:
    """Return a card with all that a calibration may state."""
    return card(
        calibration=Calibration(
            temperature=1.0,
            thresholds=dict.fromkeys(TIG.label_names, 0.5),
            accept_threshold=0.8,
            max_distance=0.5,
            miss_cost=20.0,
            guarantee=Guarantee(0.05, 0.1, 80, 1, certified=True),
            appearance=AppearanceLimits(5.0, 0.1, 2.3),
        )
    )


def full_data() -> Data:
    data: Data = json.loads(json.dumps(full().to_dict()))
    return data


REQUIRED = list(paths(good()))
STATED = [path for path in paths(full_data()) if path not in REQUIRED]
ONE_LABEL_GONE = [label for label in good()["task"]["labels"] if label["name"] != "contamination"]


@pytest.mark.parametrize("task", [TIG, SURFACE], ids=lambda task: task.name)
def test_card_survives_json(task: Task) -> None:
    written = card(task, metrics=Metrics("protocol", 3, 2, {"ap/crack": Interval(0.5, 0.25, 0.75)}))
    assert card_from_dict(json.loads(json.dumps(written.to_dict(), allow_nan=False))) == written


def test_card_that_states_all_survives_json() -> None:
    assert card_from_dict(full_data()) == full()


def test_card_of_before_states_nothing_new_and_promises_nothing() -> None:
    calibration = card_from_dict(good()).calibration
    assert (calibration.miss_cost, calibration.guarantee, calibration.appearance) == (None, None, None)
    assert set(good()["calibration"]) == {"temperature", "thresholds", "accept_threshold", "max_distance"}
    assert calibration.promise.startswith("not certified")


def test_promise_is_that_of_the_guarantee() -> None:
    assert full().calibration.promise.startswith("certified at 90% confidence: at most 5%")


@pytest.mark.parametrize(
    ("threshold", "score", "accepts"), [(0.8, 0.8, True), (0.8, 0.79, False), (1.0, 1.0, False), (0.0, 0.0, True)]
)
def test_accept_threshold_of_1_is_never(threshold: float, score: float, accepts: bool) -> None:
    assert Calibration(1.0, {}, threshold, 0.5).accepts(score) is accepts


def test_later_fields_survive_json_and_are_not_needed() -> None:
    golden = Golden("golden.png", card().golden.scores, 0.25, 0.05)
    parity = {"pictures": 200, "runtimes": {"onnx": {"agreement": 1.0}}}
    written = tiny_card(
        TIG, FILES | {"model.int8.onnx": b"8"}, other_goldens={"model.int8.onnx": golden}, parity=parity
    )
    assert card_from_dict(json.loads(json.dumps(written.to_dict(), allow_nan=False))) == written
    assert {"other_goldens", "parity"}.isdisjoint(good())
    assert (card_from_dict(good()).other_goldens, card_from_dict(good()).parity) == ({}, {})


def test_card_states_iso_numbers_of_imperfections_only() -> None:
    numbers = {label["name"]: label["iso6520"] for label in good()["task"]["labels"]}
    assert numbers["burn through"] == "510"
    assert numbers["good weld"] is numbers["lack of shielding gas"] is numbers["high travel speed"] is None


def test_required_fields_are_found_at_all_depths() -> None:
    assert {("schema_version",), ("task", "kind"), ("golden", "tolerance"), ("calibration", "max_distance")} < set(
        REQUIRED
    )


@pytest.mark.parametrize("path", REQUIRED, ids=".".join)
def test_missing_field_is_named(path: tuple[str, ...]) -> None:
    data = good()
    del parent_of(data, path)[path[-1]]
    with pytest.raises(BundleError, match=rf"lacks the field '{path[-1]}'"):
        card_from_dict(data)


def of_wrong_types(value: Any) -> list[Any]:
    everything = (None, True, 5, "0.5", ["x"], {"x": 1})
    kind = (int, float) if isinstance(value, float) else type(value)
    return [wrong for wrong in everything if isinstance(wrong, bool) or not isinstance(wrong, kind)]


MISTYPED = [
    pytest.param(path, wrong, id=f"{'.'.join(path)}={json.dumps(wrong)}")
    for path in REQUIRED
    for wrong in of_wrong_types(parent_of(good(), path)[path[-1]])
    if path != ("schema_version",)
]


@pytest.mark.parametrize(("path", "wrong"), MISTYPED)
def test_value_of_a_wrong_type_is_refused(path: tuple[str, ...], wrong: Any) -> None:
    data = good()
    parent_of(data, path)[path[-1]] = wrong
    with pytest.raises(BundleError):
        card_from_dict(data)


WRONG_OPTIONS = [
    pytest.param(path, wrong, id=f"{'.'.join(path)}={json.dumps(wrong)}")
    for path in STATED
    for wrong in of_wrong_types(parent_of(full_data(), path)[path[-1]])
    if not (wrong is None and len(path) == 2) and wrong is not parent_of(full_data(), path)[path[-1]]
]


@pytest.mark.parametrize(("path", "wrong"), WRONG_OPTIONS)
def test_option_of_a_wrong_type_is_refused(path: tuple[str, ...], wrong: Any) -> None:
    data = full_data()
    parent_of(data, path)[path[-1]] = wrong
    with pytest.raises(BundleError):
        card_from_dict(data)


@pytest.mark.parametrize("path", [path for path in STATED if len(path) > 2], ids=".".join)
def test_half_an_option_is_refused(path: tuple[str, ...]) -> None:
    data = full_data()
    del parent_of(data, path)[path[-1]]
    with pytest.raises(BundleError, match=rf"lacks the field '{path[-1]}'"):
        card_from_dict(data)


def changed(*path: str | int, to: Any) -> Callable[[Data], Any]:
    def change(data: Any) -> Any:
        inner = data
        for key in path[:-1]:
            inner = inner[key]
        inner[path[-1]] = to
        return data

    return change


def without_threshold(data: Data) -> Data:
    del data["calibration"]["thresholds"]["contamination"]
    return data


SHA256 = "0" * 64
CONTRADICTIONS: dict[str, tuple[Callable[[Data], Any], str]] = {
    "no object": (lambda _data: [], "wrong type"),
    "null": (lambda _data: None, "wrong type"),
    "text": (lambda _data: "card", "wrong type"),
    "schema 0": (changed("schema_version", to=0), "schema_version 0"),
    "schema 2": (changed("schema_version", to=2), "schema_version 2"),
    "schema text": (changed("schema_version", to="1"), "schema_version '1'"),
    "threshold missing": (without_threshold, "thresholds must name exactly"),
    "threshold too many": (changed("calibration", "thresholds", "porosity", to=0.5), "thresholds must name exactly"),
    "threshold above 1": (changed("calibration", "thresholds", "contamination", to=1.1), "contamination"),
    "threshold below 0": (changed("calibration", "thresholds", "contamination", to=-0.1), "contamination"),
    "threshold nan": (changed("calibration", "thresholds", "contamination", to=math.nan), "contamination"),
    "accept above 1": (changed("calibration", "accept_threshold", to=1.5), "accept_threshold"),
    "accept nan": (changed("calibration", "accept_threshold", to=math.nan), "accept_threshold"),
    "temperature 0": (changed("calibration", "temperature", to=0), "temperature"),
    "temperature nan": (changed("calibration", "temperature", to=math.nan), "temperature"),
    "distance over 2": (changed("calibration", "max_distance", to=2.1), "max_distance"),
    "distance nan": (changed("calibration", "max_distance", to=math.nan), "max_distance"),
    "miss cost 0": (changed("calibration", "miss_cost", to=0), "miss_cost"),
    "miss cost infinite": (changed("calibration", "miss_cost", to=math.inf), "miss_cost"),
    "width 31": (changed("preprocess", "width", to=31), "31 x 32"),
    "height 2049": (changed("preprocess", "height", to=2049), "40 x 2049"),
    "width infinite": (changed("preprocess", "width", to=math.inf), "wrong type"),
    "width broken": (changed("preprocess", "width", to=40.5), "wrong type"),
    "kind unknown": (changed("task", "kind", to="ordinal"), "wrong type"),
    "one class": (changed("task", "labels", to=[{"name": "good weld"}]), "at least two classes"),
    "class gone": (changed("task", "labels", to=ONE_LABEL_GONE), "thresholds must name exactly"),
    "class twice": (changed("task", "labels", 1, "name", to="good weld"), "each named once"),
    "golden short": (changed("golden", "scores", to=[0.5, 0.5]), "2 scores"),
    "golden text": (changed("golden", "scores", to="0.5"), "wrong type"),
    "other golden of no file": (changed("other_goldens", to={"m.onnx": good()["golden"]}), "no sha256 of m.onnx"),
    "other golden short": (
        changed("other_goldens", to={"model.onnx": good()["golden"] | {"scores": [0.5]}}),
        "1 scores",
    ),
    "other golden as number": (changed("other_goldens", to={"model.onnx": 1}), "wrong type"),
    "other goldens as list": (changed("other_goldens", to=[1]), "wrong type"),
    "parity as text": (changed("parity", to="fine"), "wrong type"),
    "golden unnamed": (changed("golden", "file", to="other.png"), "no sha256 of other.png"),
    "files empty": (changed("files", to={}), "no sha256 of model.onnx"),
    "sha short": (changed("files", "model.onnx", to="abc"), "no sha256"),
    "sha upper": (changed("files", "model.onnx", to="A" * 64), "no sha256"),
    "attribution text": (changed("attribution", to="one person"), "wrong type"),
    "number beyond floats": (changed("golden", "distance", to=10**400), "wrong type"),
    "attribution of numbers": (changed("attribution", to=[1]), "wrong type"),
    "class without name": (changed("task", "labels", 1, to={"name": None}), "wrong type"),
    "threshold as text": (changed("calibration", "thresholds", "contamination", to="0.5"), "wrong type"),
    "text that is none": (changed("attribution", to=["\ud800"]), "wrong type"),
    "text that is none, in the data set": (changed("dataset", to={"name": "\udcff"}), "wrong type"),
    "infinity in the training": (changed("training", to={"lr": [float("inf")]}), "wrong type"),
    "interval of two": (changed("metrics", "values", "macro_f1", to={"value": 1, "low": 0}), "lacks the field 'high'"),
}


@pytest.mark.parametrize(("change", "says"), CONTRADICTIONS.values(), ids=CONTRADICTIONS.keys())
def test_card_that_contradicts_itself_is_refused(change: Callable[[Data], Any], says: str) -> None:
    with pytest.raises(BundleError, match=says):
        card_from_dict(change(copy.deepcopy(good())))


@pytest.mark.parametrize(
    "name",
    ["../model.onnx", "sub/file", "/etc/passwd", "..\\file", "C:\\file", "..", ".", "", "card.json", "nul\0byte"],
)
def test_file_outside_the_bundle_is_refused(name: str) -> None:
    data = good()
    data["files"][name] = SHA256
    with pytest.raises(BundleError, match="no name of a file beside the card"):
        card_from_dict(data)


def test_card_without_a_good_class_is_refused() -> None:
    data = good()
    data["task"]["labels"][0] = {"name": "moon rock"}
    data["calibration"]["thresholds"]["moon rock"] = data["calibration"]["thresholds"].pop("good weld")
    with pytest.raises(BundleError, match="no class says that a weld is good"):
        card_from_dict(data)


@pytest.mark.parametrize(("width", "height"), [(32, 32), (2048, 2048), (320, 176)])
def test_input_sizes_within_bounds_are_taken(width: int, height: int) -> None:
    assert PreprocessSpec(width, height).width == width
