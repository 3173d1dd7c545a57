"""Does the accept threshold keep its promise? Calibrate on one half of the welds, measure on the other, many times.

    python bench/guarantee.py                                 drawn answers, where the truth is known
    python bench/guarantee.py runs/surface/held-out.npz       held-out answers of a training run (`--logs`)

For each of three rules (certified by weld; certified as if pictures were independent; at most 2 % of the pictures) it
prints how often there is a threshold at all, the share of bad welds among the accepted of the other half, in how many
halves that share is over alpha, and how many of the good welds are accepted. The other half is a sample too: a share
over alpha in it happens by chance even where the promise holds. Prints; asserts nothing.
"""

import argparse
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from beadwatch.domain.labels import SURFACE, TIG, Task
from beadwatch.training.calibrate import (
    NEVER,
    CalibrationOptions,
    accept_levels,
    calibrate,
    probabilities,
    truly_good,
)
from beadwatch.training.cross_validate import HeldOut
from beadwatch.training.guarantee import Risk

Flags = npt.NDArray[np.bool_]
Rule = Callable[[HeldOut, Risk], tuple[HeldOut, CalibrationOptions]]
DRAWN_WELDS = 600


def by_weld(half: HeldOut, risk: Risk) -> tuple[HeldOut, CalibrationOptions]:
    return half, CalibrationOptions(risk=risk, accept_uncertified=False)


def by_picture(half: HeldOut, risk: Risk) -> tuple[HeldOut, CalibrationOptions]:
    alone = tuple(str(number) for number in range(len(half.groups)))
    return replace(half, groups=alone), CalibrationOptions(risk=risk, accept_uncertified=False)


def empirical(half: HeldOut, risk: Risk) -> tuple[HeldOut, CalibrationOptions]:
    # A promise that no data can certify leaves the empirical rule.
    return half, CalibrationOptions(risk=replace(risk, alpha=1e-6))


RULES: dict[str, Rule] = {"by weld": by_weld, "by picture": by_picture, "2 % of pictures": empirical}


def drawn(seed: int) -> HeldOut:
    """Draw answers for welds with 1 to many pictures, whose scores err together."""
    dice = np.random.default_rng(seed)
    kind = np.where(dice.random(DRAWN_WELDS) < 0.5, 0, dice.integers(1, 6, DRAWN_WELDS))
    weld = np.repeat(np.arange(DRAWN_WELDS), dice.geometric(1 / 6, DRAWN_WELDS))
    shared = 2.2 * (2 * np.eye(6)[kind] - 1) + dice.normal(0, 1.7, (DRAWN_WELDS, 6))
    logits = shared[weld] + dice.normal(0, 1.0, (len(weld), 6))
    groups = tuple(f"weld {number:04}" for number in weld)
    return HeldOut(logits, np.eye(6)[kind[weld]], np.zeros(len(weld)), weld % 5, groups)


def read(path: Path) -> HeldOut:
    """Read what `beadwatch train --logs` wrote."""
    with np.load(path) as file:
        arrays = {name: file[name] for name in ("logits", "targets", "distance", "fold")}
        return HeldOut(**arrays, groups=tuple(file["groups"].tolist()))


def rows(held_out: HeldOut, chosen: Flags) -> HeldOut:
    groups = tuple(np.array(held_out.groups)[chosen].tolist())
    arrays = {name: getattr(held_out, name)[chosen] for name in ("logits", "targets", "distance", "fold")}
    return HeldOut(**arrays, groups=groups)


def outcome(half: HeldOut, other: HeldOut, task: Task, rule: Rule, risk: Risk) -> tuple[int, int, int, int] | None:
    """Return welds accepted, bad ones among them, good welds accepted and good welds there are; None for no threshold.

    A weld is accepted when any of its pictures is, and bad when any accepted picture of it is.
    """
    answers, options = rule(half, risk)
    chosen = calibrate(answers, task, options)
    if chosen.accept_threshold >= NEVER:
        return None
    levels = accept_levels(probabilities(other.logits, chosen.temperature, task.kind), task, chosen.thresholds)
    accepted = (levels >= chosen.accept_threshold) & (other.distance <= chosen.max_distance)
    good, names = truly_good(other.targets, task), np.array(other.groups)
    welds, bad = set(names[accepted]), set(names[accepted & ~good])
    there = set(names[good]) - set(names[~good])
    return len(welds), len(bad), len(welds & there), len(there)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("held_out", nargs="?", type=Path, help="held-out.npz of a training run; default: drawn answers")
    parser.add_argument("--halves", type=int, default=100, help="how many times the welds are halved")
    parser.add_argument("--alpha", type=float, default=0.05, help="at most this share of the accepted may be bad")
    parser.add_argument("--delta", type=float, default=0.10, help="that may be wrong this often")
    wanted = parser.parse_args()
    risk, dice = Risk(wanted.alpha, wanted.delta), np.random.default_rng(0)
    answers = read(wanted.held_out) if wanted.held_out else drawn(0)
    task = TIG if answers.logits.shape[1] == len(TIG.labels) else SURFACE
    welds = np.unique(np.array(answers.groups))
    print(f"{wanted.held_out or 'drawn'}: {len(answers.groups)} pictures of {len(welds)} welds, {task.name}")
    print(f"alpha {risk.alpha:g}, delta {risk.delta:g}; {wanted.halves} halvings by weld")
    print(f"{'rule':16} {'threshold':>9} {'bad among accepted':>19} {'over alpha':>11} {'good accepted':>14}")
    found: dict[str, list[tuple[int, int, int, int] | None]] = {name: [] for name in RULES}
    for number in range(wanted.halves):
        if not wanted.held_out:
            answers = drawn(number + 1)
            welds = np.unique(np.array(answers.groups))
        inside = np.isin(np.array(answers.groups), dice.permutation(welds)[: len(welds) // 2])
        one, other = rows(answers, inside), rows(answers, ~inside)
        for name, rule in RULES.items():
            found[name].append(outcome(one, other, task, rule, risk))
    for name, outcomes in found.items():
        print(row(name, outcomes, risk))


def row(name: str, outcomes: list[tuple[int, int, int, int] | None], risk: Risk) -> str:
    """Return one line of the table."""
    there = np.array([found for found in outcomes if found is not None and found[0]])
    if not len(there):
        return f"{name:16} {0:9.0%}"
    share, over = there[:, 1].sum() / there[:, 0].sum(), (there[:, 1] > risk.alpha * there[:, 0]).sum()
    good = there[:, 2].sum() / there[:, 3].sum()
    return f"{name:16} {len(there) / len(outcomes):9.0%} {share:19.1%} {over / len(outcomes):11.0%} {good:14.1%}"


if __name__ == "__main__":
    main()
