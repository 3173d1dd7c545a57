"""What decoding takes, measured in processes of their own: little, and no more than it tells the limit of work."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PillowImage

from beadwatch.imaging.decode import MAX_PIXELS, decode
from beadwatch.imaging.work import LIMIT_BYTES
from tests.bombs import blank
from tests.pictures import encoded, noise, turned

SIDE = 4000
RGB_BYTES = 3 * SIDE * SIDE
STRIPS_BYTES = 32 << 20  # of a picture on its way to RGB, whatever its size
CHILD = """
import os, sys
from beadwatch.imaging.decode import decode
pictures = [open(path, "rb").read() for path in sys.argv[1:]]
decode(pictures[0])
for picture in pictures:
    child = os.fork()
    if child == 0:
        decode(picture)
        os._exit(0)
    _, status, usage = os.wait4(child, 0)
    assert status == 0
    print(usage.ru_maxrss * 1024)
"""


class ToldError(Exception):
    """How much a picture was said to take."""


class Asked:
    """Lets nobody decode, and says what they asked for."""

    def share(self, size_bytes: int, wait_s: float | None) -> None:
        raise ToldError(size_bytes)


def peaks(folder: Path, pictures: dict[str, bytes]) -> dict[str, int]:
    """Return by name how many bytes decoding took at its most, beyond what a tiny picture takes."""
    paths = []
    for number, data in enumerate([encoded(noise()), *pictures.values()]):
        paths.append(folder / str(number))
        paths[-1].write_bytes(data)
    done = subprocess.run([sys.executable, "-c", CHILD, *map(str, paths)], check=True, capture_output=True, text=True)
    tiny, *others = map(int, done.stdout.split())
    return {name: peak - tiny for name, peak in zip(pictures, others, strict=True)}


@pytest.mark.skipif(sys.platform != "linux", reason="memory is counted in other units elsewhere")
def test_decoding_takes_little_and_no_more_than_it_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    colours = PillowImage.new("RGB", (SIDE // 2, SIDE // 2), (1, 2, 3))
    lean = {
        "palette": encoded(blank("P", SIDE), compress_level=1, transparency=bytes(range(256))),
        "LA": encoded(blank("LA", SIDE), compress_level=1),
        "JPEG, turned": turned(np.zeros((SIDE, SIDE, 3), np.uint8), 6, "JPEG"),
    }
    others = {
        "JPEG, progressive": encoded(colours, "JPEG", progressive=True, subsampling=0),
        "WebP": encoded(blank("RGBA", SIDE // 2), "WEBP", lossless=True, quality=0, method=0),
        "TIFF": encoded(colours, "TIFF", compression="tiff_lzw"),
    }
    taken = peaks(tmp_path, lean | others)
    monkeypatch.setattr("beadwatch.imaging.decode.WORK", Asked())
    for name, data in (lean | others).items():
        with pytest.raises(ToldError) as told:
            decode(data)
        assert taken[name] <= told.value.args[0] + STRIPS_BYTES, name
    assert {name for name in lean if taken[name] > 3 * RGB_BYTES} == set()


def test_share_of_work_goes_by_pixels_and_the_largest_picture_fits_no_more_than_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("beadwatch.imaging.decode.WORK", Asked())
    with pytest.raises(ToldError) as small:
        decode(encoded(noise()))
    assert 0 < small.value.args[0] < 100_000
    with pytest.raises(ToldError) as large:
        decode(encoded(PillowImage.new("1", (8000, MAX_PIXELS // 8000))))
    assert LIMIT_BYTES / 3 < large.value.args[0] <= LIMIT_BYTES
