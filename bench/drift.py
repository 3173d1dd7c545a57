"""How often a check for drift cries wolf, and after how many pictures it sees a drift, on real photos.

    python bench/drift.py [--data ../shared/data/weld-quality] [--models models] [--checks 1000] [--cache FOLDER]

About 900 photos, up to 4 of each group, seen by the shipped `surface` model, as they are and changed as another light
or camera would; kept in a folder of the system's temporary ones, so that a second run begins with the checks. False
alarms: groups are drawn at random into a reference and a current set, so that nothing drifted. Delay: the current
set's photos are changed; how many groups are needed until half and nine tenths of the checks alarm? The model has
learned from all these photos, so that its AUC on them flatters; `no labels` is what is left without. Prints; asserts
nothing.
"""

import argparse
import hashlib
import io
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image as PillowImage
from PIL import ImageFilter
from scipy.stats import binomtest

from beadwatch.datasets.importers import ImportOptions, Problems, read_samples
from beadwatch.datasets.sample import Sample
from beadwatch.domain.labels import SURFACE
from beadwatch.imaging.decode import Image, Pixels, decode
from beadwatch.inference.bundle import load_bundle
from beadwatch.inference.classifier import Classifier
from beadwatch.lifecycle.drift.check import check_drift
from beadwatch.lifecycle.drift.limits import DriftLimits
from beadwatch.lifecycle.observations import Observations, gather, load_observations, observe, save_observations

ROOT = Path(__file__).resolve().parents[1]
PHOTOS, OF_A_GROUP = 900, 4
SIZES = (10, 30, 90)  # current groups of the checks in which nothing drifted
STEPS = (8, 10, 12, 16, 24, 32, 48, 64, 96)  # current groups of the checks in which something did
TRIALS = 20
PROGRESS = 100  # checks between two lines
Numbers = npt.NDArray[np.int64]


def _light(red: float, green: float, blue: float) -> Callable[[Pixels], Pixels]:
    return lambda pixels: (pixels * np.array([red, green, blue])).clip(0, 255).astype(np.uint8)


def _blur(pixels: Pixels) -> Pixels:
    return np.asarray(PillowImage.fromarray(pixels).filter(ImageFilter.GaussianBlur(2.0)))


def _noise(pixels: Pixels) -> Pixels:
    dice = np.random.default_rng(int(pixels.sum()))
    return (pixels + dice.normal(0, 15, pixels.shape)).clip(0, 255).astype(np.uint8)


def _jpeg(pixels: Pixels) -> Pixels:
    stream = io.BytesIO()
    PillowImage.fromarray(pixels).save(stream, "JPEG", quality=15)
    return np.asarray(PillowImage.open(stream).convert("RGB"))


CHANGES: Mapping[str, Callable[[Pixels], Pixels]] = {
    "as it is": lambda pixels: pixels,
    "light: dark": _light(0.5, 0.5, 0.5),
    "light: blue": _light(0.7, 0.9, 1.2),
    "light: dark, blue": _light(0.35, 0.42, 0.55),
    "camera: blur": _blur,
    "camera: noise": _noise,
    "camera: JPEG 15": _jpeg,
}
MATERIAL = "material: warm colours"


def chosen(data: Path) -> list[Sample]:
    """Return the photos: groups in the order of their hash, up to 4 photos of each, until there are enough."""
    samples = [each for each in read_samples(data, ImportOptions(source="weld-quality"), Problems()) if each.labels]
    samples.sort(key=lambda each: (hashlib.sha256(each.group_key.encode()).hexdigest(), each.path.name))
    taken: Counter[str] = Counter()
    kept = []
    for sample in samples:
        taken[sample.group_key] += 1
        if taken[sample.group_key] <= OF_A_GROUP:
            kept.append(sample)
    return kept[:PHOTOS]


def observed(samples: list[Sample], models: Path, cache: Path) -> dict[str, Observations]:
    """Return what the model says of the photos, by change; photos of warm colours come as a change too."""
    cache.mkdir(parents=True, exist_ok=True)
    classifier, found = None, {}
    for name, change in CHANGES.items():
        file = cache / f"{name.replace(':', '').replace(',', '').replace(' ', '-')}.npz"
        if not file.exists():
            classifier = classifier or Classifier(load_bundle(models / "surface"), threads=1)
            images = (Image(change(decode(each.path.read_bytes()).pixels), "0" * 64) for each in samples)
            seen = [observe(classifier, image) for image in images]
            names, groups = [each.path.name for each in samples], [each.group_key for each in samples]
            save_observations(gather(SURFACE, seen, names, groups, [each.labels for each in samples]), file)
        found[name] = load_observations(file)
    return found


