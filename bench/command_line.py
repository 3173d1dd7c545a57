"""How long a person waits for the command line: whole processes, wall time, beside the least that Python needs for it.

The floor of `--help` is a Python that does nothing; that of `inspect` one that imports NumPy, ONNX Runtime and Pillow
and loads the same graph. All take turns, so that a busy machine slows them alike; medians are compared.
Aims: `--help` at most 6 times its floor, `inspect` of a small picture or a frame 1.6 times. Prints; asserts nothing.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from beadwatch.inference.bundle import MODEL_FILE
from beadwatch.services.bundles import models_dir
from beadwatch.settings import load_settings
from pictures import camera_frame, phone_photo

LOAD = "import numpy, onnxruntime, PIL.Image; onnxruntime.InferenceSession({!r})"


@dataclass
class Case:
    """One command line: its name, the aim for its time over that of its floor, and the times taken."""

    name: str
    command: list[str]
    floor: str | None = None
    aim: float | None = None
    times: list[float] = field(default_factory=list)

    def run(self) -> None:
        started = time.perf_counter()
        subprocess.run(self.command, check=True, capture_output=True)
        self.times.append(time.perf_counter() - started)

    @property
    def median_s(self) -> float:
        return statistics.median(self.times[1:])  # the first warms the disk cache


def cases(folder: Path) -> list[Case]:
    small, frame, photo = folder / "small.png", camera_frame(folder / "frame.png"), phone_photo(folder / "photo.jpg")
    small.write_bytes((models_dir(load_settings()) / "tig" / "golden.png").read_bytes())
    beadwatch, python = str(Path(sys.executable).with_name("beadwatch")), sys.executable
    graphs = {task: str(models_dir(load_settings()) / task / MODEL_FILE) for task in ("tig", "surface")}
    floors = [Case("python -c pass", [python, "-c", "pass"])]
    floors += [Case(f"floor of {task}", [python, "-c", LOAD.format(graph)]) for task, graph in graphs.items()]
    pictures = {"small.png": small, "frame.png, 1280 x 700": frame, "photo.jpg, 12 megapixels": photo}
    return [
        *floors,
        Case("beadwatch --help", [beadwatch, "--help"], "python -c pass", 6.0),
        *(
            Case(
                f"beadwatch inspect --model {task} {name}",
                [beadwatch, "inspect", "--model", task, str(path)],
                f"floor of {task}",
                None if name.startswith("photo") else 1.6,  # that one is decoding, hardly a start
            )
            for task in graphs
            for name, path in pictures.items()
            if (task, name[:5]) != ("tig", "photo")
        ),
    ]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--runs", type=int, default=15)
    runs = options.parse_args().runs
    with tempfile.TemporaryDirectory() as folder:
        timed = {case.name: case for case in cases(Path(folder))}
        for _ in range(runs + 1):
            for case in timed.values():
                case.run()
    for case in timed.values():
        beside = ""
        if case.floor is not None:
            beside = f"   {case.median_s / timed[case.floor].median_s:5.2f} x {case.floor}"
            beside += f" (aim {case.aim})" if case.aim else ""
        print(f"{case.name:60} median of {runs} {case.median_s:.3f} s   worst {max(case.times[1:]):.3f} s{beside}")


if __name__ == "__main__":
    main()
