"""Makes tiny model bundles whose answers are known: each class has a colour, and a picture of it is of that class.

A picture of two parts that differ is unlike what the model knows: its distance is the spread of its pixels.
"""

import hashlib
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from beadwatch.domain.labels import SURFACE, TIG, Task, TaskKind
from beadwatch.domain.model_card import Calibration, Golden, Interval, Metrics, ModelCard, PreprocessSpec
from beadwatch.inference.bundle import load_bundle, write_card
from beadwatch.inference.classifier import Classifier
from beadwatch.inference.session import OUTPUTS
from tests.pictures import BLACK, BLUE, GREEN, RED, WHITE, Colour, Pixels, encoded

SPEC = PreprocessSpec(width=40, height=32)
SHARPNESS, REACH = 12.0, 0.5
MAGENTA: Colour = (255, 0, 255)
YELLOW: Colour = (255, 255, 0)
CYAN: Colour = (0, 255, 255)
_PALETTE = (RED, GREEN, BLUE, YELLOW, MAGENTA, CYAN, WHITE)


def colour_of(task: Task, label: str) -> Colour:
    """Return the colour at which the tiny model is sure of `label`."""
    return _PALETTE[task.label_names.index(label)]


def between(one: Colour, other: Colour) -> Colour:
    """Return the colour half way: neighbouring classes of a multi-label task then both hold."""
    return (one[0] + other[0]) // 2, (one[1] + other[1]) // 2, (one[2] + other[2]) // 2