def warm_groups(samples: list[Sample]) -> set[str]:
    """Return the fifth of the groups whose photos are the warmest: red minus blue, in the mean."""
    warmth: dict[str, list[float]] = {}
    for each in samples:
        red, _, blue = decode(each.path.read_bytes()).pixels.mean(axis=(0, 1))
        warmth.setdefault(each.group_key, []).append(float(red - blue))
    ordered = sorted(warmth, key=lambda group: -float(np.mean(warmth[group])))
    return set(ordered[: len(ordered) // 5])


def rows_of(observations: Observations, groups: npt.NDArray[np.str_]) -> npt.NDArray[np.bool_]:
    return np.asarray(np.isin(observations.groups, groups))


def false_alarms(plain: Observations, checks: int, limits: DriftLimits) -> None:
    """Print how often a check alarms although current and reference groups are drawn from the same pool."""
    names = np.unique(plain.groups)
    started = time.perf_counter()
    alarms: Counter[int] = Counter()
    why: Counter[str] = Counter()
    for done in range(1, checks + 1):
        size = SIZES[done % len(SIZES)]
        order = np.random.default_rng(done).permutation(names)
        reference = plain.take(rows_of(plain, order[size : size + len(names) // 2]))
        report = check_drift(reference, plain.take(rows_of(plain, order[:size])), replace(limits, seed=done))
        alarms[size] += report.drifted
        why.update(finding.name for finding in report.findings if finding.alarm)
        if done % PROGRESS == 0 or done == checks:
            interval = binomtest(alarms.total(), done).proportion_ci()
            told = ", ".join(f"{alarms[each]} at {each} groups" for each in SIZES)
            each_ms = 1000 * (time.perf_counter() - started) / done
            print(
                f"  {alarms.total() / done:.2%} [{interval.low:.2%}, {interval.high:.2%}] of {done}: {told}; "
                f"{each_ms:.0f} ms each {dict(why) or ''}",
                flush=True,
            )


def delay(plain: Observations, changed: Observations, warm: set[str] | None, limits: DriftLimits) -> str:
    """Return in words after how many groups half and nine tenths of the checks alarm."""
    names = np.unique(plain.groups)
    half: str | None = None
    for size in STEPS:
        alarms, pictures = 0, 0
        for number in range(TRIALS):
            order = np.random.default_rng([7, number]).permutation(names)
            new, old = order[: len(names) // 2], order[len(names) // 2 :]
            if warm is not None:
                new = np.array([name for name in order if name in warm])
                old = np.array([name for name in order if name not in warm])
            current = changed.take(rows_of(changed, new[:size]))
            pictures += len(current)
            alarms += check_drift(plain.take(rows_of(plain, old)), current, replace(limits, seed=number)).drifted
        told = f"{min(size, len(new)):3} ({pictures // TRIALS:3})"
        half = half or (told if alarms >= TRIALS / 2 else None)
        if alarms >= 0.9 * TRIALS:
            return f"{half}   {told}"
    return f"{half or '   never  '}   {f'{alarms} of {TRIALS} at {size}':>9}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data" / "weld-quality")
    parser.add_argument("--models", type=Path, default=ROOT / "models")
    parser.add_argument("--checks", type=int, default=1000, help="checks in which nothing drifted, each way")
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "beadwatch-bench-drift")
    wanted = parser.parse_args()
    samples = chosen(wanted.data)
    found = observed(samples, wanted.models, wanted.cache)
    plain = found["as it is"]
    card = load_bundle(wanted.models / "surface").card
    limits = DriftLimits(thresholds=card.calibration.thresholds, permutations=999)  # half the default: half the time
    print(f"{len(plain)} photos of {len(np.unique(plain.groups))} groups; alpha {limits.alpha:g}", flush=True)
    for told, labelled in (("with labels", True), ("no labels", False)):
        print(f"nothing drifted, {told}: false alarms", flush=True)
        false_alarms(plain if labelled else replace(plain, truth=None), wanted.checks, limits)
    print(f"{'groups (pictures) until':24} {'with labels: half, 90 %':26} no labels: half, 90 %", flush=True)
    warm = warm_groups(samples)
    for name in [*list(CHANGES)[1:], MATERIAL]:
        drifting = (plain, warm) if name == MATERIAL else (found[name], None)
        with_labels = delay(plain, drifting[0], drifting[1], limits)
        print(f"{name:24} {with_labels:26} ", end="", flush=True)
        print(delay(replace(plain, truth=None), replace(drifting[0], truth=None), drifting[1], limits), flush=True)


if __name__ == "__main__":
    main()
