"""How long a person waits for the command line: whole processes, wall time.

Aims: `beadwatch --help` 0.3 s, `beadwatch inspect one.png` 1.0 s. Prints; asserts nothing.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from pictures import camera_frame, phone_photo

RUNS = 15


def wall_s(*arguments: str) -> list[float]:
    """Return the wall times of `RUNS` runs, after one that warms the disk cache."""
    command = [str(Path(sys.executable).with_name("beadwatch")), *arguments]
    times = []
    for _ in range(RUNS + 1):
        started = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        times.append(time.perf_counter() - started)
    return times[1:]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        frame = str(camera_frame(Path(folder, "frame.png")))
        photo = str(phone_photo(Path(folder, "photo.jpg")))
        cases = {
            "beadwatch --help": ["--help"],
            "beadwatch inspect frame.png --model tig": ["inspect", frame, "--model", "tig"],
            "beadwatch inspect photo.jpg --model surface (12 megapixels)": ["inspect", photo, "--model", "surface"],
        }
        for name, arguments in cases.items():
            times = wall_s(*arguments)
            print(f"{name:62} median {statistics.median(times):.3f} s   worst of {RUNS} {max(times):.3f} s")


if __name__ == "__main__":
    main()
