"""What a model costs beside what it is worth: size of each graph, time of one picture, and the figure of its card."""

import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from beadwatch.inference.bundle import INT8_FILE, MODEL_FILE, TFLITE_FILE, Precision, load_bundle
from beadwatch.inference.classifier import Classifier
from peer import PEER

THREADS, TIMED = 2, 60
MAIN = {"tig": "macro_recall", "surface": "macro_auc"}
_PRECISIONS = {MODEL_FILE: Precision.FP32, INT8_FILE: Precision.INT8}


def costs(models: Path, tasks: list[str]) -> str:
    """Return a Markdown table of the bundles that ship, and of the peer."""
    lines = ["| graph | input | size, MB | ms a picture | figure of the card |", "| --- | --- | --- | --- | --- |"]
    for task in tasks:
        card = json.loads((models / task / "card.json").read_text(encoding="utf-8"))
        spec, figure = card["preprocess"], card["metrics"]["values"][MAIN[task]]["value"]
        pixels = np.random.default_rng(0).integers(0, 256, (spec["height"], spec["width"], 3), dtype=np.uint8)
        for name in sorted(file for file in card["files"] if file.startswith("model.")):
            size = (models / task / name).stat().st_size / 1e6
            took = milliseconds(_run(models / task, name, pixels))
            told = f"{MAIN[task].replace('_', ' ')} {figure:.3f}" if name == MODEL_FILE else "as fp32, within its gate"
            lines.append(f"| `{task}/{name}` | {spec['width']} x {spec['height']} | {size:.1f} | {took:.1f} | {told} |")
    if PEER.exists():
        picture = np.random.default_rng(0).integers(0, 256, (256, 256, 3), dtype=np.uint8)
        took = milliseconds(_tflite(PEER, picture))
        lines.append(f"| peer `{PEER.name}` | 256 x 256 | {PEER.stat().st_size / 1e6:.1f} | {took:.1f} | above |")
    return "\n".join(lines)


def milliseconds(run: Callable[[], Any]) -> float:
    """Return the median time of a call, after some that warm up."""
    times = []
    for _ in range(TIMED):
        started = time.perf_counter()
        run()
        times.append((time.perf_counter() - started) * 1000)
    return statistics.median(times[TIMED // 6 :])


def _run(bundle: Path, name: str, pixels: Any) -> Callable[[], Any]:
    if name == TFLITE_FILE:
        return _tflite(bundle / name, pixels)
    classifier = Classifier(load_bundle(bundle), THREADS, _PRECISIONS[name])
    return lambda: classifier.classify(pixels)


def _tflite(file: Path, pixels: Any) -> Callable[[], Any]:
    interpreter = Interpreter(str(file), num_threads=THREADS)
    interpreter.allocate_tensors()
    entrance = interpreter.get_input_details()[0]["index"]
    tensor = pixels[None].astype(np.float32)

    def run() -> None:
        interpreter.set_tensor(entrance, tensor)
        interpreter.invoke()

    return run
