"""A graph that breaks the contract is refused when it is loaded, and one that keeps it gives named arrays."""

import numpy as np
import pytest
from onnx import TensorProto, helper

from beadwatch.domain.errors import BundleError
from beadwatch.domain.labels import SURFACE, TIG, Task
from beadwatch.inference.session import Session, runtime_version
from tests.bundles import colour_of, expected_answer, tiny_graph
from tests.pictures import damaged, plain

FLOATS = ("n", "h", "w", 3)


@pytest.mark.parametrize("task", [TIG, SURFACE], ids=lambda task: task.name)
def test_batch_is_scored_picture_by_picture(task: Task) -> None:
    pictures = [plain(colour_of(task, name)) for name in task.label_names]
    outputs = Session(tiny_graph(task), threads=1).run(np.stack(pictures))
    expected = [expected_answer(task, picture) for picture in pictures]
    assert outputs.scores.shape == (len(pictures), len(task.labels))
    assert np.allclose(outputs.scores, [scores for scores, _ in expected], atol=1e-5)
    assert np.allclose(outputs.distance, [distance for _, distance in expected], atol=1e-5)


def test_activation_maps_are_one_for_each_class() -> None:
    maps = Session(tiny_graph(TIG), threads=1).activation(plain(colour_of(TIG, "contamination"))[None])
    assert maps.shape == (1, 6, 1, 1)
    assert int(maps.argmax()) == TIG.label_names.index("contamination")


def test_embedding_is_one_row_for_each_picture() -> None:
    pictures = np.stack([plain((255, 0, 0)), plain((0, 0, 255))])
    assert Session(tiny_graph(TIG), threads=1).embedding(pictures).tolist() == [[1, 0, 0], [0, 0, 1]]


@pytest.mark.parametrize(
    ("model", "says"),
    [
        pytest.param(b"", "cannot load the graph", id="empty"),
        pytest.param(b"no graph", "cannot load the graph", id="words"),
        pytest.param(np.random.default_rng(0).bytes(5000), "cannot load the graph", id="random bytes"),
        pytest.param(tiny_graph(TIG)[:-200], "cannot load the graph", id="cut short"),
        pytest.param(tiny_graph(TIG, input_type=TensorProto.FLOAT), "one input, uint8", id="float input"),
        pytest.param(tiny_graph(TIG, input_shape=("n", "h", "w", 1)), "one input, uint8", id="grey input"),
        pytest.param(tiny_graph(TIG, input_shape=("n", 3, "h", "w")), "one input, uint8", id="channels first"),
        pytest.param(
            tiny_graph(TIG, outputs=("scores", "activation", "embedding")),
            "lacks the outputs distance",
            id="no distance",
        ),
        pytest.param(tiny_graph(TIG, outputs=("scores",)), "distance, activation", id="scores only"),
        pytest.param(tiny_graph(TIG, outputs=("logits",)), "scores, distance, activation", id="other outputs"),
    ],
)
def test_graph_that_breaks_the_contract_is_refused(model: bytes, says: str) -> None:
    with pytest.raises(BundleError, match=says):
        Session(model, threads=1)


def test_two_inputs_are_refused() -> None:
    import onnx

    model = onnx.load_from_string(tiny_graph(TIG))
    model.graph.input.append(helper.make_tensor_value_info("second", TensorProto.UINT8, FLOATS))
    with pytest.raises(BundleError, match="one input"):
        Session(model.SerializeToString(), threads=1)


def test_picture_that_the_graph_does_not_take_is_a_bundle_error() -> None:
    session = Session(tiny_graph(TIG, input_shape=("n", 64, 64, 3)), threads=1)
    with pytest.raises(BundleError, match="cannot run"):
        session.run(plain((0, 0, 0), 40, 32)[None])


def test_damaged_graph_is_loaded_or_refused_but_nothing_else() -> None:
    refused = 0
    for data in damaged(tiny_graph(TIG), variants=150, seed=5):
        try:
            Session(data, threads=1)
        except BundleError:
            refused += 1
    assert refused > 75


def test_runtime_names_its_library() -> None:
    assert runtime_version().startswith("ONNX Runtime ")


def test_runtime_is_asked_for_products_that_do_not_saturate() -> None:
    # What that does shows on a processor without VNNI alone: tests/test_without_vnni.py.
    options = Session(tiny_graph(TIG), threads=1)._session.get_session_options()
    assert options.get_session_config_entry("session.x64quantprecision") == "1"
