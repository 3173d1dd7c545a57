"""The phone's graph is the station's, in the size that its app gives; a converter that is missing is asked for."""

import re
from pathlib import Path

import numpy as np
import pytest
import torch

from beadwatch.domain.errors import TrainingError
from beadwatch.domain.labels import SURFACE, TIG, Task
from beadwatch.domain.model_card import PreprocessSpec
from beadwatch.training.export import serving_answers
from beadwatch.training.parity import compare
from beadwatch.training.tflite import (
    TFLITE_PYTHON,
    PhoneGraph,
    phone_input,
    phone_pixels,
    tflite_answers,
    to_tflite,
    torch_answers,
)
from tests.real import CHECKOUT
from tests.training.graphs import SIZE, random_pixels, tiny_serving_graph

CONVERTER = CHECKOUT / TFLITE_PYTHON
needs_converter = pytest.mark.skipif(not CONVERTER.exists(), reason="no .venv-tflite: `make tflite` installs it")


def phone_graph(task: Task) -> PhoneGraph:
    graph = tiny_serving_graph(task)
    return PhoneGraph(graph.network, float(graph.temperature), graph.single_label, SIZE).eval()


def fake_python(folder: Path, script: str) -> Path:
    """Write a stand-in for the converter's Python: called as `python -I worker program target`."""
    python = folder / "python"
    python.write_text(f"#!/bin/sh\n{script}\n")
    python.chmod(0o755)
    return python


@pytest.mark.parametrize("task", [TIG, SURFACE], ids=lambda task: task.name)
def test_phone_graph_says_what_the_station_says(task: Task) -> None:
    pixels = random_pixels(3)
    said = torch_answers(phone_graph(task), pixels.astype(np.float32))
    assert said.scores == pytest.approx(serving_answers(tiny_serving_graph(task), pixels).scores, abs=1e-6)


def test_pictures_of_another_size_are_resized_in_the_graph() -> None:
    pixels = random_pixels(1)
    twice = torch.from_numpy(pixels).repeat_interleave(2, 1).repeat_interleave(2, 2)
    graph = phone_graph(SURFACE)
    with torch.inference_mode():
        halved = graph(twice.float()).numpy()
    assert halved == pytest.approx(torch_answers(graph, pixels.astype(np.float32)).scores, abs=1e-5)


@pytest.mark.parametrize(
    ("task", "own", "given"),
    [(SURFACE, (192, 192), (256, 256)), (SURFACE, (256, 256), (256, 256)), (TIG, (224, 200), (224, 200))],
)
def test_size_is_that_of_the_app_that_exists(task: Task, own: tuple[int, int], given: tuple[int, int]) -> None:
    assert phone_input(task, PreprocessSpec(*own)) == PreprocessSpec(*given)


def test_phone_pixels_are_floats_from_0_to_255() -> None:
    pixels = random_pixels(2)
    same, larger = phone_pixels(pixels, SIZE), phone_pixels(pixels, PreprocessSpec(60, 40))
    assert (same == pixels).all()
    assert {same.dtype, larger.dtype} == {np.dtype(np.float32)}
    assert larger.shape == (2, 40, 60, 3)
    assert larger.max() > 200


def test_missing_converter_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"nowhere/python: not there; `make tflite` installs"):
        to_tflite(phone_graph(TIG), SIZE, tmp_path / "nowhere" / "python")


@pytest.mark.parametrize(
    ("script", "says"),
    [
        ("echo first >&2; echo no such operator >&2; exit 3", r"exit code 3\):\nfirst\nno such operator"),
        ("exit 0", "exit code 0"),
    ],
    ids=["fails", "writes nothing"],
)
def test_failing_converter_is_quoted(tmp_path: Path, script: str, says: str) -> None:
    with pytest.raises(TrainingError, match=says):
        to_tflite(phone_graph(TIG), SIZE, fake_python(tmp_path, script))


def test_converter_gets_a_program_and_its_file_comes_back(tmp_path: Path) -> None:
    python = fake_python(tmp_path, 'test "$1" = -I && test -f "$2" && cp "$3" "$4"')
    program = to_tflite(phone_graph(TIG), SIZE, python)
    (tmp_path / "program.pt2").write_bytes(program)
    pictures = torch.from_numpy(random_pixels(1).astype(np.float32))
    again = torch.export.load(tmp_path / "program.pt2").module()(pictures)
    assert torch.allclose(again, phone_graph(TIG)(pictures), atol=1e-6)


def test_both_environments_have_the_same_torch() -> None:
    ours = re.search(r'"torch==([\d.]+)"', (CHECKOUT / "pyproject.toml").read_text())
    theirs = re.search(r"^torch==([\d.]+)$", (CHECKOUT / "requirements" / "tflite.txt").read_text(), re.MULTILINE)
    assert ours
    assert theirs
    assert ours[1] == theirs[1]


@needs_converter
@pytest.mark.slow
@pytest.mark.parametrize("task", [TIG, SURFACE], ids=lambda task: task.name)
def test_conversion_for_real(task: Task) -> None:
    graph, given = phone_graph(task), phone_input(task, SIZE)
    model, pictures = to_tflite(graph, given, CONVERTER), phone_pixels(random_pixels(5), given)
    said = tflite_answers(model, pictures)
    thresholds = dict.fromkeys(task.label_names, 0.5)
    assert said.scores.shape == (5, len(task.labels))
    assert compare("tflite", torch_answers(graph, pictures), said, task, thresholds).scores < 1e-4
    with pytest.raises(TrainingError, match=r"does not take one float32 input of 1 x 30 x 30 x 3"):
        tflite_answers(model, np.zeros((1, 30, 30, 3), dtype=np.float32))
