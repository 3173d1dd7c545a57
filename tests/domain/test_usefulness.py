"""What a reviewer's look is worth: four parts, each in its place."""

from typing import Any

import pytest

from beadwatch.domain.usefulness import UNKNOWN, undecided, usefulness_of


def body(scores: dict[str, float], labels: list[str], said: list[str], **answer: Any) -> dict[str, Any]:
    return {"labels": labels, "answer": {"scores": scores, "labels": said} | answer}


SURE = {"crack": 1.0, "porosity": 0.0}


@pytest.mark.parametrize(
    ("scores", "expected"), [([], 0.0), ([0.0, 1.0], 0.0), ([0.5, 1.0], 1.0), ([0.9, 0.2], 0.4), ([0.25], 0.5)]
)
def test_undecided_is_how_near_the_least_decided_class_is_to_one_half(scores: list[float], expected: float) -> None:
    assert undecided(scores) == pytest.approx(expected)


@pytest.mark.parametrize(("said", "labels", "expected"), [(["crack"], ["crack"], 0.0), (["crack"], [], 1.0)])
def test_disagreement(said: list[str], labels: list[str], expected: float) -> None:
    assert usefulness_of(body(SURE, labels, said), {}, None).disagreement == expected


@pytest.mark.parametrize(
    ("distance", "far", "expected"),
    [(None, 0.4, UNKNOWN), (0.1, None, UNKNOWN), (0.1, 0.4, 0.25), (0.9, 0.4, 1.0), (0.0, 0.4, 0.0)],
)
def test_novelty_is_the_distance_as_a_share_of_what_is_strange(
    distance: float | None, far: float | None, expected: float
) -> None:
    assert usefulness_of(body(SURE, [], [], distance=distance), {}, far).novelty == pytest.approx(expected)


@pytest.mark.parametrize(
    ("labels", "accepted", "expected"),
    [
        (["crack"], {}, 1.0),
        (["crack"], {"porosity": 10}, 1.0),
        (["crack"], {"porosity": 10, "crack": 5}, 0.5),
        (["porosity"], {"porosity": 10, "crack": 5}, 0.0),
        (["porosity", "crack"], {"porosity": 10, "crack": 5}, 0.5),
        ([], {"porosity": 10}, 1.0),
    ],
)
def test_need_is_how_rare_the_rarest_class_is(labels: list[str], accepted: dict[str, int], expected: float) -> None:
    assert usefulness_of(body(SURE, labels, []), accepted, None).need == expected


def test_value_is_the_mean_and_stands_beside_its_parts() -> None:
    useful = usefulness_of(body({"crack": 0.5}, ["crack"], [], distance=0.4), {}, 0.4)
    assert useful.to_dict() == {"value": 1.0, "uncertainty": 1.0, "disagreement": 1.0, "novelty": 1.0, "need": 1.0}
