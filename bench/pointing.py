"""Does the heat map point at the defect? Pointing game and box overlap on photos with outlined defects. Prints.

Pointing game (Zhang et al., IJCV 2018): for each class outlined on a photo, a hit when the peak of the class's map lies
in a true box of it, exactly or within 15 px of 288. Beside it, on the same photos: the peak of the map made without
mirror images, the middle of the photo (photographers aim), and chance (the share of the photo that the boxes cover).
Overlap: mean IoU of our box with the best true one, beside that of the middle quarter of the photo. 95 % intervals by
resampling groups. Photos where a true box covers all but 5 % are counted apart: a hit there says nothing.

`bench/pointing.py [--data FOLDER] [--model BUNDLE]`; FOLDER is any set with outlines and groups that Beadwatch imports.
With `--answers runs/surface/held-out.npz` the peaks are those of networks that never saw the photo's group, as
cross-validation kept them; those have no maps, so that there is no box and no peak without mirror images.
"""

import argparse
import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from beadwatch.datasets.importers import ImportOptions, Problems, read_samples
from beadwatch.datasets.sample import Sample
from beadwatch.domain.labels import Task
from beadwatch.domain.region import Box
from beadwatch.imaging.decode import decode
from beadwatch.imaging.heat_map import Floats
from beadwatch.imaging.preprocess import preprocess
from beadwatch.inference.bundle import load_bundle
from beadwatch.inference.classifier import Classifier
from beadwatch.inference.explain import explain_map, peak_of
from beadwatch.settings import load_settings
from beadwatch.training.held_out import read_held_out

CHECKOUT = Path(__file__).resolve().parents[1]
TOLERANCE = 15 / 288  # of the photo's side, as Zhang et al. allow 15 px
WHOLE = 0.95  # of the photo, from which a true box is the whole photo
MIDDLE, MIDDLE_QUARTER = (0.5, 0.5), (0.25, 0.25, 0.75, 0.75)
GRID = 288
RESAMPLES = 1000
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Shot:
    """One class on one photo. `figures`: hits of peak, lone peak, middle and chance, exactly and near; both IoUs."""

    group: str
    figures: tuple[float, ...]
    whole: bool
    pointed: bool


def shots(classifiers: tuple[Classifier, Classifier], samples: Sequence[Sample]) -> Iterator[tuple[str, Shot]]:
    """Yield what the maps say for each class outlined on a photo; the second classifier knows no mirror images."""
    names, spec = classifiers[0].card.task.label_names, classifiers[0].card.preprocess
    for sample in samples:
        boxes = {name: [one.box for one in sample.annotations if one.label == name and one.box] for name in names}
        if not any(boxes.values()):
            continue
        pixels = preprocess(decode(sample.path.read_bytes()), spec)
        maps, alone = (classifier.activation(pixels) for classifier in classifiers)
        for index, name in enumerate(names):
            if boxes[name]:
                yield name, shot(sample, boxes[name], maps[index], alone[index])


def held_out_shots(answers: Path, task: Task, samples: Sequence[Sample]) -> Iterator[tuple[str, Shot]]:
    """Yield what the kept peaks say for each class outlined on a photo."""
    held_out = read_held_out(answers, task)
    if held_out.peaks is None:
        raise SystemExit(f"{answers} has no peaks: it is of an older run")
    peaks = dict(zip(held_out.sha256s, held_out.peaks, strict=True))
    for sample in samples:
        found = peaks.get(hashlib.sha256(sample.path.read_bytes()).hexdigest())
        for index, name in enumerate(task.label_names if found is not None else ()):
            boxes = [one.box for one in sample.annotations if one.label == name and one.box]
            if boxes and found is not None:
                figures: list[float] = []
                for wider in (boxes, [widened(box) for box in boxes]):
                    point = (float(found[index][0]), float(found[index][1]))
                    figures += [float(hit(point, wider)), np.nan, float(hit(MIDDLE, wider)), covered(wider)]
                whole = max((right - left) * (bottom - top) for left, top, right, bottom in boxes) >= WHOLE
                yield name, Shot(str(sample.group), (*figures, np.nan, np.nan), whole, True)


def widened(box: Box, margin: float = TOLERANCE) -> Box:
    left, top, right, bottom = box
    return left - margin, top - margin, right + margin, bottom + margin


def shot(sample: Sample, boxes: Sequence[Box], activation: Floats, alone: Floats) -> Shot:
    """Judge the maps h x w of one class against its true boxes. A map that points nowhere is a miss."""
    region = explain_map("", activation).region
    figures: list[float] = []
    for margin in (0.0, TOLERANCE):
        wider = [widened(box, margin) for box in boxes]
        figures += [
            float(region is not None and hit(region.peak, wider)),
            float(hit(peak_of(alone), wider)),
            float(hit(MIDDLE, wider)),
            covered(wider),
        ]
    figures.append(max(iou(region.box, box) for box in boxes) if region else 0.0)
    figures.append(max(iou(MIDDLE_QUARTER, box) for box in boxes))
    whole = max((right - left) * (bottom - top) for left, top, right, bottom in boxes) >= WHOLE
    return Shot(str(sample.group), tuple(figures), whole, region is not None)


