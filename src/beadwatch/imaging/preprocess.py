"""An `Image` to a model's input, as the model card says and in one place only.

Knows resizing. Does not know scaling or normalisation: those are inside the graph, so that no client can differ.
"""

import numpy as np
from PIL import Image as PillowImage

from beadwatch.domain.model_card import PreprocessSpec
from beadwatch.imaging.decode import Image, Pixels


def preprocess(image: Image, spec: PreprocessSpec) -> Pixels:
    """Return `image` as `spec.height` x `spec.width` x 3, uint8, RGB.

    Bilinear with antialiasing. The picture is stretched, not cropped: a defect at the edge stays in view.
    """
    if (image.width, image.height) == (spec.width, spec.height):
        return image.pixels
    resized = PillowImage.fromarray(image.pixels).resize(
        (spec.width, spec.height), PillowImage.Resampling.BILINEAR, reducing_gap=None
    )
    return np.asarray(resized, dtype=np.uint8)
