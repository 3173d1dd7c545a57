"""Which pictures a report shows, and what stands under each: truth and answer are named, never left to a position.

Knows answers. Does not read pictures.
"""

from dataclasses import dataclass

import numpy as np

from beadwatch.domain.labels import Disposition
from beadwatch.evaluation.answers import Answers

GALLERY = 9
WORST = 12


@dataclass(frozen=True, slots=True)
class Exhibit:
    """One picture: `row` in the answers, its truth and answer with the score of each class, and what was decided.

    `sha256` and `name` are empty where they are not known. `accepted_though_bad` is the gravest error there is.
    """

    row: int
    sha256: str
    name: str
    group: str
    truth: tuple[tuple[str, float], ...]
    answer: tuple[tuple[str, float], ...]
    confidence: float
    disposition: Disposition
    right: bool
    accepted_though_bad: bool


@dataclass(frozen=True, slots=True)
class Exhibits:
    """The pictures of a report: the worst errors, and some at random."""

    worst: tuple[Exhibit, ...]
    gallery: tuple[Exhibit, ...]

    @property
    def all(self) -> tuple[Exhibit, ...]:
        """Every picture, each once."""
        return tuple({shown.row: shown for shown in (*self.worst, *self.gallery)}.values())


def choose_exhibits(answers: Answers, seed: int = 0) -> Exhibits:
    """Return the worst errors (bad welds accepted, then the surest mistakes) and nine pictures at random."""
    dice = np.random.default_rng(seed)
    gallery = sorted(dice.choice(len(answers), min(GALLERY, len(answers)), replace=False).tolist())
    return Exhibits(
        tuple(_exhibit(answers, row) for row in _worst(answers)), tuple(_exhibit(answers, row) for row in gallery)
    )


def _worst(answers: Answers) -> list[int]:
    wrong = answers.found != answers.targets
    surprise = np.where(wrong, np.abs(answers.scores - answers.targets), 0.0).max(axis=1)
    grave = answers.disposed(Disposition.ACCEPT) & ~answers.truly_good
    candidates = np.flatnonzero(wrong.any(axis=1) | grave)
    shown: dict[str, int] = {}
    for row in sorted(candidates.tolist(), key=lambda row: (not grave[row], -surprise[row], row)):
        if answers.groups[row] not in shown and len(shown) < WORST:  # neighbouring frames fail alike
            shown[answers.groups[row]] = row
    return list(shown.values())


def _exhibit(answers: Answers, row: int) -> Exhibit:
    scores = dict(zip(answers.task.label_names, answers.scores[row].tolist(), strict=True))

    def scored(flags: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> tuple[tuple[str, float], ...]:
        return tuple((name, scores[name]) for name in answers.labels_of(flags))

    disposition = answers.dispositions[row]
    return Exhibit(
        row=row,
        sha256=answers.sha256s[row] if answers.sha256s else "",
        name=answers.names[row] if answers.names else "",
        group=answers.groups[row],
        truth=scored(answers.targets[row]),
        answer=scored(answers.found[row]),
        confidence=float(answers.confidence[row]),
        disposition=disposition,
        right=bool(answers.right[row]),
        accepted_though_bad=disposition is Disposition.ACCEPT and not answers.truly_good[row],
    )
