"""What each choice in quantising buys, with VNNI and without it.

For each scheme: macro recall, the share of pictures with the same classes as fp32, the largest difference of a score
from it, and the time of a picture beside it on one thread, here; then the largest difference between the scores here
and those of a processor with AVX2 but no VNNI (`qemu-x86_64-static -cpu Haswell`), plain and with ONNX Runtime's
`session.x64quantprecision`, which `Session` sets (and which costs 8-bit weights their speed with VNNI, too). Run it on
a processor with VNNI: elsewhere both sides are the same. The emulator says nothing of speed. The shipped networks were
trained on most of these pictures: recall here says what a scheme loses, not how good a model is. Prints; asserts
nothing.
"""

import shutil
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

import numpy as np
import onnxruntime as ort

EMULATOR = "qemu-x86_64-static"
EMULATED_PICTURES = 24


def scores_of(graph: Path, pixels: Path, exact: str) -> "np.ndarray[tuple[int, int], np.dtype[np.float32]]":
    """Return the scores of a graph; `exact` is 1 with `session.x64quantprecision`, else 0."""
    options = ort.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = 1, 3
    options.add_session_config_entry("session.x64quantprecision", exact)
    session = ort.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    return np.concatenate([session.run(["scores"], {"pixels": one[None]})[0] for one in np.load(pixels)])


def emulated_difference(graph: Path, pixels: Path, exact: str) -> float:
    """Return how far the scores without VNNI are from those here at most; NaN without the emulator."""
    if shutil.which(EMULATOR) is None:
        return float("nan")
    out = graph.with_suffix(".npy")
    command = [EMULATOR, "-cpu", "Haswell", sys.executable, __file__, str(graph), str(pixels), exact, str(out)]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    return float(np.abs(np.load(out) - scores_of(graph, pixels, "0")).max())


def measure(path: Path) -> None:
    """Print one line for each scheme on a bundle."""
    from beadwatch.inference.bundle import load_bundle
    from beadwatch.inference.session import Session
    from beadwatch.training.int8_gate import answers, macro_recall
    from beadwatch.training.parity import compare, present_classes
    from beadwatch.training.quantise import SHIPPED, Scheme, quantise
    from runtimes import CALIBRATION, JUDGING, chosen_samples, medians_ms, read

    schemes = {
        "shipped: 7-bit weights": SHIPPED,
        "8-bit weights": Scheme(seven_bits=False),
        "8-bit, signed activations": Scheme(seven_bits=False, signed_activations=True),
        "7-bit, signed activations": Scheme(signed_activations=True),
        "7-bit, one scale a tensor": Scheme(per_channel=False),
        "7-bit, biases as they were": Scheme(corrected=False),
        "7-bit, all layers": Scheme(float_convolutions=0),
    }
    bundle = load_bundle(path)
    card, samples = bundle.card, chosen_samples(bundle.card)
    apart = CALIBRATION if len(samples) == CALIBRATION + JUDGING else 0
    pixels = read(samples, card.preprocess)
    truth = np.array([[name in one.labels for name in card.task.label_names] for one in samples[apart:]])
    exact = answers(Session(bundle.model), pixels[apart:])
    with tempfile.TemporaryDirectory(prefix="beadwatch-schemes-") as folder:
        pictures = Path(folder, "pixels.npy")
        np.save(pictures, pixels[apart : apart + EMULATED_PICTURES])
        for name, scheme in schemes.items():
            graph = Path(folder, "graph.onnx")
            graph.write_bytes(model := quantise(bundle.model, pixels[:CALIBRATION], scheme))
            said = answers(Session(model), pixels[apart:])
            found = compare("int8", exact, said, card.task, card.calibration.thresholds)
            recall = macro_recall(present_classes(said.scores, card.task, card.calibration.thresholds), truth)
            ms = medians_ms([partial(Session(one, 1).run, pixels[:1]) for one in (bundle.model, model)])
            without = [emulated_difference(graph, pictures, option) for option in "01"]
            print(
                f"{card.name:8} {name:28} {recall:8.4f} {found.agreement:8.4f} {found.scores:8.4f} "
                f"{ms[1] / ms[0]:8.2f} {without[0]:10.4f} {without[1]:10.4f}",
                flush=True,
            )


def main() -> None:
    if len(sys.argv) > 1:  # the other side, inside the emulator
        graph, pixels, exact, out = sys.argv[1:]
        np.save(out, scores_of(Path(graph), Path(pixels), exact))
        return
    from beadwatch.services.bundles import bundle_paths, models_dir
    from beadwatch.settings import Settings
    from runtimes import DATA

    if not DATA.is_dir():
        print("bench/quantise.py: no real pictures in ../shared/data, nothing to measure")
        return
    print(
        f"{'model':8} {'scheme':28} {'recall':>8} {'same':>8} {'scores':>8} {'time':>8} {'no VNNI':>10} {'exact':>10}"
    )
    for path in bundle_paths(models_dir(Settings())):
        measure(path)


if __name__ == "__main__":
    main()
