"""Writes cases.json, by which the web app's tests hold its TypeScript against this Python. `--check` only compares.

Both languages make the pictures by the same rule, so that the file holds what comes out of them and nothing large.
"""

import hashlib
import json
import math
import random
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from beadwatch.domain.appearance import Appearance
from beadwatch.domain.guarantee import Guarantee
from beadwatch.domain.model_card import Calibration, ModelCard, PreprocessSpec, card_from_dict
from beadwatch.domain.prediction import Prediction
from beadwatch.imaging.appearance import measure_appearance
from beadwatch.imaging.decode import Image, Pixels
from beadwatch.imaging.preprocess import preprocess
from beadwatch.imaging.quality import measure_quality
from beadwatch.inference.decision import decide
from beadwatch.inference.explain import Axes, against_the_others, explain_map, findings, merged

ROOT = Path(__file__).resolve().parents[1]
TO = ROOT / "clients" / "web" / "tests" / "cases.json"
DIGITS = 7  # of what is measured: a processor's last bits must not make the file stale
DECISIONS_PER_VARIANT = 36

Case = dict[str, Any]
Whole = npt.NDArray[np.uint32]


def noise(width: int, height: int, seed: int) -> Pixels:
    """Return pixels without any order: their number, mixed by multiplications modulo 2 ** 32."""
    mixed: Whole = np.arange(width * height * 3, dtype=np.uint32) * np.uint32(2654435761) + np.uint32(seed)
    mixed ^= mixed >> np.uint32(15)
    mixed *= np.uint32(2246822519)
    mixed ^= mixed >> np.uint32(13)
    return (mixed >> np.uint32(24)).astype(np.uint8).reshape(height, width, 3)


def smooth(width: int, height: int, seed: int) -> Pixels:
    """Return slopes that rise and fall, differently in each channel."""
    y, x, channel = np.indices((height, width, 3))
    wave = (x * (seed + channel) + y * (seed + 2 * channel) + (x * y >> 5)) % 512
    levels: Pixels = np.where(wave < 256, wave, 511 - wave).astype(np.uint8)
    return levels


def grey(width: int, height: int, seed: int) -> Pixels:
    """Return a smooth picture with little noise, its three channels equal."""
    levels = smooth(width, height, seed)[:, :, 0] // 2 + noise(width, height, seed)[:, :, 0] // 8
    return np.repeat(levels[:, :, None], 3, axis=2)


def flat(width: int, height: int, seed: int) -> Pixels:
    """Return a picture of one level."""
    return np.full((height, width, 3), seed, dtype=np.uint8)


PICTURES: dict[str, Callable[[int, int, int], Pixels]] = {"noise": noise, "smooth": smooth, "grey": grey, "flat": flat}


def resize_cases() -> list[Case]:
    """Return the sha256 of resized pictures: down, up, one side only, not at all; odd, even, wide and tall."""
    sizes = [
        (640, 480, 256, 256), (481, 361, 224, 224), (1283, 719, 256, 256), (257, 255, 256, 256), (100, 37, 224, 224),
        (33, 256, 256, 256), (256, 90, 256, 256), (256, 256, 256, 256), (3024, 40, 224, 224), (32, 2000, 64, 33),
        (270, 480, 64, 64), (480, 640, 256, 256), (300, 344, 256, 256), (300, 345, 256, 256), (90, 160, 224, 128),
    ]  # fmt: skip
    cases = []
    for seed, (width, height, to_width, to_height) in enumerate(sizes, start=1):
        for kind in ("noise", "smooth", "grey"):
            image = Image(PICTURES[kind](width, height, seed), "")
            pixels = preprocess(image, PreprocessSpec(to_width, to_height))
            case = {"kind": kind, "seed": seed, "width": width, "height": height}
            digest = hashlib.sha256(np.ascontiguousarray(pixels).tobytes()).hexdigest()
            cases.append(case | {"to_width": to_width, "to_height": to_height, "sha256": digest})
    return cases


