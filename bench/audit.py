"""How long an audit takes and how it grows: drawn photos, with turned, grey, brightened and speckled copies of each.

Aim: 3,000 photos in 60 s on 2 cores, files to report; near linear from 3,000 to 30,000; memory flat. Every size runs in
a process of its own, so that its peak is its own. Prints; asserts nothing. `bench/audit.py 300 1000` measures others.
"""

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image

from beadwatch.datasets.audit import audit
from beadwatch.datasets.fingerprint import Fingerprint, fingerprint
from beadwatch.datasets.groups import infer_groups, summarise_groups
from beadwatch.datasets.near_duplicates import near_pairs
from beadwatch.datasets.sample import Sample, labelled
from beadwatch.imaging.decode import Pixels, decode

SIZES = (3_000, 10_000, 30_000)
COPIES = 10
SIDE_PX = 288
WORKERS = 2
LUMA = np.array([0.299, 0.587, 0.114])  # ITU-R BT.601, as grey copies are made


def versions(seed: int) -> Iterator[Pixels]:
    """Yield `COPIES` versions of one drawn photo, uint8 H x W x 3."""
    generator = np.random.default_rng(seed)
    small = generator.integers(0, 256, (9, 9, 3), dtype=np.uint8)
    photo = np.asarray(Image.fromarray(small).resize((SIDE_PX, SIDE_PX), Image.Resampling.BICUBIC), dtype=np.uint8)
    for number in range(COPIES):
        turned = np.rot90(photo, number % 4)
        turned = turned[:, ::-1] if number % 3 == 1 else turned
        bright = turned * generator.uniform(0.7, 1.2) + generator.normal(0, 6, turned.shape)
        grey = number % 5 == 4
        picture = np.repeat((bright @ LUMA)[:, :, None], 3, axis=2) if grey else bright
        yield picture.clip(0, 255).astype(np.uint8)


def write_photos(folder: Path, count: int) -> list[Path]:
    """Write the JPEG files; copies have names that tell nothing."""
    paths = []
    for seed in range(-(-count // COPIES)):
        for number, pixels in enumerate(versions(seed)):
            paths.append(folder / f"{(seed * COPIES + number) * 7919 % 1_000_003:07}.jpg")
            Image.fromarray(pixels).save(paths[-1], quality=85)
    return paths[:count]


def measure(folder: Path) -> None:
    """Audit a folder and print one row."""
    paths = sorted(folder.iterdir())
    samples = [
        Sample(path, labelled("good", "bad")[n % 2 :], "drawn", split="train" if n % 5 else "test")
        for n, path in enumerate(paths)
    ]

    def look(path: Path) -> tuple[str, Fingerprint]:
        image = decode(path.read_bytes())
        return image.sha256, fingerprint(image)

    started = time.perf_counter()
    with ThreadPoolExecutor(WORKERS) as pool:
        digests, fingerprints = zip(*pool.map(look, paths), strict=True)
    looked = time.perf_counter()
    before = _peak_mb()
    pairs = near_pairs(fingerprints)
    paired = time.perf_counter()
    groups = summarise_groups(infer_groups(samples, pairs))
    report = audit(samples, digests, fingerprints, pairs, {})
    done = time.perf_counter()
    times = (looked - started, paired - looked, done - paired, done - started)
    print(
        f"{len(paths):8,} " + " ".join(f"{span:8.1f}" for span in times) + f"   {before:8.0f} {_peak_mb():8.0f}   "
        f"{groups.groups:8,} {groups.largest_pictures:8} {len(report.copies_across):8,}",
        flush=True,
    )


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(sizes: list[int]) -> None:
    print(f"{'':8} {'read':>8} {'pair':>8} {'report':>8} {'all':>8} s {'peak before, after pairing':>18} MB ", end="")
    print(f"{'groups':>8} {'largest':>8} {'across':>8}")
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            write_photos(Path(folder), size)
            subprocess.run([sys.executable, __file__, "--measure", folder], check=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        measure(Path(sys.argv[2]))
    else:
        main([int(size) for size in sys.argv[1:]] or list(SIZES))
