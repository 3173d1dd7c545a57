"""An fp32 graph to an int8 one: static quantisation by ONNX Runtime, with the biases corrected first.

Weights become int8 with a scale for each output channel, activations uint8; what lies before the first convolution and
behind the last stays float, so that the input, the names and the outputs are those of the fp32 graph. Knows graphs and
pixels. Does not know tasks, or whether the result is good enough: see `int8_gate`.

Three things make this work for MobileNetV2, whose folded weights are badly spread; `bench/quantise.py` measures each:

- a scale per channel (with one per tensor the network is no better than chance);
- biases corrected for what rounding the weights does to the mean of each channel (Nagel et al., Data-Free Quantization
  Through Weight Equalization and Bias Correction, ICCV 2019), with means taken from real pictures;
- the first layers in float, up to the first depthwise convolution: that one amplifies the rounding of its input.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime as ort
from onnx import numpy_helper
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

from beadwatch.domain.errors import TrainingError

Pixels = npt.NDArray[np.uint8]
MIN_PICTURES = 32  # fewer do not show the range of an activation
_FLOAT_CONVOLUTIONS = 2
_OPERATORS = ("Conv", "Clip", "Add")
_LARGEST_INT8 = 127


def quantise(model: bytes, pixels: Pixels) -> bytes:
    """Return the int8 version of an ONNX graph.

    `pixels` (uint8 N x H x W x 3, RGB) are real pictures such as the graph will see: the range of each activation is
    the range that they cause (MinMax), and the biases are corrected by their means.

    Raises:
        TrainingError: there are too few pictures.
    """
    if len(pixels) < MIN_PICTURES:
        raise TrainingError(f"{len(pixels)} pictures are too few to quantise with; {MIN_PICTURES} at least")
    with tempfile.TemporaryDirectory(prefix="beadwatch-int8-") as folder:
        source, prepared, quantised = (Path(folder, name) for name in ("fp32.onnx", "prepared.onnx", "int8.onnx"))
        source.write_bytes(model)
        # Symbolic shape inference fails on the dynamo exporter's graphs; plain inference gives all that is needed here.
        quant_pre_process(source, prepared, skip_symbolic_shape=True)
        graph = onnx.load(prepared)
        correct_biases(graph, pixels)
        quantize_static(
            graph,
            quantised,
            _OneByOne(pixels),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=list(_OPERATORS),
            nodes_to_exclude=_float_nodes(graph),
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
        )
        return quantised.read_bytes()


def correct_biases(model: onnx.ModelProto, pixels: Pixels) -> None:
    """Shift each convolution's bias in place, so that rounding its weights to int8 leaves its mean output as it was.

    The mean input of each channel is that of the unrounded graph on `pixels` (uint8 N x H x W x 3); the border, where a
    kernel reaches into the padding, is left out of account.
    """
    constants = {constant.name: constant for constant in model.graph.initializer}
    convolutions = [
        node
        for node in _convolutions(model)[_FLOAT_CONVOLUTIONS:]
        if {node.input[1], *node.input[2:]} <= set(constants)
    ]
    means = _channel_means(model, list(dict.fromkeys(node.input[0] for node in convolutions)), pixels)
    for node in convolutions:
        if len(node.input) < 3:
            continue
        bias = numpy_helper.to_array(constants[node.input[2]])
        shift = _mean_shift(numpy_helper.to_array(constants[node.input[1]]), means[node.input[0]])
        constants[node.input[2]].CopyFrom(numpy_helper.from_array(bias - shift, node.input[2]))


def _mean_shift(weights: npt.NDArray[np.float32], mean_input: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return by how much rounding `weights` (O x I/groups x h x w) moves each mean output, for a mean input of I."""
    scale = np.abs(weights).max(axis=(1, 2, 3), keepdims=True).clip(1e-12) / _LARGEST_INT8
    error = (np.round(weights / scale) * scale - weights).sum(axis=(2, 3))
    groups = len(mean_input) // error.shape[1]
    shift: npt.NDArray[np.float32] = np.einsum(
        "goi,gi->go", error.reshape(groups, -1, error.shape[1]), mean_input.reshape(groups, -1)
    )
    return shift.ravel()


def _channel_means(model: onnx.ModelProto, tensors: list[str], pixels: Pixels) -> dict[str, npt.NDArray[np.float32]]:
    """Return the mean of each channel of the named N x C x h x w tensors over all pictures."""
    watched = onnx.ModelProto()
    watched.CopyFrom(model)
    watched.graph.output.extend(onnx.ValueInfoProto(name=name) for name in tensors)
    session = ort.InferenceSession(watched.SerializeToString(), providers=["CPUExecutionProvider"])
    rows = [[tensor.mean(axis=(0, 2, 3)) for tensor in session.run(tensors, {"pixels": one[None]})] for one in pixels]
    return {name: np.mean(column, axis=0) for name, column in zip(tensors, zip(*rows, strict=True), strict=True)}


def _float_nodes(model: onnx.ModelProto) -> list[str]:
    """Return the nodes that stay float: the first convolutions with their clips, and what writes an output."""
    outputs = {output.name for output in model.graph.output}
    first = _convolutions(model)[:_FLOAT_CONVOLUTIONS]
    written = {name for node in first for name in node.output}
    return [
        node.name
        for node in model.graph.node
        if node in first or outputs & set(node.output) or (node.op_type == "Clip" and written & set(node.input))
    ]


def _convolutions(model: onnx.ModelProto) -> list[onnx.NodeProto]:
    return [node for node in model.graph.node if node.op_type == "Conv"]


class _OneByOne(CalibrationDataReader):  # type: ignore[misc]  # ONNX Runtime is not typed
    def __init__(self, pixels: Pixels) -> None:
        self._left: Iterator[Pixels] = iter(pixels)

    def get_next(self) -> dict[str, Pixels] | None:
        picture = next(self._left, None)
        return None if picture is None else {"pixels": picture[None]}
