"""Small pictures for people: thumbnails for lists and reports. Never used for inference."""

import io

from PIL import Image as PillowImage

from beadwatch.imaging.decode import Image


def thumbnail(image: Image, side_px: int) -> bytes:
    """Return a JPEG that fits into `side_px` x `side_px`, aspect kept, without metadata."""
    picture = PillowImage.fromarray(image.pixels)
    picture.thumbnail((side_px, side_px), PillowImage.Resampling.LANCZOS)
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=82)
    return buffer.getvalue()
