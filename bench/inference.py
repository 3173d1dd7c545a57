"""Where the time of one inspection goes, for both models: decode, resize, network, maps. Milliseconds, medians.

"maps" is what a finding costs on top: the activation maps of the picture and of its mirror images.

Beside it the throughput of `inspect_files`, which decodes ahead on threads. Prints; asserts nothing.
"""

import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from beadwatch.imaging.decode import decode
from beadwatch.imaging.preprocess import preprocess
from beadwatch.services.inspecting import inspect_files, read_ahead
from beadwatch.services.picture_files import FoundPicture
from beadwatch.services.served_models import open_models
from beadwatch.settings import load_settings
from pictures import camera_frame, phone_photo

RUNS = 30
FILES = 100


def median_ms(work: Callable[[], object]) -> float:
    """Return the median time of a call, after three that warm it up."""
    for _ in range(3):
        work()
    times = []
    for _ in range(RUNS):
        started = time.perf_counter()
        work()
        times.append((time.perf_counter() - started) * 1000)
    return statistics.median(times)


def main() -> None:
    draw = {"tig": camera_frame, "surface": phone_photo}
    print(f"{'model':8} {'picture':11} {'decode':>8} {'resize':>8} {'network':>8} {'maps':>8}  ms   files/s")
    with tempfile.TemporaryDirectory() as folder:
        for task, classifier in open_models(load_settings()).ready.items():
            path = draw[task](Path(folder, f"{task}.png" if task == "tig" else f"{task}.jpg"))
            data, spec = path.read_bytes(), classifier.card.preprocess
            image = decode(data)
            pixels = preprocess(image, spec)
            decode_ms = median_ms(partial(decode, data))
            resize_ms = median_ms(partial(preprocess, image, spec))
            network_ms = median_ms(partial(classifier.classify, pixels))
            maps_ms = median_ms(partial(classifier.activation, pixels))
            started = time.perf_counter()
            list(inspect_files(classifier, read_ahead([FoundPicture(path)] * FILES)))
            rate = FILES / (time.perf_counter() - started)
            size = f"{image.width} x {image.height}"
            parts = " ".join(f"{part_ms:8.1f}" for part_ms in (decode_ms, resize_ms, network_ms, maps_ms))
            print(f"{task:8} {size:11} {parts}      {rate:7.1f}")


if __name__ == "__main__":
    main()
