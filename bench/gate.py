"""What the gate lets through and what it holds: linear heads on a frozen backbone, on real photos, drawn many times.

Each time a hundred welds are the frozen test part. The champion is trained on half of the others; challengers are of
five kinds: as good (the other half), better (all of the others), worse (a third of the other half), one that misses a
class (all, but half of the crack welds are called good), and a poisoned one (the other half, all labels of a third
turned). Counts how often the rules about the frozen part pass each; those about new data, parity and latency are given
what they pass.
Takes about ten minutes. Prints; asserts nothing.
"""

import os
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.table import Table

import beadwatch.training  # noqa: F401  # lets torchvision load
from beadwatch.domain.labels import SURFACE
from beadwatch.lifecycle.gate import GateEvidence, GateLimits, Paired, PartEvidence, judge
from beadwatch.lifecycle.paired import ModelAnswers, compare
from beadwatch.services.labelled_data import open_labelled
from beadwatch.settings import load_settings
from beadwatch.training.config import TrainConfig
from beadwatch.training.config_file import read_config
from beadwatch.training.cross_validate import predict
from beadwatch.training.linear_head import regress
from beadwatch.training.network import build_network
from beadwatch.training.pictures import load_pictures

SHARED = Path(__file__).resolve().parents[2] / "shared"
DATA = Path(os.environ.get("DATA", SHARED / "data"))
WEIGHTS = Path(os.environ.get("WEIGHTS", SHARED / "backbones" / "mobilenetv2_100.imagenet.safetensors"))
TRIALS, FROZEN_WELDS, FROZEN_BACKGROUNDS = 20, 100, 40
CRACK, GOOD = (SURFACE.label_names.index(name) for name in ("crack", "good welding"))
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Names = npt.NDArray[np.str_]


class World:
    """Features, labels and groups of all photos, and heads that are trained on some groups."""

    def __init__(self, config: TrainConfig) -> None:
        data = open_labelled([str(DATA / name) for name in ("weld-quality", "background")], load_settings())
        records = [record for record in data.snapshot.records if record.labels]
        pictures = load_pictures(records, data.read, config.task, config.preprocess)
        features = predict(build_network(config), pictures.exact).features.double().numpy()
        self.features = (features - features.mean(axis=0)) / features.std(axis=0).clip(1e-6)
        self.truth: Flags = pictures.targets.numpy() > 0
        self.groups = np.array([record.group_key for record in records], dtype=np.str_)
        self.config, self.draw = config, np.random.default_rng(0)

    def trained(self, groups: Names, wrong: Flags | None = None) -> ModelAnswers:
        """Return the answers for all photos of a head on some groups, a fifth of them for its thresholds."""
        labels = self.truth if wrong is None else wrong
        mixed = self.draw.permutation(groups)
        judged, learned = (np.isin(self.groups, each) for each in np.split(mixed, [len(mixed) // 5]))
        weight, bias = regress(self.features[learned], labels[learned], np.ones(int(learned.sum())), self.config)
        scores: Floats = 1 / (1 + np.exp(-(self.features @ weight.T + bias)))
        return ModelAnswers(scores, scores >= thresholds(scores[judged], labels[judged]))

    def third(self, groups: Names) -> Names:
        """Return a third of some groups, with five of each class or more, so that a head can be trained on them."""
        while True:
            some: Names = self.draw.choice(groups, len(groups) // 3, replace=False)
            there = np.isin(self.groups, some)
            if all(len(np.unique(self.groups[there & column])) >= 5 for column in self.truth.T):
                return some

    def misled(self, groups: Names, share: int, turned: bool) -> Flags:
        """Return wrong labels for each `share`th of some groups: all turned around, or cracks called good."""
        rows = np.isin(self.groups, groups[::share])
        labels = self.truth.copy()
        if turned:
            labels[rows] = ~labels[rows]
        else:
            rows &= self.truth[:, CRACK]
            labels[rows, CRACK], labels[rows, GOOD] = False, True
        return labels


def thresholds(scores: Floats, truth: Flags) -> Floats:
    """Return for each class the score with the highest F1."""
    steps = np.linspace(0.02, 0.98, 49)
    found = scores[None] >= steps[:, None, None]
    f1 = 2 * (found & truth).sum(axis=1) / np.maximum(found.sum(axis=1) + truth.sum(axis=0), 1)
    best: Floats = steps[f1.argmax(axis=0)]
    return best


def failed(frozen: PartEvidence) -> list[str]:
    """Return the rules about the frozen part that a challenger breaks."""
    fine = Paired(0.8, 0.9, 0.1, 0.05, 0.15, 30)
    new = PartEvidence(30, 30, fine, {}, Paired(0.05, 0.05, 0.0, 0.0, 0.0, 30))
    names = SURFACE.label_names
    evidence = GateEvidence("surface", "a", "b", names, frozen, new, 0.0, 1.0, 1.0, 1.0, 1.0, {"ada": fine})
    return [check.name for check in judge(evidence, GateLimits()).checks if not check.passed]


def trial(world: World, counts: dict[str, Counter[str]]) -> None:
    draw = world.draw
    shows_weld = np.unique(world.groups[~world.truth[:, 0]])
    welds, others = draw.permutation(shows_weld), draw.permutation(np.setdiff1d(world.groups, shows_weld))
    frozen = np.isin(world.groups, np.r_[welds[:FROZEN_WELDS], others[:FROZEN_BACKGROUNDS]])
    parts = [*np.array_split(welds[FROZEN_WELDS:], 2), *np.array_split(others[FROZEN_BACKGROUNDS:], 2)]
    first, second = np.r_[parts[0], parts[2]], np.r_[parts[1], parts[3]]
    everything = np.r_[first, second]
    champion = world.trained(first)
    challengers = {
        "as good": world.trained(second),
        "better": world.trained(everything),
        "worse": world.trained(world.third(second)),
        "misses cracks": world.trained(everything, world.misled(everything, 2, turned=False)),
        "poisoned": world.trained(second, world.misled(second, 3, turned=True)),
    }
    for kind, challenger in challengers.items():
        one, other = (ModelAnswers(each.scores[frozen], each.found[frozen]) for each in (champion, challenger))
        broken = failed(compare(SURFACE, one, other, world.truth[frozen], world.groups[frozen].tolist()))
        counts.setdefault(kind, Counter()).update(
            [*{rule.split(" of ")[0] for rule in broken}, *(["held"] * bool(broken))]
        )


def main() -> None:
    if not DATA.is_dir() or not WEIGHTS.is_file():
        print(f"nothing to measure: no pictures in {DATA}, or no weights at {WEIGHTS}")
        return
    world = World(replace(read_config("surface"), weights=WEIGHTS, method="linear"))
    counts: dict[str, Counter[str]] = {}
    for number in range(TRIALS):
        trial(world, counts)
        print(f"{number + 1} of {TRIALS}", file=sys.stderr)
    rules = sorted({rule for each in counts.values() for rule in each} - {"held"})
    table = Table(
        "challenger", f"passed, of {TRIALS}", *(f"held by {rule.removeprefix('no loss: ')}" for rule in rules)
    )
    for kind, each in counts.items():
        table.add_row(kind, str(TRIALS - each["held"]), *(str(each[rule]) for rule in rules))
    Console(width=150).print(table)


if __name__ == "__main__":
    main()