def measured_cases() -> list[Case]:
    """Return appearance and sharpness of pictures as a model takes them."""
    cases = []
    for width, height in ((256, 256), (224, 224), (320, 96), (75, 33), (250, 131), (32, 32), (96, 320)):
        for seed, kind in enumerate(PICTURES, start=3):
            pixels = PICTURES[kind](width, height, seed)
            seen, quality = measure_appearance(pixels), measure_quality(pixels)
            case = {"kind": kind, "seed": seed, "width": width, "height": height}
            case |= {"contrast": rounded(seen.contrast), "detail": rounded(seen.detail)}
            sharpness = rounded(quality.sharpness) if math.isfinite(quality.sharpness) else None
            cases.append(case | {"sharpness": sharpness, "saturated_share": rounded(quality.saturated_share)})
    return cases


def rounded(value: float) -> float:
    """Return a value with as many digits as every processor agrees on."""
    return float(f"{value:.{DIGITS}g}")


def variants(card: ModelCard) -> dict[str, Calibration]:
    """Return a card's calibration as it is, and with what other cards may have."""
    own = card.calibration
    low = {name: min(threshold, 0.375) for name, threshold in own.thresholds.items()}
    promise = Guarantee(0.05, 0.1, 45, 0, certified=True)
    return {
        "as shipped": own,
        "a miss costs 10": replace(own, thresholds=low, miss_cost=10.0),
        "a miss costs a third": replace(own, thresholds=low, miss_cost=1 / 3, appearance=None),
        "a miss costs a million": replace(own, thresholds=low, miss_cost=1e6),
        "accepts": replace(own, accept_threshold=0.375, guarantee=promise),
        "never accepts": replace(own, accept_threshold=1.0),
    }


def decision_cases(task: str, dice: random.Random) -> Case:
    """Return what is decided about random predictions, many of them right at a limit, for each variant of a card."""
    card = card_from_dict(json.loads((ROOT / "models" / task / "card.json").read_text(encoding="utf-8")))
    return {
        "task": task,
        "kind": card.task.kind.value,
        "variants": [
            {
                "name": name,
                "labels": labels_of(card, calibration),
                "calibration": calibration_of(calibration),
                "cases": [decision_case(card, calibration, dice) for _ in range(DECISIONS_PER_VARIANT)],
            }
            for name, calibration in variants(card).items()
        ],
    }


def labels_of(card: ModelCard, calibration: Calibration) -> list[Case]:
    """Return the classes as a manifest has them, as far as a decision looks at them."""
    return [
        {
            "name": label.name,
            "verdict": label.verdict.value,
            "why": label.why,
            "threshold": calibration.thresholds[label.name],
            "is_good": label.is_good,
            "excludes_others": label.excludes_others,
        }
        for label in card.task.labels
    ]


def calibration_of(calibration: Calibration) -> Case:
    """Return a calibration as a manifest has it."""
    limits = calibration.appearance
    return {
        "accept_threshold": calibration.accept_threshold,
        "max_distance": calibration.max_distance,
        "miss_cost": calibration.miss_cost,
        "promise": calibration.promise,
        "appearance": limits
        and {"min_contrast": limits.min_contrast, "min_detail": limits.min_detail, "max_detail": limits.max_detail},
    }


