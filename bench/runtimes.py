"""What each runtime of the bundles costs and what it says, on real pictures.

For fp32, int8 and TFLite: the median milliseconds of one picture on one thread and on two, macro recall, the share of
pictures with the same classes as fp32, and the largest differences from it. A bundle without an int8 graph gets one
made here; TFLite is listed where the bundle has it. The shipped networks were trained on these very pictures: recall
here says what a runtime loses, not how good a model is. Prints; asserts nothing.
"""

import statistics
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from beadwatch.apps.settings import Settings
from beadwatch.apps.wiring import bundle_paths, models_dir
from beadwatch.datasets.importers import ImportOptions, Problems, read_samples
from beadwatch.datasets.sample import Sample
from beadwatch.domain.model_card import ModelCard
from beadwatch.imaging.decode import decode
from beadwatch.imaging.preprocess import preprocess
from beadwatch.inference.bundle import TFLITE_FILE, load_bundle
from beadwatch.inference.session import Session
from beadwatch.training.int8_gate import answers, macro_recall
from beadwatch.training.parity import Answers, Flags, compare, present_classes
from beadwatch.training.quantise import quantise
from beadwatch.training.tflite import phone_input, phone_pixels, tflite_answers

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
FOLDERS = {"tig": ("ss304",), "surface": ("weld-quality", "background")}
CALIBRATION, JUDGING, RUNS = 100, 600, 60
Pixels = npt.NDArray[np.uint8]


def read(card: ModelCard) -> tuple[Pixels, Flags]:
    """Return pictures of the task, in an order drawn at random, and their classes: N x H x W x 3 and N x C."""
    samples = [
        sample
        for folder in FOLDERS[card.task.name]
        for sample in read_samples(DATA / folder, ImportOptions(source=folder), Problems())
        if sample.labels
    ]
    order = np.random.default_rng(0).permutation(len(samples))[: CALIBRATION + JUDGING]
    chosen: list[Sample] = [samples[index] for index in order]
    with ThreadPoolExecutor() as pool:
        pixels = list(pool.map(lambda one: preprocess(decode(one.path.read_bytes()), card.preprocess), chosen))
    return np.stack(pixels), np.array([[name in one.labels for name in card.task.label_names] for one in chosen])


def median_ms(work: Callable[[], object]) -> float:
    """Return the median time of a call, after five that warm it up."""
    times = []
    for _ in range(RUNS + 5):
        started = time.perf_counter()
        work()
        times.append((time.perf_counter() - started) * 1000)
    return statistics.median(times[5:])


def onnx_ms(model: bytes, picture: Pixels) -> list[float]:
    return [median_ms(partial(Session(model, threads).run, picture)) for threads in (1, 2)]


def tflite_ms(model: bytes, picture: npt.NDArray[np.float32]) -> list[float]:
    from ai_edge_litert.interpreter import Interpreter

    times = []
    for threads in (1, 2):
        interpreter = Interpreter(model_content=model, num_threads=threads)
        interpreter.allocate_tensors()
        interpreter.set_tensor(interpreter.get_input_details()[0]["index"], picture)
        times.append(median_ms(interpreter.invoke))
    return times


def measure(path: Path) -> None:
    """Print one line for each runtime of a bundle."""
    bundle = load_bundle(path)
    card, thresholds = bundle.card, bundle.card.calibration.thresholds
    pixels, targets = read(card)
    judged = slice(CALIBRATION if len(pixels) > CALIBRATION + JUDGING // 2 else 0, None)
    judging, truth = pixels[judged], targets[judged]
    int8 = bundle.int8 or quantise(bundle.model, pixels[:CALIBRATION])
    exact = answers(Session(bundle.model), judging)

    def show(runtime: str, size: int, said: Answers, ms: list[float]) -> None:
        found = compare("onnx", exact, said, card.task, thresholds)
        recall = macro_recall(present_classes(said.scores, card.task, thresholds), truth)
        distance = "-" if found.distance is None else f"{found.distance:.4f}"
        print(
            f"{card.name:8} {runtime:7} {size / 1e6:5.1f} MB {ms[0]:8.2f} {ms[1]:8.2f} {recall:9.4f} "
            f"{found.agreement:9.4f} {found.scores:9.4f} {distance:>9} {found.pictures:9}",
            flush=True,
        )

    show("fp32", len(bundle.model), exact, onnx_ms(bundle.model, judging[:1]))
    show("int8", len(int8), answers(Session(int8), judging), onnx_ms(int8, judging[:1]))
    if TFLITE_FILE in card.files and path.is_dir():
        phone = (path / TFLITE_FILE).read_bytes()
        pictures = phone_pixels(judging, phone_input(card.task, card.preprocess))
        show("tflite", len(phone), tflite_answers(phone, pictures), tflite_ms(phone, pictures[:1]))


def main() -> None:
    if not DATA.is_dir():
        print("bench/runtimes.py: no real pictures in ../shared/data, nothing to measure")
        return
    print(
        f"{'model':8} {'runtime':7} {'size':>8} {'1 thread':>8} {'2 thr. ms':>8} {'recall':>8} {'same':>9} "
        f"{'scores':>9} {'distance':>9} {'pictures':>9}"
    )
    for path in [Path(name) for name in sys.argv[1:]] or bundle_paths(models_dir(Settings())):
        measure(path)


if __name__ == "__main__":
    main()
