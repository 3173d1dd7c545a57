"""An `Image` to a model's input, as the model card says and in one place only.

Knows resizing. Does not know scaling or normalisation: those are inside the graph, so that no client can differ.
"""

import numpy as np
import numpy.typing as npt
from PIL import Image as PillowImage

from beadwatch.domain.model_card import PreprocessSpec
from beadwatch.imaging.decode import Image, Pixels


def preprocess(image: Image, spec: PreprocessSpec, grey: bool | None = None) -> Pixels:
    """Return `image` as `spec.height` x `spec.width` x 3, uint8, RGB.

    Bilinear with antialiasing. The picture is stretched, not cropped: a defect at the edge stays in view. `grey` is
    what `is_grey` says of the picture, where that is known already.
    """
    if (image.width, image.height) == (spec.width, spec.height):
        return image.pixels
    size = (spec.width, spec.height)
    if not (is_grey(image.pixels) if grey is None else grey):
        return np.asarray(_resized(image.pixels, size), dtype=np.uint8)
    # One channel tells all: the same result in half the time.
    channel = np.asarray(_resized(np.ascontiguousarray(image.pixels[:, :, 0]), size), dtype=np.uint8)
    return np.repeat(channel[:, :, None], 3, axis=2)


def is_grey(pixels: Pixels) -> bool:
    """Say whether the three channels of a picture are equal, as those of a grey camera are."""
    for rows in (pixels[::64], pixels):  # a few rows tell most coloured pictures
        if not (np.array_equal(rows[:, :, 0], rows[:, :, 1]) and np.array_equal(rows[:, :, 0], rows[:, :, 2])):
            return False
    return True


def _resized(pixels: npt.NDArray[np.uint8], size: tuple[int, int]) -> PillowImage.Image:
    return PillowImage.fromarray(pixels).resize(size, PillowImage.Resampling.BILINEAR, reducing_gap=None)
