"""Every figure of an evaluation, as a function of some rows of the answers, so that all can be resampled alike.

Names are `metric` or `metric/class`. Precision of a class that has pictures but is never found is 0, as scikit-learn
has it. A macro figure is the mean over the classes that have pictures at all. An undefined figure is NaN. Knows answers
and weights. Does not know how figures are shown.
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from beadwatch.domain.labels import BACKGROUND, Disposition, TaskKind
from beadwatch.evaluation.answers import Answers, Flags, Floats, Rows
from beadwatch.evaluation.bootstrap import Measures
from beadwatch.evaluation.ranking import (
    Ranking,
    area_under_risk,
    area_under_roc,
    average_precision,
    errors_left,
)

COVERAGE = 0.9
BINS = 15
PER_CLASS = ("recall", "precision", "f1", "auc", "average_precision")
SECTIONS = {
    "What it recognises": {
        "macro_recall": "macro recall",
        "accuracy": "accuracy",
        "exact_match": "all classes right",
        "macro_precision": "macro precision",
        "macro_f1": "macro F1",
        "macro_auc": "macro AUC",
        "macro_average_precision": "mean average precision",
    },
    "What it decides": {
        "bad_among_accepted": "bad among the accepted",
        "accepted_of_bad": "bad welds accepted",
        "accepted_of_good": "good welds accepted",
        "rejected_of_good": "good welds rejected",
        "share_accept": "accepted",
        "share_review": "for review",
        "share_reject": "rejected",
    },
    "Whether it knows when it is wrong": {
        "ece": "calibration error (ECE)",
        "aurc": "area under risk and coverage",
        "errors_left_at_90_coverage": "errors left at 90 % coverage",
        "over_max_distance": "unlike known pictures",
        "distance_auc_background": "distance tells background (AUC)",
    },
}
Weighted = Callable[[Floats], dict[str, float]]


def measures_of(answers: Answers) -> Measures:
    """Return the function that computes all figures of some rows; what does not depend on the rows is done once."""
    parts = [part(answers) for part in (_classes, _overall, _calibration, _selection, _acceptance, _distance)]

    def measures(rows: Rows) -> dict[str, float]:
        weights = np.bincount(rows, minlength=len(answers)).astype(np.float64)
        return {name: value for part in parts for name, value in part(weights).items()}

    return measures


def expected_calibration_error(
    scores: Floats, correct: Flags, weights: Floats | None = None, bins: int = BINS
) -> float:
    """Return the mean gap between confidence and accuracy over equal-width bins, weighted by their size.

    `scores` and `correct` have length N. Guo et al., ICML 2017.
    """
    weights = np.ones(len(scores)) if weights is None else weights
    gaps = np.bincount(bin_of(scores, bins), weights=weights * (scores - correct), minlength=bins)
    return float(np.abs(gaps).sum() / weights.sum())


def bin_of(scores: Floats, bins: int = BINS) -> npt.NDArray[np.int64]:
    """Return the number of the equal-width bin of each score."""
    return np.minimum((scores * bins).astype(np.int64), bins - 1)


def judged_scores(answers: Answers) -> tuple[Floats, Flags]:
    """Return what calibration is judged by: scores, and whether each came true.

    The score of each picture's answer (length N) for a single-label task, else of each class by itself (N x C, flat).
    """
    if answers.task.kind is TaskKind.SINGLE_LABEL:
        return answers.confidence, answers.right
    return answers.scores.ravel(), answers.targets.ravel()


def _classes(answers: Answers) -> Weighted:
    truth, found = answers.targets.astype(np.float64), answers.found.astype(np.float64)
    hit, names = truth * found, answers.task.label_names
    rankings = [Ranking(answers.scores[:, index]) for index in range(len(names))]
    counted = [name for index, name in enumerate(names) if answers.targets[:, index].any()]

    def figures(weights: Floats) -> dict[str, float]:
        true, taken, hits = weights @ truth, weights @ found, weights @ hit
        values: dict[str, float] = {}
        for index, name in enumerate(names):
            right = rankings[index].cumulated(weights * truth[:, index])
            wrong = rankings[index].cumulated(weights * (1.0 - truth[:, index]))
            values |= {
                f"recall/{name}": _share(hits[index], true[index]),
                f"precision/{name}": _share(hits[index], taken[index]) if taken[index] else _share(0.0, true[index]),
                f"f1/{name}": _share(2 * hits[index], true[index] + taken[index]) if true[index] else np.nan,
                f"auc/{name}": area_under_roc(right, wrong),
                f"average_precision/{name}": average_precision(right, wrong),
            }
        macro = {
            f"macro_{each}": np.mean([values[f"{each}/{name}"] for name in counted] or [np.nan]) for each in PER_CLASS
        }
        return values | {name: float(value) for name, value in macro.items()}

    return figures


def _overall(answers: Answers) -> Weighted:
    name = "accuracy" if answers.task.kind is TaskKind.SINGLE_LABEL else "exact_match"
    return lambda weights: {name: _mean(answers.right, weights)}


def _calibration(answers: Answers) -> Weighted:
    scores, correct = judged_scores(answers)
    each = len(scores) // len(answers)
    return lambda weights: {"ece": expected_calibration_error(scores, correct, np.repeat(weights, each))}


def _selection(answers: Answers) -> Weighted:
    ranking, wrong = Ranking(answers.confidence), (~answers.right).astype(np.float64)

    def figures(weights: Floats) -> dict[str, float]:
        covered, errors = ranking.cumulated(weights), ranking.cumulated(weights * wrong)
        return {
            "aurc": area_under_risk(covered, errors),
            "errors_left_at_90_coverage": errors_left(covered, errors, COVERAGE),
        }

    return figures


def _acceptance(answers: Answers) -> Weighted:
    good = answers.truly_good
    given = {each: answers.disposed(each) for each in Disposition}
    accepted, rejected = given[Disposition.ACCEPT], given[Disposition.REJECT]

    def figures(weights: Floats) -> dict[str, float]:
        among = _mean(~good, weights * accepted)
        return {
            "accepted_of_good": _mean(accepted, weights * good),
            "bad_among_accepted": among if np.isfinite(among) else 0.0,
            "accepted_of_bad": _mean(accepted, weights * ~good),
            "rejected_of_good": _mean(rejected, weights * good),
            **{f"share_{each.value}": _mean(flags, weights) for each, flags in given.items()},
        }

    return figures


def _distance(answers: Answers) -> Weighted:
    names = answers.task.label_names
    empty = answers.targets[:, names.index(BACKGROUND.name)] if BACKGROUND.name in names else None
    ranking = Ranking(answers.distance)

    def figures(weights: Floats) -> dict[str, float]:
        values = {"over_max_distance": _mean(answers.far, weights)}
        if empty is not None:
            others = ranking.cumulated(weights * ~empty)
            values["distance_auc_background"] = area_under_roc(ranking.cumulated(weights * empty), others)
        return values

    return figures


def strangers_auc(welds: Floats, strangers: Floats) -> float:
    """Return how well the distance tells strangers from welds: 0.5 not at all, 1 always. Arrays of distances."""
    ranking = Ranking(np.concatenate([welds, strangers]))
    alien = np.repeat([0.0, 1.0], [len(welds), len(strangers)])
    return area_under_roc(ranking.cumulated(alien), ranking.cumulated(1.0 - alien))


def _share(part: float, whole: float) -> float:
    return float(part / whole) if whole else np.nan


def _mean(flags: Flags, weights: Floats) -> float:
    return _share(float(weights @ flags), float(weights.sum()))
