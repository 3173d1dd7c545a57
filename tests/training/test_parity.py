"""Differences are found where they are, and a runtime past its limits stops the export."""

import numpy as np
import pytest

from beadwatch.domain.errors import TrainingError
from beadwatch.domain.labels import SURFACE, TIG, Task
from beadwatch.training.parity import LIMITS, Answers, Parity, check, compare, parity_table, present_classes

HALF = {task.name: dict.fromkeys(task.label_names, 0.5) for task in (TIG, SURFACE)}


def answers(task: Task, count: int = 4) -> Answers:
    scores = np.full((count, len(task.labels)), 0.1, dtype=np.float32)
    scores[:, 1] = 0.6
    return Answers(scores, np.linspace(0, 0.3, count, dtype=np.float32))


def moved(answer: Answers, row: int, column: int, by: float) -> Answers:
    scores = answer.scores.copy()
    scores[row, column] += by
    return Answers(scores, answer.distance)


def test_classes_present_are_the_highest_or_those_at_their_threshold() -> None:
    scores = np.array([[0.5, 0.6, 0.1, 0.1, 0.1, 0.49]], dtype=np.float32)
    assert present_classes(scores, TIG, HALF["tig"]).tolist() == [[False, True, False, False, False, False]]
    more = np.append(scores, [[0.7]], axis=1)
    assert present_classes(more, SURFACE, HALF["surface"]).tolist() == [[True, True, False, False, False, False, True]]


@pytest.mark.parametrize("task", [TIG, SURFACE], ids=lambda task: task.name)
def test_equal_answers_do_not_differ(task: Task) -> None:
    same = compare("onnx", answers(task), answers(task), task, HALF[task.name])
    assert same == Parity("onnx", 4, 0.0, 0.0, 1.0)
    assert same.holds


@pytest.mark.parametrize(
    ("task", "column", "by", "agreement"),
    [(TIG, 0, 0.4, 1.0), (TIG, 0, 0.6, 0.75), (SURFACE, 0, 0.3, 1.0), (SURFACE, 0, 0.45, 0.75)],
)
def test_a_moved_score_counts_as_another_class_only_where_it_makes_one(
    task: Task, column: int, by: float, agreement: float
) -> None:
    reference = answers(task)
    parity = compare("int8", reference, moved(reference, 2, column, by), task, HALF[task.name])
    assert parity.scores == pytest.approx(by)
    assert parity.agreement == agreement


def test_a_moved_distance_is_found_and_a_missing_one_left_out() -> None:
    reference = answers(TIG)
    assert reference.distance is not None
    far = compare("onnx", reference, Answers(reference.scores, reference.distance - 0.02), TIG, HALF["tig"])
    none = compare("tflite", reference, Answers(reference.scores), TIG, HALF["tig"])
    assert far.distance == pytest.approx(0.02)
    assert none.distance is None
    assert (far.holds, none.holds) == (False, True)


def test_answer_that_is_no_number_does_not_pass() -> None:
    reference = answers(TIG)
    parity = compare("onnx", reference, moved(reference, 0, 0, float("nan")), TIG, HALF["tig"])
    assert not parity.holds


@pytest.mark.parametrize("runtime", LIMITS)
def test_limits_hold_up_to_their_value(runtime: str) -> None:
    limits = LIMITS[runtime]
    at = Parity(runtime, 200, limits.scores, limits.distance, limits.agreement)
    over = [
        Parity(runtime, 200, limits.scores * 1.01, 0.0, 1.0),
        Parity(runtime, 200, 0.0, limits.distance * 1.01, 1.0),
        Parity(runtime, 200, 0.0, None, limits.agreement - 0.001),
    ]
    assert at.holds
    assert not any(parity.holds for parity in over)


def test_int8_is_given_more_room_than_float() -> None:
    assert LIMITS["int8"].scores > LIMITS["onnx"].scores == LIMITS["tflite"].scores == 1e-3


def test_runtime_past_its_limits_is_named_beside_the_table_of_all() -> None:
    good, bad = Parity("onnx", 200, 1e-5, 1e-6, 1.0), Parity("tflite", 200, 0.3, None, 0.5)
    check([good])
    with pytest.raises(TrainingError, match=r"differs from torch by too much: tflite\n") as refused:
        check([good, bad])
    assert parity_table([good, bad]) == str(refused.value).splitlines()[1:]


def test_table_shows_figures_beside_limits() -> None:
    _, onnx, tflite = parity_table([Parity("onnx", 211, 1e-5, 1e-6, 1.0), Parity("tflite", 120, 2e-6, None, 0.995)])
    assert onnx.split() == [
        "onnx",
        "211",
        "1.0e-05",
        "of",
        "0.001",
        "1.0e-06",
        "of",
        "0.001",
        "1.000,",
        "least",
        "0.99",
    ]
    assert tflite.split()[:3] == ["tflite", "120", "2.0e-06"]
    assert " - " in tflite
