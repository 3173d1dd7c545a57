"""The figures of a card, from held-out answers; `beadwatch evaluate` makes the whole report from the same answers.

Knows how the parts of `evaluation` go together. Does not know how the answers came about.
"""

from beadwatch.domain.labels import Task
from beadwatch.domain.model_card import Metrics
from beadwatch.evaluation.bootstrap import group_bootstrap
from beadwatch.evaluation.figures import measures_of
from beadwatch.training.calibrate import DEFAULT, CalibrationOptions
from beadwatch.training.cross_validate import HeldOut
from beadwatch.training.held_out import answers_of_held_out


def measure(
    held_out: HeldOut, task: Task, protocol: str, seed: int = 0, options: CalibrationOptions = DEFAULT
) -> Metrics:
    """Return the figures of a card. Thresholds and temperature are cross-fitted, so nothing is judged by itself."""
    answers = answers_of_held_out(held_out, task, options)
    values = group_bootstrap(measures_of(answers), answers.groups, seed)
    return Metrics(protocol, len(answers), len(set(answers.groups)), values)
