"""What each runtime of the bundles costs and what it says, on real pictures.

For fp32, int8 and TFLite: the median milliseconds of one picture on one thread and on two, macro recall, the share of
pictures with the same classes as fp32, and the largest differences from it. A bundle without an int8 graph gets one
made here; TFLite is listed where the bundle has it, and gets each picture in the size that a phone gives. The shipped
networks were trained on most of these pictures: recall here says what a runtime loses, not how good a model is.
Prints; asserts nothing.
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

from beadwatch.datasets.importers import ImportOptions, Problems, read_samples
from beadwatch.datasets.sample import Sample
from beadwatch.domain.model_card import ModelCard, PreprocessSpec
from beadwatch.imaging.decode import decode
from beadwatch.imaging.preprocess import preprocess
from beadwatch.inference.bundle import TFLITE_FILE, load_bundle
from beadwatch.inference.session import Session
from beadwatch.services.bundles import bundle_paths, models_dir
from beadwatch.settings import load_settings
from beadwatch.training.int8_gate import answers, macro_recall
from beadwatch.training.parity import compare, present_classes
from beadwatch.training.quantise import quantise
from beadwatch.training.tflite import phone_input, tflite_answers

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
FOLDERS = {"tig": ("ss304",), "surface": ("weld-quality", "background")}
CALIBRATION, JUDGING, RUNS = 100, 600, 60
Pixels = npt.NDArray[np.uint8]
Work = Callable[[], object]


def chosen_samples(card: ModelCard) -> list[Sample]:
    """Return labelled pictures of the task, drawn at random: those to calibrate with first, where there are enough."""
    samples = [
        sample
        for folder in FOLDERS[card.task.name]
        for sample in read_samples(DATA / folder, ImportOptions(source=folder), Problems())
        if sample.labels
    ]
    order = np.random.default_rng(0).permutation(len(samples))[: CALIBRATION + JUDGING]
    return [samples[index] for index in order]


def read(samples: list[Sample], spec: PreprocessSpec) -> Pixels:
    """Return the pictures at one size, uint8 N x H x W x 3."""
    with ThreadPoolExecutor() as pool:
        return np.stack(list(pool.map(lambda one: preprocess(decode(one.path.read_bytes()), spec), samples)))


def medians_ms(works: list[Work]) -> list[float]:
    """Return the median time of each call. They take turns, so that what else the machine does slows them alike."""
    rounds = []
    for _ in range(RUNS + 5):
        times = []
        for work in works:
            started = time.perf_counter()
            work()
            times.append((time.perf_counter() - started) * 1000)
        rounds.append(times)
    return [statistics.median(column) for column in zip(*rounds[5:], strict=True)]


def phone_run(model: bytes, threads: int, picture: npt.NDArray[np.float32]) -> Work:
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_content=model, num_threads=threads)
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], picture)
    return interpreter.invoke  # type: ignore[no-any-return]  # LiteRT is not typed


def measure(path: Path) -> None:
    """Print one line for each runtime of a bundle."""
    bundle = load_bundle(path)
    card, thresholds, samples = bundle.card, bundle.card.calibration.thresholds, chosen_samples(bundle.card)
    apart = CALIBRATION if len(samples) == CALIBRATION + JUDGING else 0
    pixels = read(samples, card.preprocess)
    judging = pixels[apart:]
    truth = np.array([[name in one.labels for name in card.task.label_names] for one in samples[apart:]])
    graphs = {"fp32": bundle.model, "int8": bundle.int8 or quantise(bundle.model, pixels[:CALIBRATION])}
    said = {runtime: answers(Session(model), judging) for runtime, model in graphs.items()}
    works: list[Work] = [
        partial(Session(model, threads).run, judging[:1]) for model in graphs.values() for threads in (1, 2)
    ]
    if TFLITE_FILE in card.files and path.is_dir():
        graphs["tflite"] = phone = (path / TFLITE_FILE).read_bytes()
        pictures = read(samples[apart:], phone_input(card.task, card.preprocess)).astype(np.float32)
        said["tflite"] = tflite_answers(phone, pictures)
        works += [phone_run(phone, threads, pictures[:1]) for threads in (1, 2)]
    times = medians_ms(works)
    for index, (runtime, model) in enumerate(graphs.items()):
        found = compare("onnx", said["fp32"], said[runtime], card.task, thresholds)
        recall = macro_recall(present_classes(said[runtime].scores, card.task, thresholds), truth)
        distance = "-" if found.distance is None else f"{found.distance:.4f}"
        print(
            f"{card.name:8} {runtime:7} {len(model) / 1e6:5.1f} MB {times[2 * index]:8.2f} {times[2 * index + 1]:9.2f} "
            f"{recall:8.4f} {found.agreement:9.4f} {found.scores:9.4f} {distance:>9} {found.pictures:9}",
            flush=True,
        )


def main() -> None:
    if not DATA.is_dir():
        print("bench/runtimes.py: no real pictures in ../shared/data, nothing to measure")
        return
    print(
        f"{'model':8} {'runtime':7} {'size':>8} {'1 thread':>8} {'2 thr. ms':>8} {'recall':>8} {'same':>9} "
        f"{'scores':>9} {'distance':>9} {'pictures':>9}"
    )
    for path in [Path(name) for name in sys.argv[1:]] or bundle_paths(models_dir(load_settings())):
        measure(path)


if __name__ == "__main__":
    main()
