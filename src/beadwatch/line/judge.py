"""What one frame says, taken alone: is the arc on, can the picture be judged, and what does the model answer.

Knows pictures and the production classifier. Does not know what came before, but for the picture just before: a camera
that repeats itself bit for bit is not looking. What several frames agree on is the monitor's.
"""

import time
import zlib
from dataclasses import dataclass

from beadwatch.domain.prediction import Decision, Prediction
from beadwatch.imaging.appearance import measure_appearance
from beadwatch.imaging.decode import Image, Pixels
from beadwatch.imaging.preprocess import preprocess
from beadwatch.imaging.quality import PictureQuality, measure_quality
from beadwatch.inference.classifier import Classifier
from beadwatch.inference.decision import decide
from beadwatch.line.frame import Frame

_NO_DIGEST = ""  # nobody looks up a frame by the hash of its bytes


@dataclass(frozen=True, slots=True)
class JudgeRules:
    """From when on a picture counts as what.

    `arc_brightness` is the grey level (of 255) of the brightest of 32 x 32 cells from which the arc burns: the 120
    frames of SS304 have 179 and more. A picture of which less than `lit_share` is lit at all is black, which is a fault
    unless `black_is_idle`, as behind a welding filter. `overexposed_share` is the share of saturated pixels from which
    a picture is over-exposed; an arc fills 5 %. A picture repeated for `frozen_s` is a fault, and so is one of an arc
    below `min_sharpness`: SS304 has 0.14 and more, and 0.11 at most once blurred over 8 px of 1280 (0 switches it off).
    """

    arc_brightness: float = 140.0
    lit_share: float = 0.03
    black_is_idle: bool = False
    overexposed_share: float = 0.4
    frozen_s: float = 0.25
    min_sharpness: float = 0.125


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one frame says. `prediction` and `decision` are None where the model was not asked: no arc, or a fault.

    `resize_ms` and `inference_ms` are where the time went.
    """

    arc: bool
    fault: str | None
    prediction: Prediction | None = None
    decision: Decision | None = None
    resize_ms: float = 0.0
    inference_ms: float = 0.0


class Judge:
    """Judges frames one after the other. Used from one thread."""

    def __init__(self, classifier: Classifier, rules: JudgeRules) -> None:
        self._classifier = classifier
        self._rules = rules
        self._digest = 0
        self._first: Frame | None = None  # of those that look alike

    def judge(self, frame: Frame) -> Judgement:
        """Say what this frame shows.

        Raises:
            BundleError: the model fails.
        """
        started = time.perf_counter()
        card = self._classifier.card
        pixels = preprocess(Image(frame.pixels, _NO_DIGEST), card.preprocess, frame.grey)
        quality = measure_quality(pixels)
        resized = time.perf_counter()
        resize_ms = (resized - started) * 1000
        arc = quality.peak >= self._rules.arc_brightness
        if fault := self._fault(frame, pixels, quality):
            return Judgement(arc, fault, resize_ms=resize_ms)
        if not arc:
            return Judgement(False, None, resize_ms=resize_ms)
        appearance = measure_appearance(pixels)
        limits = card.calibration.appearance
        if limits and (fault := limits.fault_of(appearance)):
            return Judgement(True, fault, resize_ms=resize_ms)
        prediction = self._classifier.classify(pixels)
        decision = decide(prediction, card.calibration, appearance)
        return Judgement(True, None, prediction, decision, resize_ms, (time.perf_counter() - resized) * 1000)

    def _fault(self, frame: Frame, pixels: Pixels, quality: PictureQuality) -> str | None:
        rules, frozen_s = self._rules, self._frozen_for(frame, pixels)
        if quality.lit_share < rules.lit_share:
            return None if rules.black_is_idle else "the picture is black: check lens cap, exposure and cable"
        if quality.saturated_share >= rules.overexposed_share:
            return f"over-exposed: {quality.saturated_share:.0%} of the picture is saturated; check exposure and filter"
        if frozen_s >= rules.frozen_s:
            return f"frozen: the same picture for {frozen_s:.1f} s; restart the camera"
        if quality.peak >= rules.arc_brightness and quality.sharpness < rules.min_sharpness:
            return (
                f"blurred: sharpness {quality.sharpness:.3f}, {rules.min_sharpness:.3f} is needed; check focus, and "
                "clean the lens"
            )
        return None

    def _frozen_for(self, frame: Frame, pixels: Pixels) -> float:
        """Return for how many seconds the camera has given this very picture; sensor noise alone changes it.

        Of the camera's clock and ours the longer time counts: a recording may be read faster than it was made, and the
        clock of a camera that hangs may hang too.
        """
        digest = zlib.crc32(pixels.tobytes())
        if self._first is None or digest != self._digest:
            self._digest, self._first = digest, frame
        ours_s = frame.monotonic_s - self._first.monotonic_s
        if frame.media_s is None or self._first.media_s is None:
            return ours_s
        return max(ours_s, frame.media_s - self._first.media_s)