def decision_case(card: ModelCard, calibration: Calibration, dice: random.Random) -> Case:
    """Return a random prediction with what follows from it."""
    limits = [*calibration.thresholds.values(), calibration.accept_threshold]
    scores = [near(limits, dice) for _ in card.task.labels]
    if dice.random() < 0.5:  # one class stands out, often the good one
        one = dice.choice([at for at, label in enumerate(card.task.labels) for _ in range(6 if label.is_good else 1)])
        scores = [score if at == one else round(dice.uniform(0, 0.1), 4) for at, score in enumerate(scores)]
    distance = dice.uniform(0, calibration.max_distance)
    if dice.random() < 0.15:
        distance = dice.choice((calibration.max_distance, calibration.max_distance + 0.0004, 0.8125))
    seen = Appearance(round(dice.uniform(20, 80), 3), round(dice.uniform(0.3, 1.5), 3))
    if dice.random() < 0.15:
        seen = Appearance(dice.choice((0.0, 4.25, 5.0)), dice.choice((0.0, 0.125, 2.625, 3.6)))
    prediction = Prediction(card.task, tuple(scores), distance)
    decision = decide(prediction, calibration, seen)
    return {
        "scores": scores,
        "distance": distance,
        "contrast": seen.contrast,
        "detail": seen.detail,
        "verdict": decision.disposition.value,
        "label": decision.label,
        "labels": list(decision.labels),
        "reasons": list(decision.reasons),
        "findings": list(findings(prediction, decision, calibration)),
    }


def near(limits: Sequence[float], dice: random.Random) -> float:
    """Return a score: low, anywhere, at a limit or a little beside it, or halfway between two that are printed."""
    limit = dice.choice(limits)
    choices = (
        dice.uniform(0, 0.1), dice.uniform(0, 0.1), dice.uniform(0, 0.1), dice.random(), limit, limit - 0.0004,
        limit + 0.0004, math.nextafter(limit, 0), dice.choice((0.125, 0.375, 0.625, 0.5, 0.0, 1.0)),
    )  # fmt: skip
    return min(1.0, max(0.0, dice.choice(choices)))


def evidence_cases(dice: random.Random) -> list[Case]:
    """Return maps of mirror images with their mean, and where the evidence for each class is."""
    mirrors: list[tuple[Axes, ...]] = [((),), ((), (1,)), ((), (0,)), ((), (1,), (0,), (0, 1))]
    cases = []
    for number in range(16):
        axes, rows, columns = mirrors[number % 4], 6 + number % 3, 8 - number % 2
        shape = (len(axes), 2, rows, columns)
        middle, spread = {4: (0.0, 0.02), 8: (-9.0, 1.0)}.get(number, (0.0, 1.0))  # nothing to see; all against it
        values = [round(dice.gauss(middle, spread), 3) for _ in range(math.prod(shape))]
        maps = np.array(values, dtype=np.float32).reshape(shape)
        if number % 2:
            maps[:, :, 1:4, 2:6] += np.float32(3.0)
        mean = merged(maps, axes)
        clear = against_the_others(mean) if number % 4 == 2 else mean
        regions = [explain_map("a class", grid).region for grid in clear]
        cases.append(
            {
                "mirrors": [list(each) for each in axes],
                "dims": list(shape),
                "maps": [rounded(float(value)) for value in maps.ravel()],
                "against_the_others": clear is not mean,
                "merged": [rounded(float(value)) for value in mean.ravel()],
                "boxes": [region and list(region.box) for region in regions],
            }
        )
    return cases


def cases() -> str:
    """Return the whole file."""
    dice = random.Random(20260131)  # noqa: S311 - the same cases each time
    whole = {
        "resize": resize_cases(),
        "measured": measured_cases(),
        "decisions": [decision_cases(task, dice) for task in ("tig", "surface")],
        "evidence": evidence_cases(dice),
    }
    return (
        json.dumps(whole, separators=(",", ":"), ensure_ascii=False, allow_nan=False).replace('},{"', '},\n{"') + "\n"
    )


def main() -> int:
    """Write the file if it is stale, or with `--check` say so and return 1."""
    wanted = cases()
    if TO.exists() and TO.read_text(encoding="utf-8") == wanted:
        return 0
    check = "--check" in sys.argv
    print(f"{TO.relative_to(ROOT)} is stale" + (": run `python tools/web_cases.py`" if check else ", written anew"))
    if not check:
        TO.write_text(wanted, encoding="utf-8")
    return 1 if check else 0


if __name__ == "__main__":
    sys.exit(main())
