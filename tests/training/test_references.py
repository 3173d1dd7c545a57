"""Only welds are familiar, a few unit vectors stand for them, and what is unlike them is far."""

import numpy as np
import pytest
import torch

from beadwatch.domain.labels import SURFACE, TIG, Task
from beadwatch.training.references import choose_references, cosine_distance, shows_weld


def test_references_are_units_and_few() -> None:
    references = choose_references(torch.rand(400, 16), seed=0)
    assert references.shape == (256, 16)
    assert np.allclose(np.linalg.norm(references, axis=1), 1.0, atol=1e-5)
    assert cosine_distance(torch.from_numpy(references), references).max() < 1e-6
    assert cosine_distance(-torch.from_numpy(references), references).min() > 0.5


def one_hot(task: Task, *names: str) -> torch.Tensor:
    return torch.tensor([[float(label == name) for label in task.label_names] for name in names])


@pytest.mark.parametrize(
    ("task", "names", "shows"),
    [
        (SURFACE, ("background", "crack", "good welding"), [False, True, True]),
        (SURFACE, ("background", "background"), [True, True]),
        (TIG, ("good weld", "burn through"), [True, True]),
    ],
    ids=["a background among welds", "nothing but background", "a task without background"],
)
def test_a_background_shows_no_weld(task: Task, names: tuple[str, ...], shows: list[bool]) -> None:
    assert shows_weld(one_hot(task, *names), task).tolist() == shows
