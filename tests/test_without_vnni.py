"""The int8 graphs that ship give the same answers on a processor without VNNI, which an emulator stands in for.

There, x86-64 multiplies 8-bit numbers in pairs and adds the two in 16 bits, which saturate at 32,767.
"""

import json
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from beadwatch.domain.labels import TASKS
from beadwatch.imaging.decode import decode
from beadwatch.inference.bundle import INT8_FILE, load_bundle
from tests.real import MODELS

EMULATOR = shutil.which("qemu-x86_64-static") if platform.machine() == "x86_64" else None
SCRIPT = """
import json, sys
import numpy as np, onnxruntime as ort

def answer(graph, pixels, exact):
    options = ort.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = 1, 3
    options.add_session_config_entry("session.x64quantprecision", exact)
    session = ort.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    outputs = [output.name for output in session.get_outputs() if output.name in {"scores", "distance"}]
    return [float(value) for array in session.run(outputs, {"pixels": np.load(pixels)}) for value in array.ravel()]

print(json.dumps([answer(*order) for order in json.loads(sys.argv[1])]))
"""
Order = tuple[str, str, str]


def answers_without_vnni(orders: list[Order]) -> list[list[float]]:
    """Return what graphs say of a picture (.npy) on the emulated processor, with "1" or without "0" the exact mode."""
    assert EMULATOR
    command = [EMULATOR, "-cpu", "Haswell", sys.executable, "-c", SCRIPT, json.dumps(orders)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True)
    said: list[list[float]] = json.loads(done.stdout)
    return said


def largest_products(path: Path) -> None:
    """Write a graph of the largest int8 weights there are: 255 everywhere gives 255 x 127 x 8 / 2000."""
    constants = {
        "one": np.float32(1),
        "step": np.float32(2000),
        "zero": np.uint8(0),
        "nought": np.int8(0),
        "weights": np.full((16, 8, 1, 1), 127, np.int8),
    }
    nodes = [
        helper.make_node("DequantizeLinear", ["pixels", "one", "zero"], ["x"]),
        helper.make_node("DequantizeLinear", ["weights", "one", "nought"], ["w"]),
        helper.make_node("Conv", ["x", "w"], ["y"]),
        helper.make_node("QuantizeLinear", ["y", "step", "zero"], ["q"]),
        helper.make_node("DequantizeLinear", ["q", "one", "zero"], ["scores"]),
    ]
    graph = helper.make_graph(
        nodes,
        "largest",
        [helper.make_tensor_value_info("pixels", TensorProto.UINT8, [1, 8, 4, 4])],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, [1, 16, 4, 4])],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10), path)


@pytest.mark.parametrize("task", TASKS)
def test_two_products_of_a_weight_and_an_activation_fit_sixteen_bits(task: str) -> None:
    graph = onnx.load(MODELS / task / INT8_FILE).graph
    constants = {constant.name: numpy_helper.to_array(constant) for constant in graph.initializer}
    dequantised = {node.output[0]: node.input[0] for node in graph.node if node.op_type == "DequantizeLinear"}
    weights = [
        constants[dequantised[node.input[1]]]
        for node in graph.node
        if node.op_type == "Conv" and node.input[1] in dequantised
    ]
    assert len(weights) > 40
    assert {one.dtype for one in weights} == {np.dtype(np.int8)}
    largest = max(int(np.abs(one.astype(int)).max()) for one in weights)
    assert 2 * 255 * largest <= 32767


@pytest.mark.skipif(EMULATOR is None, reason="needs qemu-x86_64-static on x86-64 (Debian: qemu-user-static)")
def test_int8_answers_are_the_same_without_vnni(tmp_path: Path) -> None:
    orders, promised = [], []
    for task in TASKS:
        bundle = load_bundle(MODELS / task)
        np.save(tmp_path / f"{task}.npy", decode(bundle.golden).pixels[None])
        orders.append((str(MODELS / task / INT8_FILE), str(tmp_path / f"{task}.npy"), "0"))
        golden = bundle.card.other_goldens[INT8_FILE]
        promised.append([*golden.scores, golden.distance])
    largest_products(graph := tmp_path / "largest.onnx")
    np.save(tmp_path / "white.npy", np.full((1, 8, 4, 4), 255, np.uint8))
    orders += [(str(graph), str(tmp_path / "white.npy"), exact) for exact in "01"]
    *said, saturated, exact = answers_without_vnni(orders)
    assert exact == [round(255 * 127 * 8 / 2000)] * 256
    assert max(saturated) < 100, "the emulated processor has VNNI: nothing is shown"
    for answer, promise in zip(said, promised, strict=True):
        assert answer == pytest.approx(promise, abs=1e-3)