def hit(point: Point, boxes: Sequence[Box]) -> bool:
    x, y = point
    return any(left <= x <= right and top <= y <= bottom for left, top, right, bottom in boxes)


def covered(boxes: Sequence[Box]) -> float:
    """Return the share of the photo that boxes cover together."""
    grid = np.zeros((GRID, GRID), dtype=bool)
    for box in boxes:
        left, top, right, bottom = (round(min(1.0, max(0.0, share)) * GRID) for share in box)
        grid[top:bottom, left:right] = True
    return float(grid.mean())


def iou(one: Box, other: Box) -> float:
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    both = max(0.0, width) * max(0.0, height)
    areas = ((box[2] - box[0]) * (box[3] - box[1]) for box in (one, other))
    return both / (sum(areas) - both)


def with_intervals(found: Sequence[Shot]) -> npt.NDArray[np.float64]:
    """Return mean, low and high of each figure, 3 x figures; 2.5 % and 97.5 % quantiles over resampled groups."""
    groups, index = np.unique([one.group for one in found], return_inverse=True)
    figures = np.array([one.figures for one in found])
    sums = np.zeros((len(groups), figures.shape[1]))
    np.add.at(sums, index, figures)
    counts = np.bincount(index)
    draws = np.random.default_rng(0).integers(0, len(groups), (RESAMPLES, len(groups)))
    means = sums[draws].sum(axis=1) / counts[draws].sum(axis=1)[:, None]
    return np.vstack([figures.mean(axis=0), *np.quantile(means, [0.025, 0.975], axis=0)])


def show(by_class: dict[str, list[Shot]]) -> None:
    print(f"{'':22}{'photos':>7}{'groups':>7}   {'peak':^19}{'alone':>7}{'middle':>8}{'chance':>8}   ", end="")
    print(f"{'peak, 15 px':^19}{'alone':>7}{'middle':>8}{'chance':>8}   {'IoU':^19}{'middle':>8}")
    for name, all_found in by_class.items():
        found = [one for one in all_found if not one.whole]
        value, low, high = with_intervals(found)
        cells = [f"{name:22}{len(found):7}{len({one.group for one in found}):7}"]
        for start, end in ((0, 4), (4, 8), (8, 10)):
            cells.append(f"   {value[start]:.3f} [{low[start]:.3f}, {high[start]:.3f}]")
            cells += [f"{figure:8.3f}" for figure in value[start + 1 : end]]
        print("".join(cells))
    for name, all_found in by_class.items():
        whole = [one.figures[0] for one in all_found if one.whole]
        nowhere = sum(not one.pointed for one in all_found)
        if whole or nowhere:
            print(
                f"{name}: {len(whole)} photos with a box as large as the photo left out, {sum(whole):.0f} of them ",
                end="",
            )
            print(f"hits; on {nowhere} of all {len(all_found)} the map points nowhere, a miss")


def collected(found: Iterator[tuple[str, Shot]]) -> dict[str, list[Shot]]:
    by_class: dict[str, list[Shot]] = defaultdict(list)
    for name, one in found:
        by_class[name].append(one)
    return by_class


def main() -> None:
    options = argparse.ArgumentParser(description="Pointing game on outlined photos.")
    options.add_argument("--data", type=Path, default=CHECKOUT.parent / "shared" / "data" / "weld-quality")
    options.add_argument("--model", type=Path, default=CHECKOUT / "models" / "surface")
    options.add_argument("--answers", type=Path, help="held-out.npz of a run")
    chosen = options.parse_args()
    problems = Problems(skip=True)
    samples = list(read_samples(chosen.data, ImportOptions(chosen.data.name), problems))
    bundle = load_bundle(chosen.model)
    if chosen.answers:
        show(collected(held_out_shots(chosen.answers, bundle.card.task, samples)))
        print(f"{chosen.answers}: groups that the network never saw")
        return
    threads = load_settings().threads
    classifier = Classifier(bundle, threads)
    without_mirrors = Classifier(replace(bundle, card=replace(bundle.card, training={})), threads)
    show(collected(shots((classifier, without_mirrors), samples)))
    seen = sum(classifier.has_seen(decode(sample.path.read_bytes()).sha256) for sample in samples)
    card = classifier.card
    print(f"{card.name} {card.version}, {len(samples)} photos, {len(problems.found)} problems left out")
    if seen:
        print(f"{seen} of them seen in training: localisation was never trained, but this is no held-out figure")


if __name__ == "__main__":
    main()
