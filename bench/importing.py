"""How fast an import is, as a share of what disk and decoder allow, and whether its memory stays flat.

The ceiling is measured in the same run, on the same files, on as many threads as the import uses: each file is read,
hashed (sha256) and decoded to pixels by `imaging.decode`, and dropped. Nothing is written, no label is looked at. The
import does the same and keeps each picture in a fresh store, makes the snapshot and names the set; reading the labels
before that is not in it. It makes no RGB array of a picture that is RGB or grey already, which the ceiling does. Aim: a
share of 80 % at least. Ceiling and import run in turn, and medians are printed; CPU time stands beside, for it tells
the share on a busy machine too. The files have been read once before, so that they come from memory: a slow disk would
flatter the share. The stores are in the folder for temporary files (TMPDIR) and are removed at the end only: ext4 takes
twenty times as long to make a file where many have just been removed.

Memory is the peak of a process of its own for each size. Prints; asserts nothing. `bench/importing.py FOLDER...`
measures the import of other folders.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median

import numpy as np
from PIL import Image

from audit import write_photos
from beadwatch.datasets.catalog import Catalog
from beadwatch.datasets.importers import ImportOptions, Problems, read_samples
from beadwatch.datasets.sample import Sample
from beadwatch.imaging.decode import decode
from beadwatch.services.importing import ImportSource, import_samples
from beadwatch.storage.blobs import BlobStore
from beadwatch.storage.files import open_files
from pictures import camera_frame

RUNS = 5
SIZES = (1_000, 5_000)
REAL = Path(__file__).resolve().parents[2] / "shared" / "data"


def ceiling(samples: Iterable[Sample]) -> None:
    """Read, hash and decode each picture; `decode` hashes."""

    def look(sample: Sample) -> None:
        decode(sample.path.read_bytes())

    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for _ in pool.map(look, samples):
            pass


def whole_import(samples: Iterable[Sample], root: Path, store: Path) -> None:
    """Import into a fresh store, as `beadwatch data import` does once it has read the labels."""
    snapshot = import_samples(samples, ImportSource(root), BlobStore(str(store / "blobs")), Problems())
    Catalog(open_files(str(store / "sets"))).put("set", snapshot, "import")


def timed(work: Callable[[], None]) -> tuple[float, float]:
    """Return the seconds on the clock and of CPU time that `work` takes."""
    clock, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - clock, time.process_time() - cpu


def measure(name: str, root: Path, scratch: Path) -> None:
    """Print one row for a folder; the stores go into the folder `scratch`."""
    samples = list(read_samples(root, ImportOptions("set"), Problems(skip=True)))
    ceiling(samples)
    found: dict[str, list[tuple[float, float]]] = {"ceiling": [], "import": []}
    for run in range(RUNS):
        store = scratch / f"{name}-{run}"
        found["ceiling"].append(timed(lambda: ceiling(samples)))
        found["import"].append(timed(lambda store=store: whole_import(samples, root, store)))  # type: ignore[misc]
    clock = {what: median(run[0] for run in runs) for what, runs in found.items()}
    cpu = {what: median(run[1] for run in runs) for what, runs in found.items()}
    share, cpu_share = (times["ceiling"] / times["import"] for times in (clock, cpu))
    print(
        f"{name:30} {len(samples):7,} {clock['ceiling']:8.2f} {clock['import']:8.2f} {share:7.0%}   "
        f"{cpu['ceiling']:8.2f} {cpu['import']:8.2f} {cpu_share:7.0%}   {len(samples) / clock['import']:8.0f}",
        flush=True,
    )


def measure_memory(root: Path, store: Path) -> None:
    """Import a folder once and print the peak of this process."""
    samples = list(read_samples(root, ImportOptions("set"), Problems()))
    before = _peak_mb()
    whole_import(samples, root, store)
    print(
        f"{len(samples):8,} pictures: peak {before:4.0f} MB before the import, {_peak_mb():4.0f} MB after", flush=True
    )


def _peak_mb() -> float:
    # Not getrusage: its peak is that of the parent until a process has outgrown it.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def draw_photos(root: Path, count: int) -> Path:
    """Write JPEG photos of 288 px in a class folder."""
    (root / "good").mkdir(parents=True)
    write_photos(root / "good", count)
    return root


def draw_frames(root: Path, count: int) -> Path:
    """Write camera frames, PNG of 1280 x 700 in grey, each with noise of its own, in a class folder."""
    (root / "good").mkdir(parents=True)
    frame = np.asarray(Image.open(camera_frame(root / "frame.tmp.png")), dtype=np.int16)
    (root / "frame.tmp.png").unlink()
    generator = np.random.default_rng(0)
    for number in range(count):
        noisy = (frame + generator.integers(-2, 3, frame.shape)).clip(0, 255).astype(np.uint8)
        Image.fromarray(noisy).save(root / "good" / f"{number}.png")
    return root


def main(folders: list[Path], scratch: Path) -> None:
    print(f"{'':30} {'':>7} {'clock, s':>26}    {'CPU, s':>25}")
    head = f"{'ceiling':>8} {'import':>8} {'share':>7}   "
    print(f"{'':30} {'files':>7} {head}{head}{'files/s':>8}")
    for folder in folders:
        measure(folder.name, folder, scratch)
    if folders:
        return
    measure("drawn photos, 288 px JPEG", draw_photos(scratch / "photos", 2_000), scratch)
    measure("drawn frames, 1280 x 700 PNG", draw_frames(scratch / "frames", 120), scratch)
    for name in ("weld-quality", "ss304", "background"):
        if (REAL / name).is_dir():
            measure(name, REAL / name, scratch)
    for size in SIZES:
        photos = draw_photos(scratch / f"photos-{size}", size)
        subprocess.run([sys.executable, __file__, "--memory", photos, scratch / f"store-{size}"], check=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--memory"]:
        measure_memory(Path(sys.argv[2]), Path(sys.argv[3]))
    else:
        with tempfile.TemporaryDirectory() as temporary:
            main([Path(name) for name in sys.argv[1:]], Path(temporary))
