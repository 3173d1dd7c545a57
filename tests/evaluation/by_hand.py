"""Two small tables of answers whose figures were worked out with pencil and paper; the tests say which.

row group  truth          good weld  burn through  contamination   answer         decision
0   a      good weld        0.8        0.1           0.1           good weld      accept
1   a      good weld        0.6        0.3           0.1           good weld      review
2   b      good weld        0.3        0.6           0.1           burn through   review
3   c      burn through     0.1        0.8           0.1           burn through   reject
4   c      burn through     0.2        0.7           0.1           burn through   reject
5   c      burn through     0.5        0.4           0.1           good weld      accept
6   d      contamination    0.1        0.2           0.7           contamination  review
7   d      contamination    0.2        0.5           0.3           burn through   reject

row group  truth               background  crack  good welding   found                  decision
0   a      good welding          0.1       0.1     0.9           good welding           accept
1   b      crack                 0.2       0.6     0.7           crack, good welding    review
2   c      background            0.3       0.3     0.2           (nothing)              review
3   d      crack                 0.1       0.8     0.3           crack                  reject
"""

from dataclasses import replace
from typing import Any

import numpy as np

from beadwatch.domain import labels
from beadwatch.domain.labels import Disposition, Task, TaskKind
from beadwatch.evaluation.answers import Answers, found_in

SINGLE = Task(
    "three", TaskKind.SINGLE_LABEL, "three classes", (labels.GOOD_WELD, labels.BURN_THROUGH, labels.CONTAMINATION)
)
MULTI = Task("photos", TaskKind.MULTI_LABEL, "three classes", (labels.BACKGROUND, labels.CRACK, labels.GOOD_WELDING))
A, V, R = Disposition.ACCEPT, Disposition.REVIEW, Disposition.REJECT


def single(**changes: Any) -> Answers:
    """Return the first table."""
    scores = [
        [0.8, 0.1, 0.1], [0.6, 0.3, 0.1], [0.3, 0.6, 0.1], [0.1, 0.8, 0.1],
        [0.2, 0.7, 0.1], [0.5, 0.4, 0.1], [0.1, 0.2, 0.7], [0.2, 0.5, 0.3],
    ]  # fmt: skip
    return replace(
        _answers(SINGLE, scores, [[0], [0], [0], [1], [1], [1], [2], [2]], "aabcccdd", (A, V, V, R, R, A, V, R)),
        far=np.arange(8) == 7,
        **changes,
    )


def multi(**changes: Any) -> Answers:
    """Return the second table."""
    scores = [[0.1, 0.1, 0.9], [0.2, 0.6, 0.7], [0.3, 0.3, 0.2], [0.1, 0.8, 0.3]]
    answers = _answers(MULTI, scores, [[2], [1], [0], [1]], "abcd", (A, V, V, R))
    return replace(answers, distance=np.array([0.1, 0.2, 0.9, 0.15]), **changes)


def _answers(
    task: Task, scores: list[list[float]], truth: list[list[int]], groups: str, given: tuple[Disposition, ...]
) -> Answers:
    targets = np.array([[column in row for column in range(3)] for row in truth])
    count = len(groups)
    none = np.zeros(count, dtype=bool)
    found = found_in(np.array(scores), dict.fromkeys(task.label_names, 0.5), task)
    return Answers(task, np.array(scores), targets, found, np.zeros(count), none, given, tuple(groups), none)
