"""One ONNX Runtime session: pixels in, named arrays out. Knows the graph's contract, not what its numbers mean.

The contract, checked when the session is made: one input, uint8 N x H x W x 3 RGB; outputs `scores` float N x C
(calibrated probabilities), `distance` float N (cosine distance to known pictures, 0 to 2), `activation`
float N x C x h x w (class activation maps) and `embedding` float N x F (the pooled features behind the scores).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import onnxruntime as ort

from beadwatch.domain.errors import BundleError

Floats = npt.NDArray[np.float32]
OUTPUTS = ("scores", "distance", "activation", "embedding")


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
        # Threads that wait by spinning take the cores of whoever decodes and sends: bench/line.py shows it.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        # Without VNNI, x86-64 sums pairs of 8-bit products in 16 bits, which saturate. So ONNX Runtime takes wider sums
        # for weights over 7 bits, at the cost of speed. Ours have 7 (`training.quantise`); this is for older graphs.
        options.add_session_config_entry("session.x64quantprecision", "1")
        try:
            self._session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"], enable_fallback=0)
        except _failures() as error:
            raise BundleError(f"ONNX Runtime cannot load the graph: {error}") from error
        self._input = _checked_input(self._session)

    def run(self, pixels: npt.NDArray[np.uint8]) -> Outputs:
        """Score a batch: `pixels` uint8 N x H x W x 3, RGB, already resized as the card says."""
        scores, distance = self._run(["scores", "distance"], pixels)
        if np.ndim(scores) != 2 or np.shape(distance) != (len(pixels),) or len(scores) != len(pixels):
            raise BundleError(
                f"the graph gives scores of shape {np.shape(scores)} and distance of shape {np.shape(distance)} for "
                f"{len(pixels)} pictures: export the model with Beadwatch"
            )
        return Outputs(scores, distance)

    def activation(self, pixels: npt.NDArray[np.uint8]) -> Floats:
        """Return the class activation maps of a batch: float32 N x C x h x w, in logits."""
        (maps,) = self._run(["activation"], pixels)
        return maps

    def embedding(self, pixels: npt.NDArray[np.uint8]) -> Floats:
        """Return the pooled features of a batch: float32 N x F, of no fixed length."""
        (features,) = self._run(["embedding"], pixels)
        return features

    def _run(self, outputs: list[str], pixels: npt.NDArray[np.uint8]) -> list[Floats]:
        try:
            arrays: list[Floats] = self._session.run(outputs, {self._input: pixels})
        except _failures() as error:
            raise BundleError(f"ONNX Runtime cannot run the graph: {error}") from error
        return arrays


def _failures() -> tuple[type[Exception], ...]:
    # ONNX Runtime's own exceptions have no common base; its Python layer adds ValueError and RuntimeError.
    raised = vars(ort.capi.onnxruntime_pybind11_state).values()
    own = [kind for kind in raised if isinstance(kind, type) and issubclass(kind, Exception)]
    return (*own, ValueError, RuntimeError)


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
