"""How well the shipped models tell strangers from welds, and how many welds they refuse for it.

    python bench/strangers.py [--data ../shared/data] [--models models] [--task surface] [--every 1]

Backgrounds are photos without a weld. Both networks have seen all welds, and `surface` the backgrounds too, so that
distances are to pictures of *other* groups: references are chosen anew from their embeddings in five parts. That is
still kinder than a weld that the network never saw; at the card's own limit 1 % of the held-out pictures are refused by
construction. AUC is the chance that a background is farther than a weld; intervals (95 %) resample whole groups. Also
what the drawn strangers of the tests come to, and the range of contrast and detail of real welds. Prints; asserts
nothing.
"""

import argparse
import sys
from collections import Counter
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from sklearn.metrics import roc_auc_score

from beadwatch.datasets.importers import ImportOptions, Problems, read_samples
from beadwatch.datasets.sample import Sample
from beadwatch.domain.labels import Disposition
from beadwatch.domain.prediction import Decision
from beadwatch.evaluation.bootstrap import group_bootstrap
from beadwatch.imaging.appearance import measure_appearance
from beadwatch.imaging.decode import Image, decode
from beadwatch.imaging.preprocess import preprocess
from beadwatch.inference.bundle import load_bundle
from beadwatch.inference.classifier import Classifier
from beadwatch.training.references import choose_references, cosine_distance

ROOT = Path(__file__).resolve().parents[1]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
SOURCES = {"tig": "ss304", "surface": "weld-quality"}
PARTS = 5
SIZES = ((224, 224), (32, 32), (640, 480), (1280, 700), (60, 300))


def look(classifier: Classifier, samples: list[Sample]) -> tuple[Floats, Floats, list[Decision]]:
    """Return embeddings N x F, contrast and detail N x 2, and what is decided."""
    embeddings, appearances, decisions = [], [], []
    for sample in samples:
        image = decode(sample.path.read_bytes())
        pixels = preprocess(image, classifier.card.preprocess)
        appearance = measure_appearance(pixels)
        embeddings.append(classifier.embed(pixels))
        appearances.append((appearance.contrast, appearance.detail))
        decisions.append(classifier.inspect(sample.path.name, image).decision)
    return np.array(embeddings, dtype=np.float64), np.array(appearances), decisions


def distances(embeddings: Floats, groups: list[str], known: Flags) -> Floats:
    """Return each picture's distance to the known pictures of other groups."""
    part = np.unique(np.array(groups), return_inverse=True)[1] % PARTS
    found, tensor = np.empty(len(groups)), torch.from_numpy(embeddings)
    for number in range(PARTS):
        references = choose_references(tensor[torch.from_numpy(known & (part != number))], seed=0)
        inside = part == number
        found[inside] = cosine_distance(tensor[torch.from_numpy(inside)], references)
    return found


def report(name: str, distance: Floats, weld: Flags, groups: list[str], limit: float) -> None:
    """Print one row: AUC, and the shares of welds and backgrounds beyond the limit."""

    def measures(rows: npt.NDArray[np.int64]) -> dict[str, float]:
        far, welds = distance[rows], weld[rows]
        mixed = welds.any() and not welds.all()
        return {
            "auc": float(roc_auc_score(~welds, far)) if mixed else np.nan,
            "welds": float((far[welds] > limit).mean()) if welds.any() else np.nan,
            "backgrounds": float((far[~welds] > limit).mean()) if not welds.all() else np.nan,
        }

    figures = group_bootstrap(measures, tuple(groups), seed=0)
    shown = [f"{figure.value:.3f} [{figure.low:.3f}, {figure.high:.3f}]" for figure in figures.values()]
    print(f"  {name:38} {limit:6.3f}   " + "   ".join(f"{figure:22}" for figure in shown))


def drawn(classifier: Classifier) -> str:
    """Return in words what the drawn strangers come to."""
    sys.path.append(str(ROOT))
    from tests.strangers import strangers

    verdicts: Counter[str] = Counter()
    good = {label.name for label in classifier.card.task.labels if label.is_good}
    for width, height in SIZES:
        for name, pixels in strangers(width, height, seed=1):
            decision = classifier.inspect(name, Image(pixels, "0" * 64)).decision
            verdicts[decision.disposition.value] += 1
            verdicts["called good"] += bool(good & set(decision.labels))
    return ", ".join(f"{count} {verdict}" for verdict, count in sorted(verdicts.items()))


def measure(task: str, data: Path, models: Path, every: int) -> None:
    """Print the figures of one model."""
    classifier = Classifier(load_bundle(models / task), threads=1)
    samples = [
        sample
        for source in (SOURCES[task], "background")
        for sample in islice(read_samples(data / source, ImportOptions(source=source), Problems()), None, None, every)
        if sample.labels
    ]
    weld = np.array([sample.source != "background" for sample in samples])
    groups = [f"{sample.source}/{sample.group}" for sample in samples]
    embeddings, appearances, decisions = look(classifier, samples)
    limit = classifier.card.calibration.max_distance
    print(f"{task} {classifier.card.version}: {weld.sum()} welds, {(~weld).sum()} backgrounds")
    print(f"  {'distance to':38} {'limit':>6}   {'AUC':22}   {'welds over the limit':22}   backgrounds over it")
    alone = distances(embeddings, groups, weld)
    report("welds, as shipped", alone, weld, groups, limit)
    if task == "surface":
        mixed = distances(embeddings, groups, weld | ~weld)
        report("welds and backgrounds, to compare", mixed, weld, groups, float(np.quantile(mixed[weld], 0.99)))
    verdicts = Counter(decision.disposition for decision, of_weld in zip(decisions, weld, strict=True) if not of_weld)
    print(f"  backgrounds: {', '.join(f'{verdicts[verdict]} {verdict.value}' for verdict in Disposition)}")
    print(f"  drawn strangers: {drawn(classifier)}")
    for column, figure in enumerate(("contrast", "detail")):
        low, *_, high = np.sort(appearances[weld, column])
        print(f"  {figure} of welds: {low:.2f} to {high:.2f}")
    if asked := classifier.card.calibration.appearance:
        print(f"  asked: contrast {asked.min_contrast:g}, detail {asked.min_detail:g} to {asked.max_detail:g}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--models", type=Path, default=ROOT / "models")
    parser.add_argument("--task", choices=tuple(SOURCES), action="append", help="default: both")
    parser.add_argument("--every", type=int, default=1, help="take every n-th picture only")
    wanted = parser.parse_args()
    for task in wanted.task or SOURCES:
        measure(task, wanted.data, wanted.models, wanted.every)


if __name__ == "__main__":
    main()