def half_and_half() -> Pixels:
    """Return a picture at the largest distance: its left half black, its right half white."""
    pixels = np.full((SPEC.height, SPEC.width, 3), BLACK, dtype=np.uint8)
    pixels[:, SPEC.width // 2 :] = WHITE
    return pixels


def expected_answer(task: Task, pixels: Pixels) -> tuple[list[float], float]:
    """Return the scores and the distance that the tiny graph must compute, by NumPy."""
    scaled = pixels.astype(np.float64) / 255
    mean = scaled.mean(axis=(0, 1))
    logits = SHARPNESS * (REACH - ((mean - _anchors(task)) ** 2).sum(axis=1))
    if task.kind is TaskKind.MULTI_LABEL:
        scores = 1 / (1 + np.exp(-logits))
    else:
        scores = np.exp(logits - logits.max()) / np.exp(logits - logits.max()).sum()
    return [float(score) for score in scores], float(2 * np.abs(scaled - mean).mean())


def _anchors(task: Task) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.array(_PALETTE[: len(task.labels)], dtype=np.float64) / 255


def tiny_graph(
    task: Task,
    outputs: Iterable[str] = OUTPUTS,
    input_type: int = TensorProto.UINT8,
    input_shape: Sequence[str | int] = ("n", "h", "w", 3),
    extra: Sequence[onnx.NodeProto] = (),
) -> bytes:
    """Return the tiny model as ONNX; the arguments make it break the contract of `inference.session`.

    `extra` nodes go last: one that writes to `distance` or `scores` replaces what computes it.
    """
    head = "Sigmoid" if task.kind is TaskKind.MULTI_LABEL else "Softmax"
    nodes = [
        helper.make_node("Cast", ["pixels"], ["floats"], to=TensorProto.FLOAT),
        helper.make_node("Div", ["floats", "white"], ["scaled"]),
        helper.make_node("ReduceMean", ["scaled", "sides"], ["means"], keepdims=1),
        helper.make_node("Squeeze", ["means", "sides"], ["mean"]),
        helper.make_node("Unsqueeze", ["mean", "class_axis"], ["mean_of_each"]),
        helper.make_node("Sub", ["mean_of_each", "anchors"], ["offsets"]),
        helper.make_node("ReduceSumSquare", ["offsets", "last"], ["apart"], keepdims=0),
        helper.make_node("Sub", ["reach", "apart"], ["nearness"]),
        helper.make_node("Mul", ["nearness", "sharpness"], ["logits"]),
        helper.make_node(head, ["logits"], ["scores"]),
        helper.make_node("Sub", ["scaled", "means"], ["deviations"]),
        helper.make_node("Abs", ["deviations"], ["spread"]),
        helper.make_node("ReduceMean", ["spread", "all_but_first"], ["half"], keepdims=0),
        helper.make_node("Mul", ["half", "two"], ["distance"]),
        helper.make_node("Unsqueeze", ["logits", "map_axes"], ["activation"]),
        helper.make_node("Identity", ["mean"], ["embedding"]),
    ]
    replaced = {name for node in extra for name in node.output}
    nodes = [node for node in nodes if not replaced & set(node.output)]
    constants: dict[str, Any] = {
        "white": np.float32(255), "two": np.float32(2), "reach": np.float32(REACH),
        "sharpness": np.float32(SHARPNESS), "anchors": _anchors(task).astype(np.float32)[None],
        "sides": np.array([1, 2]), "class_axis": np.array([1]), "last": np.array([2]),
        "all_but_first": np.array([1, 2, 3]), "map_axes": np.array([2, 3]),
    }  # fmt: skip
    graph = helper.make_graph(
        [*nodes, *extra],
        "tiny",
        [helper.make_tensor_value_info("pixels", input_type, input_shape)],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    return bytes(model.SerializeToString())


def spatial_maps() -> list[onnx.NodeProto]:
    """Return `extra` nodes for activation maps of 4 x 5 cells, each the nearness of its own 8 x 8 pixels to a class."""
    return [
        helper.make_node("Constant", [], ["axis_3"], value_ints=[3]),
        helper.make_node("Constant", [], ["axis_4"], value_ints=[4]),
        helper.make_node("Unsqueeze", ["scaled", "axis_3"], ["each_pixel"]),
        helper.make_node("Sub", ["each_pixel", "anchors"], ["pixel_offsets"]),
        helper.make_node("ReduceSumSquare", ["pixel_offsets", "axis_4"], ["pixels_apart"], keepdims=0),
        helper.make_node("Sub", ["reach", "pixels_apart"], ["pixel_nearness"]),
        helper.make_node("Mul", ["pixel_nearness", "sharpness"], ["pixel_logits"]),
        helper.make_node("Transpose", ["pixel_logits"], ["pixel_maps"], perm=[0, 3, 1, 2]),
        helper.make_node("AveragePool", ["pixel_maps"], ["activation"], kernel_shape=[8, 8], strides=[8, 8]),
    ]


def write_contrary(folder: Path, task: Task, version: str, swapped: Sequence[tuple[str, str]], **changes: Any) -> Path:
    """Write a bundle that takes each of these pairs of classes for one another, and is else like the tiny one."""
    order = list(range(len(task.labels)))
    for one, other in swapped:
        place, place_of_other = task.label_names.index(one), task.label_names.index(other)
        order[place], order[place_of_other] = place_of_other, place
    head = "Sigmoid" if task.kind is TaskKind.MULTI_LABEL else "Softmax"
    *maps, pooling = spatial_maps()
    pooling.output[0] = "pooled"
    extra = [
        helper.make_node("Constant", [], ["order"], value_ints=order),
        helper.make_node(head, ["logits"], ["straight"]),
        helper.make_node("Gather", ["straight", "order"], ["scores"], axis=1),
        *maps,
        pooling,
        helper.make_node("Gather", ["pooled", "order"], ["activation"], axis=1),
    ]
    scores, distance = expected_answer(task, golden_pixels())
    golden = Golden("golden.png", tuple(scores[index] for index in order), distance, 1e-3)
    return write_bundle(folder, task, tiny_graph(task, extra=extra), version=version, golden=golden, **changes)


def spotted(colour: Colour, row: int, column: int) -> Pixels:
    """Return a picture of a class's dimmed colour with one cell of `spatial_maps` in full colour."""
    pixels = np.full((SPEC.height, SPEC.width, 3), [0.6 * channel for channel in colour], dtype=np.uint8)
    pixels[8 * row : 8 * row + 8, 8 * column : 8 * column + 8] = colour
    return pixels


def int8_graph(task: Task) -> bytes:
    """Return a graph with the scores of the tiny one and a distance of 0.25."""
    quarter = helper.make_node("Constant", [], ["quarter"], value_float=0.25)
    nothing = helper.make_node("Sub", ["half", "half"], ["nothing"])
    return tiny_graph(task, extra=[quarter, nothing, helper.make_node("Add", ["nothing", "quarter"], ["distance"])])


def golden_pixels() -> Pixels:
    """Return the golden picture: a slope of each colour, so that swapped channels show."""
    down, across = np.mgrid[0 : SPEC.height, 0 : SPEC.width]
    return np.stack([200 + across, 40 + 2 * down, 30 + across // 2], axis=2).astype(np.uint8)


def tiny_card(task: Task, files: dict[str, bytes], **changes: Any) -> ModelCard:
    """Return a card that fits the tiny graph, with fields replaced by `changes`."""
    scores, distance = expected_answer(task, golden_pixels())
    card = ModelCard(
        name=task.name,
        version=f"{task.name}-1",
        created="2026-01-02T03:04:05+00:00",
        task=task,
        preprocess=SPEC,
        calibration=Calibration(1.0, dict.fromkeys(task.label_names, 0.5), 0.8, 0.5),
        metrics=Metrics("made up for tests", 10, 4, {"macro_f1": Interval(0.9, 0.8, 1.0)}),
        dataset={"snapshot": "0" * 64},
        training={"seed": 1},
        attribution=("drawn by a test",),
        golden=Golden("golden.png", tuple(scores), distance, 1e-3),
        files={name: hashlib.sha256(data).hexdigest() for name, data in files.items()},
    )
    return replace(card, **changes)


def write_bundle(
    folder: Path, task: Task = TIG, model: bytes | None = None, seen: Sequence[str] = (), **changes: Any
) -> Path:
    """Write a bundle folder; `seen` are sha256 of pictures it was trained on, `changes` go to the card.

    `int8=True` adds a second graph, whose distance is always 0.25 so that it can be told apart.
    """
    files = {
        "model.onnx": tiny_graph(task) if model is None else model,
        "golden.png": encoded(golden_pixels()),
        "seen.txt": "".join(f"{digest[:16]}\n" for digest in seen).encode(),
    }
    if changes.pop("int8", False):
        files["model.int8.onnx"] = int8_graph(task)
        golden = Golden("golden.png", tuple(expected_answer(task, golden_pixels())[0]), 0.25, 0.05)
        changes = {"other_goldens": {"model.int8.onnx": golden}} | changes
    folder.mkdir(parents=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    write_card(folder, tiny_card(task, files, **changes))
    return folder


def zipped(folder: Path) -> Path:
    """Pack a bundle folder into a zip beside it."""
    target = folder.with_name(f"{folder.name}.zip")
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.iterdir()):
            archive.write(file, file.name)
    return target


def write_models(folder: Path) -> None:
    """Write one bundle for each of the two tasks that ship, with activation maps of several cells."""
    for task in (TIG, SURFACE):
        write_bundle(folder / task.name, task, tiny_graph(task, extra=spatial_maps()))


def open_tiny(folder: Path, task: Task = TIG, **changes: Any) -> Classifier:
    """Write a bundle and return its classifier, on one thread."""
    return Classifier(load_bundle(write_bundle(folder, task, **changes)), threads=1)
