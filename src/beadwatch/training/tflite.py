"""A trained network to TFLite, for phones: converted by litert-torch in a Python of its own, run by LiteRT here.

litert-torch pins other versions of what this project uses, so it lives in `.venv-tflite` (`make tflite`) and is called
as a separate process. The network goes over as a `torch.export` archive in a private temporary folder, so that the
other side needs no code of ours; both sides have the same torch.

The contract of a phone graph: one input, float32 1 x H x W x 3, RGB, 0..255; one output, calibrated probabilities
1 x C in the order of the task's labels. A phone gives pictures of the size that its app was built for, so a network of
another size resizes inside the graph.
"""

import subprocess
import tempfile
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image as PillowImage
from torch import Tensor, nn

from beadwatch.domain.errors import TrainingError
from beadwatch.domain.labels import SURFACE, Task
from beadwatch.domain.model_card import PreprocessSpec
from beadwatch.training.network import WeldNet
from beadwatch.training.parity import Answers

TFLITE_PYTHON = Path(".venv-tflite/bin/python")
_WORKER = Path(__file__).with_name("tflite_worker.py")
_PHONE_INPUTS = {SURFACE.name: PreprocessSpec(256, 256)}  # what the WeldSpot app gives its model


def phone_input(task: Task, own: PreprocessSpec) -> PreprocessSpec:
    """Return the size that a phone gives for this task: fixed by an app that exists, or the network's own."""
    return _PHONE_INPUTS.get(task.name, own)


class PhoneGraph(nn.Module):
    """The network as a phone runs it: float N x H x W x 3, RGB, 0..255 in; calibrated scores N x C out."""

    def __init__(self, network: WeldNet, temperature: float, single_label: bool, own: PreprocessSpec) -> None:
        super().__init__()
        self.network, self.temperature, self.single_label = network, temperature, single_label
        self.size = (own.height, own.width)

    def forward(self, pictures: Tensor) -> Tensor:
        """Return calibrated scores N x C."""
        channels_first = pictures.permute(0, 3, 1, 2)
        if channels_first.shape[2:] != self.size:
            # Without antialiasing, which TFLite has not: fit for the small steps between an app's size and a network's.
            channels_first = nn.functional.interpolate(channels_first, self.size, mode="bilinear", align_corners=False)
        logits = self.network(channels_first / 255.0)[0] / self.temperature
        return logits.softmax(dim=1) if self.single_label else logits.sigmoid()


def to_tflite(graph: PhoneGraph, given: PreprocessSpec, python: Path = TFLITE_PYTHON) -> bytes:
    """Return the graph as TFLite with an input of 1 x `given.height` x `given.width` x 3.

    Raises:
        TrainingError: there is no such Python, or the conversion fails.
    """
    if not python.exists():
        raise TrainingError(
            f"{python}: not there; `make tflite` installs what converts a network to TFLite (about 2 GB)"
        )
    with tempfile.TemporaryDirectory(prefix="beadwatch-tflite-") as folder:
        program, converted = Path(folder, "program.pt2"), Path(folder, "model.tflite")
        example = torch.zeros((1, given.height, given.width, 3))
        torch.export.save(torch.export.export(graph.eval(), (example,)), program)
        # -I: neither PYTHONPATH nor this folder's modules reach the other environment.
        command = [str(python.absolute()), "-I", str(_WORKER), str(program), str(converted)]
        outcome = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  # our own worker
        if outcome.returncode or not converted.is_file():
            last = "\n".join(outcome.stderr.strip().splitlines()[-5:])
            raise TrainingError(f"the conversion to TFLite failed ({python}, exit code {outcome.returncode}):\n{last}")
        return converted.read_bytes()


def phone_pixels(pixels: npt.NDArray[np.uint8], given: PreprocessSpec) -> npt.NDArray[np.float32]:
    """Return pictures (uint8 N x H x W x 3) as a phone gives them: float32 0..255, resized if the size differs."""
    size = (given.width, given.height)
    resized = [
        np.asarray(PillowImage.fromarray(picture).resize(size, PillowImage.Resampling.BILINEAR)) for picture in pixels
    ]
    return np.stack(resized).astype(np.float32)


def torch_answers(graph: PhoneGraph, pictures: npt.NDArray[np.float32]) -> Answers:
    """Return what torch says of float pictures N x H x W x 3, one at a time."""
    with torch.inference_mode():
        rows = [graph.eval()(torch.from_numpy(picture[None])).numpy()[0] for picture in pictures]
    return Answers(np.stack(rows))


def tflite_answers(model: bytes, pictures: npt.NDArray[np.float32]) -> Answers:
    """Return what LiteRT makes of float pictures N x H x W x 3, one at a time.

    Raises:
        TrainingError: the model has not one input of that size and one output.
    """
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_content=model, num_threads=1)
    interpreter.allocate_tensors()
    inputs, outputs = interpreter.get_input_details(), interpreter.get_output_details()
    expected = (1, *pictures.shape[1:])
    if len(inputs) != 1 or len(outputs) != 1 or tuple(inputs[0]["shape"]) != expected:
        raise TrainingError(f"the TFLite model does not take one float32 input of {' x '.join(map(str, expected))}")
    rows = []
    for picture in pictures:
        interpreter.set_tensor(inputs[0]["index"], picture[None])
        interpreter.invoke()
        rows.append(interpreter.get_tensor(outputs[0]["index"])[0].copy())
    return Answers(np.stack(rows))
