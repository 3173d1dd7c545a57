"""Brightness and sharpness of a picture, and what they do and do not depend on."""

import numpy as np
import pytest
from PIL import Image, ImageFilter

from beadwatch.domain.model_card import PreprocessSpec
from beadwatch.imaging.decode import Pixels, decode
from beadwatch.imaging.preprocess import preprocess
from beadwatch.imaging.quality import measure_quality
from beadwatch.line.judge import JudgeRules
from tests.pictures import BLACK, WHITE, cornered, plain
from tests.real import needs_real_welds, tig_frames


@pytest.mark.parametrize(
    ("pixels", "peak", "lit", "saturated"),
    [
        (plain(WHITE, 64, 64), 255, 1.0, 1.0),
        (plain((10, 10, 10), 64, 64), 10, 1.0, 0.0),
        (plain((7, 7, 7), 64, 64), 7, 0.0, 0.0),
        (plain(BLACK, 64, 64), 0, 0.0, 0.0),
    ],
)
def test_brightness(pixels: Pixels, peak: float, lit: float, saturated: float) -> None:
    found = measure_quality(pixels)
    assert (found.peak, found.lit_share, found.saturated_share) == (peak, lit, saturated)
    assert found.sharpness == float("inf")


def test_blurring_lowers_sharpness_and_light_does_not() -> None:
    sharp = cornered(128, 128, side=60)
    half = (sharp // 2).astype(np.uint8)
    found = [measure_quality(blurred(sharp, radius)).sharpness for radius in (0, 1, 2, 4)]
    assert found == sorted(found, reverse=True)
    assert found[-1] < found[0] / 4
    assert measure_quality(half).sharpness == pytest.approx(found[0], rel=0.05)


def blurred(pixels: Pixels, radius: float) -> Pixels:
    return np.asarray(Image.fromarray(pixels).filter(ImageFilter.GaussianBlur(radius)))


@needs_real_welds
def test_every_real_frame_is_sharp_enough_and_none_is_once_it_is_blurred() -> None:
    limit = JudgeRules().min_sharpness
    for path in tig_frames()[::6]:
        image = decode(path.read_bytes())
        spec = PreprocessSpec(224, 224)
        assert measure_quality(preprocess(image, spec)).sharpness > limit
        out_of_focus = type(image)(blurred(image.pixels, 8), image.sha256)
        assert measure_quality(preprocess(out_of_focus, spec)).sharpness < limit
