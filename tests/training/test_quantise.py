"""An int8 graph has the outputs of the fp32 one, close to it, and its biases make up for rounded weights."""

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import numpy_helper

from beadwatch.domain.errors import TrainingError
from beadwatch.domain.labels import SURFACE
from beadwatch.inference.session import Session
from beadwatch.training import quantise as quantising
from beadwatch.training.export import to_onnx
from beadwatch.training.int8_gate import answers
from beadwatch.training.quantise import SHIPPED, Scheme, correct_biases, quantise
from tests.training.graphs import SIZE, random_pixels, tiny_serving_graph


@pytest.fixture(scope="module")
def model() -> bytes:
    return to_onnx(tiny_serving_graph(SURFACE), SIZE)


def rounded(weights: np.ndarray) -> np.ndarray:
    scale = np.abs(weights).max(axis=(1, 2, 3), keepdims=True) / 64
    nearest: np.ndarray = np.round(weights / scale) * scale
    return nearest


def test_int8_graph_keeps_the_contract_and_nearly_the_answers(model: bytes) -> None:
    int8, pixels = quantise(model, random_pixels(40)), random_pixels(20, seed=1)
    close, exact = answers(Session(int8, 1), pixels), answers(Session(model, 1), pixels)
    assert 1e-6 < np.abs(close.scores - exact.scores).max() < 0.05
    assert close.distance == pytest.approx(exact.distance, abs=0.02)
    assert Session(int8, 1).activation(pixels[:2]).shape == Session(model, 1).activation(pixels[:2]).shape
    assert Session(int8, 1).embedding(pixels[:2]).shape == (2, 24)


def test_weights_are_int8_but_for_the_first_two_convolutions_and_the_head(model: bytes) -> None:
    graph = onnx.load_from_string(quantise(model, random_pixels(40))).graph
    constants = {constant.name: constant for constant in graph.initializer}
    writer = {name: node for node in graph.node for name in node.output}
    kinds = []
    for node in graph.node:
        if node.op_type == "Conv":
            source = writer.get(node.input[1])
            kinds.append(source.op_type if source else numpy_helper.to_array(constants[node.input[1]]).dtype.name)
    assert kinds == ["float32", "float32", "DequantizeLinear", "DequantizeLinear", "DequantizeLinear", "float32"]
    scales = [node.input[1] for node in graph.node if node.op_type == "DequantizeLinear"]
    assert max(numpy_helper.to_array(constants[scale]).size for scale in scales if scale in constants) == 24


@pytest.mark.parametrize(("scheme", "largest"), [(SHIPPED, 64), (Scheme(seven_bits=False), 127)])
def test_weights_use_seven_bits_and_all_of_them(model: bytes, scheme: Scheme, largest: int) -> None:
    graph = onnx.load_from_string(quantise(model, random_pixels(40), scheme)).graph
    weights = [array for one in graph.initializer if (array := numpy_helper.to_array(one)).dtype == np.int8]
    kernels = [one.astype(int) for one in weights if one.ndim == 4]
    assert len(kernels) == 3
    assert {int(np.abs(one).max()) for one in kernels} == {largest}


def test_pointwise_convolution_keeps_its_mean_though_its_weights_are_rounded(model: bytes) -> None:
    graph, pixels = onnx.load_from_string(model), random_pixels(16)
    before = {constant.name: numpy_helper.to_array(constant).copy() for constant in graph.graph.initializer}
    third = [node for node in graph.graph.node if node.op_type == "Conv"][2]
    inputs = tensor(graph, third.input[0], pixels)
    correct_biases(graph, pixels)
    after = next(numpy_helper.to_array(c) for c in graph.graph.initializer if c.name == third.input[2])
    weights, bias = before[third.input[1]], before[third.input[2]]
    mean_input = inputs.mean(axis=(0, 2, 3))
    exact = weights[:, :, 0, 0] @ mean_input + bias
    assert rounded(weights)[:, :, 0, 0] @ mean_input + after == pytest.approx(exact, abs=5e-6)
    assert np.abs(rounded(weights)[:, :, 0, 0] @ mean_input + bias - exact).max() > 1e-4


def test_depthwise_convolution_is_corrected_channel_by_channel() -> None:
    weights = np.random.default_rng(0).normal(size=(5, 1, 3, 3)).astype(np.float32)
    means = np.array([0, 1, 2, 3, 10], dtype=np.float32)
    shift = quantising._mean_shift(weights, means, SHIPPED)
    assert shift == pytest.approx((rounded(weights) - weights).sum(axis=(1, 2, 3)) * means, abs=1e-5)
    assert shift[0] == 0
    assert abs(shift[4]) > 1e-3


def tensor(model: onnx.ModelProto, name: str, pixels: np.ndarray) -> np.ndarray:
    watched = onnx.ModelProto()
    watched.CopyFrom(model)
    watched.graph.output.append(onnx.ValueInfoProto(name=name))
    session = onnxruntime.InferenceSession(watched.SerializeToString(), providers=["CPUExecutionProvider"])
    values: np.ndarray = session.run([name], {"pixels": pixels})[0]
    return values


def test_too_few_pictures_are_refused(model: bytes) -> None:
    with pytest.raises(TrainingError, match="31 pictures are too few to quantise with; 32 at least"):
        quantise(model, random_pixels(31))
