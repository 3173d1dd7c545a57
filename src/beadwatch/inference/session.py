"""One ONNX Runtime session: pixels in, named arrays out. Knows the graph's contract, not what its numbers mean.

The contract, checked when the session is made: one input, uint8 N x H x W x 3 RGB; outputs `scores` float N x C
(calibrated probabilities), `distance` float N (cosine distance to known pictures, 0 to 2) and `activation`
float N x C x h x w (class activation maps).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import onnxruntime as ort

from beadwatch.domain.errors import BundleError

Floats = npt.NDArray[np.float32]
OUTPUTS = ("scores", "distance", "activation")


@dataclass(frozen=True, slots=True)
class Outputs:
    """What the graph computes for a batch: `scores` N x C and `distance` N, float32."""

    scores: Floats
    distance: Floats


class Session:
    """Runs one graph. Safe to call from several threads."""

    def __init__(self, model: bytes, threads: int = 0) -> None:
        """Load a graph from its bytes; `threads` 0 means one for each core."""
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        try:
            self._session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        except (ort.capi.onnxruntime_pybind11_state.Fail, *_load_errors()) as error:
            raise BundleError(f"ONNX Runtime cannot load the graph: {error}") from error
        self._input = _checked_input(self._session)

    def run(self, pixels: npt.NDArray[np.uint8]) -> Outputs:
        """Score a batch: `pixels` uint8 N x H x W x 3, RGB, already resized as the card says."""
        scores, distance = self._session.run(["scores", "distance"], {self._input: pixels})
        return Outputs(scores, distance)

    def activation(self, pixels: npt.NDArray[np.uint8]) -> Floats:
        """Return the class activation maps of a batch: float32 N x C x h x w, in logits."""
        (activation,) = self._session.run(["activation"], {self._input: pixels})
        maps: Floats = activation
        return maps


def _load_errors() -> tuple[type[Exception], ...]:
    state = ort.capi.onnxruntime_pybind11_state
    return (
        state.InvalidArgument,
        state.InvalidProtobuf,
        state.InvalidGraph,
        state.NoSuchFile,
        state.NotImplemented,
    )


def _checked_input(session: ort.InferenceSession) -> str:
    inputs, outputs = session.get_inputs(), {output.name for output in session.get_outputs()}
    if len(inputs) != 1 or inputs[0].type != "tensor(uint8)" or inputs[0].shape[-1:] != [3]:
        raise BundleError("the graph must have one input, uint8 N x H x W x 3: export the model with Beadwatch")
    missing = [name for name in OUTPUTS if name not in outputs]
    if missing:
        raise BundleError(f"the graph lacks the outputs {', '.join(missing)}: export the model with Beadwatch")
    return str(inputs[0].name)


def runtime_version() -> str:
    """Name the inference library, for `beadwatch doctor`."""
    return f"ONNX Runtime {ort.__version__}"
