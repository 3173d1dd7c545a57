"""An fp32 graph to an int8 one: static quantisation by ONNX Runtime, with the biases corrected first.

Weights become int8 with a scale for each output channel, activations uint8; what lies before the first convolution and
behind the last stays float, so that the input, the names and the outputs are those of the fp32 graph. Knows graphs and
pixels. Does not know tasks, or whether the result is good enough: see `int8_gate`.

Four things make this work for MobileNetV2, whose folded weights are badly spread; `bench/quantise.py` measures each:

- weights of 7 bits, -64 to 64: x86-64 processors without VNNI add two products of an activation and a weight in 16
  bits, where 2 x 255 x 127 saturates without a word and 2 x 255 x 64 fits;
- a scale per channel (with one per tensor the network is no better than chance);
- biases corrected for what rounding the weights does to the mean of each channel (Nagel et al., Data-Free Quantization
  Through Weight Equalization and Bias Correction, ICCV 2019), with means taken from real pictures;
- the first layers in float, up to the first depthwise convolution: that one amplifies the rounding of its input.
"""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
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
_OPERATORS = ("Conv", "Clip", "Add")


@dataclass(frozen=True, slots=True)
class Scheme:
    """How a graph is quantised. The defaults are what ships; `bench/quantise.py` measures the others.

    `float_convolutions` counts the first convolutions that stay float.
    """

    seven_bits: bool = True
    signed_activations: bool = False
    per_channel: bool = True
    corrected: bool = True
    float_convolutions: int = 2

    @property
    def largest_weight(self) -> int:
        """The largest quantised weight, with either sign."""
        return 64 if self.seven_bits else 127


SHIPPED = Scheme()


def quantise(model: bytes, pixels: Pixels, scheme: Scheme = SHIPPED) -> bytes:
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
        if scheme.corrected:
            correct_biases(graph, pixels, scheme)
        quantize_static(
            graph,
            quantised,
            _OneByOne(pixels),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=list(_OPERATORS),
            nodes_to_exclude=_float_nodes(graph, scheme),
            per_channel=scheme.per_channel,
            reduce_range=scheme.seven_bits,
            activation_type=QuantType.QInt8 if scheme.signed_activations else QuantType.QUInt8,
            weight_type=QuantType.QInt8,
        )
        return quantised.read_bytes()


def correct_biases(model: onnx.ModelProto, pixels: Pixels, scheme: Scheme = SHIPPED) -> None:
    """Shift each convolution's bias in place, so that rounding its weights leaves its mean output as it was.

    The mean input of each channel is that of the unrounded graph on `pixels` (uint8 N x H x W x 3); the border, where a
    kernel reaches into the padding, is left out of account.
    """
    constants = {constant.name: constant for constant in model.graph.initializer}
    convolutions = [
        node
        for node in _convolutions(model)[scheme.float_convolutions :]
        if {node.input[1], *node.input[2:]} <= set(constants)
    ]
    means = _channel_means(model, list(dict.fromkeys(node.input[0] for node in convolutions)), pixels)
    for node in convolutions:
        if len(node.input) < 3:
            continue
        bias = numpy_helper.to_array(constants[node.input[2]])
        shift = _mean_shift(numpy_helper.to_array(constants[node.input[1]]), means[node.input[0]], scheme)
        constants[node.input[2]].CopyFrom(numpy_helper.from_array(bias - shift, node.input[2]))


def _mean_shift(
    weights: npt.NDArray[np.float32], mean_input: npt.NDArray[np.float32], scheme: Scheme
) -> npt.NDArray[np.float32]:
    """Return by how much rounding `weights` (O x I/groups x h x w) moves each mean output, for a mean input of I."""
    spread = (1, 2, 3) if scheme.per_channel else None
    scale = np.abs(weights).max(axis=spread, keepdims=True).clip(1e-12) / scheme.largest_weight
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


def _float_nodes(model: onnx.ModelProto, scheme: Scheme) -> list[str]:
    """Return the nodes that stay float: the first convolutions with their clips, and what writes an output."""
    outputs = {output.name for output in model.graph.output}
    first = _convolutions(model)[: scheme.float_convolutions]
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
