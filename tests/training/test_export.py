"""The exported graph computes what torch computes, and a bundle appears whole or not at all."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from beadwatch.domain.errors import TrainingError
from beadwatch.domain.labels import TIG, TaskKind
from beadwatch.domain.model_card import ModelCard, PreprocessSpec
from beadwatch.imaging.decode import decode
from beadwatch.inference.bundle import Precision, load_bundle
from beadwatch.inference.classifier import Classifier
from beadwatch.inference.session import Session
from beadwatch.training import export
from beadwatch.training.config import TrainConfig
from beadwatch.training.export import ONNX_ALONE, Runtimes, ServingGraph, golden_picture, serving_answers, to_onnx
from beadwatch.training.int8_gate import Int8Figures, Int8Pictures, answers
from beadwatch.training.network import build_network
from beadwatch.training.parity import LIMITS, Limits, compare
from beadwatch.training.references import choose_references, cosine_distance
from beadwatch.training.tflite import PhoneGraph, torch_answers
from tests.training.graphs import random_pixels, tiny_config, tiny_serving_graph


@pytest.fixture
def graph(config: TrainConfig) -> ServingGraph:
    torch.manual_seed(0)
    network = build_network(config).eval()
    references = choose_references(torch.rand(10, network.head.in_features), seed=0)
    return ServingGraph(network, TaskKind.SINGLE_LABEL, 1.5, references).eval()


def test_the_graph_computes_what_torch_computes(graph: ServingGraph, config: TrainConfig) -> None:
    pixels = random_pixels(40)
    said = answers(Session(to_onnx(graph, config.preprocess)), pixels)
    parity = compare("onnx", serving_answers(graph, pixels), said, TIG, dict.fromkeys(TIG.label_names, 0.5))
    assert parity.pictures == 40
    assert parity.scores < 1e-4
    assert parity.holds


KEPT = Int8Figures(pictures=6, macro_recall_fp32=0.9, macro_recall_int8=0.9, ms_fp32=3.0, ms_int8=2.0)


def export_tiny(target: Path, runtimes: Runtimes) -> ModelCard:
    from tests.training.test_pipeline import tiny_export

    return tiny_export(tiny_serving_graph(), tiny_config(), target, runtimes)


def int8_pictures() -> Int8Pictures:
    return Int8Pictures(random_pixels(40), random_pixels(6, seed=2), np.eye(6, dtype=bool))


def test_int8_graph_that_passes_the_gate_is_served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "measure_int8", lambda *_: KEPT)
    card = export_tiny(tmp_path / "b", Runtimes(int8=int8_pictures()))
    bundle = load_bundle(tmp_path / "b")
    pixels = random_pixels(1, seed=3)[0]
    exact, close = (Classifier(bundle, 1, precision).classify(pixels).scores for precision in Precision)
    assert 0 < np.abs(np.subtract(exact, close)).max() < 0.05
    assert card.parity["int8"]["kept"] is True
    assert set(card.parity["runtimes"]) == {"onnx", "int8"}
    assert card.parity["pictures"] == card.training["onnx_compared_on"] == 2
    assert card.parity["runtimes"]["onnx"]["max_score_difference"] <= card.training["onnx_difference"] < 1e-3
    assert bundle.card == card


def test_int8_graph_that_fails_the_gate_is_left_out_and_the_card_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "measure_int8", lambda *_: replace(KEPT, ms_int8=4.0))
    card = export_tiny(tmp_path / "b", Runtimes(int8=int8_pictures()))
    assert not (tmp_path / "b" / "model.int8.onnx").exists()
    assert load_bundle(tmp_path / "b").int8 is None
    assert card.parity["int8"]["kept"] is False
    assert "no faster" in card.parity["int8"]["left_out_because"]
    assert set(card.parity["runtimes"]) == {"onnx"}


@pytest.mark.parametrize("runtime", ["onnx", "int8"])
def test_a_runtime_past_its_limits_stops_the_export(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, runtime: str
) -> None:
    monkeypatch.setattr(export, "measure_int8", lambda *_: KEPT)
    monkeypatch.setitem(LIMITS, runtime, Limits(scores=0.0, distance=0.0, agreement=1.1))
    with pytest.raises(TrainingError, match=f"differs from torch by too much: {runtime}\n"):
        export_tiny(tmp_path / "b", Runtimes(int8=int8_pictures()))
    assert list(tmp_path.iterdir()) == []


def test_missing_tflite_converter_stops_the_export_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="make tflite"):
        export_tiny(tmp_path / "b", Runtimes(tflite_python=tmp_path / "nowhere"))
    assert list(tmp_path.iterdir()) == []


def test_phone_graph_goes_into_the_bundle_and_is_compared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def convert(graph: PhoneGraph, given: PreprocessSpec, python: Path) -> bytes:
        asked.append((given, python))
        return b"tflite"

    monkeypatch.setattr(export, "to_tflite", convert)
    monkeypatch.setattr(export, "tflite_answers", lambda model, pictures: torch_answers(phone(), pictures))
    card = export_tiny(tmp_path / "b", Runtimes(tflite_python=Path("python")))
    assert asked == [(tiny_config().preprocess, Path("python"))]
    assert (tmp_path / "b" / "model.tflite").read_bytes() == b"tflite"
    assert card.parity["runtimes"]["tflite"] == {
        "max_score_difference": 0.0,
        "max_distance_difference": None,
        "agreement": 1.0,
    }
    assert load_bundle(tmp_path / "b").card == card


def phone() -> PhoneGraph:
    graph = tiny_serving_graph()
    return PhoneGraph(graph.network, float(graph.temperature), graph.single_label, tiny_config().preprocess)


def test_scores_are_those_of_the_network_at_the_temperature(graph: ServingGraph) -> None:
    pixels = torch.from_numpy(random_pixels(3))
    scores, distance, activation, embedding = graph(pixels)
    logits, features = graph.network(pixels.permute(0, 3, 1, 2).float() / 255)
    assert torch.allclose(scores, (logits / 1.5).softmax(dim=1), atol=1e-6)
    assert np.allclose(distance.detach(), cosine_distance(features.detach(), graph.references.numpy()), atol=1e-5)
    assert torch.allclose(activation.mean(dim=(2, 3)), logits, atol=1e-4), "the mean of the map is the logit"
    assert torch.equal(embedding, features)


def test_activation_maps_come_out_of_onnx() -> None:
    graph, pixels = tiny_serving_graph(), random_pixels(2)
    expected = graph(torch.from_numpy(pixels))[2].detach().numpy()
    assert np.allclose(Session(to_onnx(graph, tiny_config().preprocess)).activation(pixels), expected, atol=1e-3)


@pytest.mark.parametrize("size", [PreprocessSpec(48, 32), PreprocessSpec(320, 176)])
def test_the_golden_picture_has_the_model_s_size_and_is_always_the_same(size: PreprocessSpec) -> None:
    image = decode(golden_picture(size))
    assert (image.width, image.height) == (size.width, size.height)
    assert golden_picture(size) == golden_picture(size)
    means = image.pixels.mean(axis=(0, 1))
    assert len({round(float(mean)) for mean in means}) == 3, "swapped channels must show"


def test_an_export_that_fails_leaves_the_old_bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "models" / "tig"
    old = export_tiny(target, ONNX_ALONE)
    monkeypatch.setattr(export, "write_card", lambda folder, card: (folder / "card.json").write_text("{}"))
    with pytest.raises(Exception, match=r"card\.json"):
        export_tiny(target, ONNX_ALONE)
    assert (target / "card.json").read_text().count(old.version) == 1
    assert [path.name for path in target.parent.iterdir()] == ["tig"], "nothing half-written stays"
