"""Makes the int8 graph of a bundle anew from its fp32 graph, with the pictures that the model was trained on.

python tools/requantise.py models/tig --data ../shared/data/ss304

For bundles whose run folder is gone, or whose int8 graph has 8-bit weights: `beadwatch export` makes the whole bundle
anew from a run. Pictures, gate and limits are those of an export, but parity is measured against the fp32 graph, not
torch. Every other file stays as it is. The bundle gets a new version, since a version names one content.
"""

import argparse
import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from beadwatch.domain.errors import TrainingError
from beadwatch.inference.bundle import INT8_FILE, MODEL_FILE, SEEN_DIGITS, Precision, load_bundle, write_card
from beadwatch.inference.classifier import Classifier
from beadwatch.inference.session import Session
from beadwatch.services.labelled_data import open_labelled
from beadwatch.settings import load_settings
from beadwatch.training.export import INT8_GOLDEN_TOLERANCE, golden_of
from beadwatch.training.int8_gate import answers, measure_int8, reason_against
from beadwatch.training.parity import check, compare
from beadwatch.training.pictures import load_pictures
from beadwatch.training.pipeline import PARITY_PICTURES, int8_pictures, outside_test
from beadwatch.training.quantise import quantise


def requantise(folder: Path, data: Sequence[str]) -> None:
    """Write another `model.int8.onnx` and the card that goes with it.

    Raises:
        TrainingError: the data is not what the model was trained on, or the int8 graph is not worth having.
    """
    bundle, labelled = load_bundle(folder), open_labelled(data, load_settings())
    card, task = bundle.card, bundle.card.task
    records = [record for record in outside_test(labelled.snapshot, print) if record.labels]
    if {record.sha256[:SEEN_DIGITS] for record in records} != bundle.seen:
        raise TrainingError(f"{folder} was trained on other pictures than these {len(records)}")
    pictures = load_pictures(records, labelled.read, task, card.preprocess)
    chosen, thresholds = int8_pictures(pictures, len(records)), card.calibration.thresholds
    int8 = quantise(bundle.model, chosen.calibration)
    figures = measure_int8(bundle.model, int8, chosen, task, thresholds)
    if reason := reason_against(figures):
        raise TrainingError(f"{folder} keeps its int8 graph: in the new one, {reason}")
    pixels = pictures.exact[:: max(1, len(records) // PARITY_PICTURES)].permute(0, 2, 3, 1).numpy()
    said = [answers(Session(graph), np.ascontiguousarray(pixels)) for graph in (bundle.model, int8)]
    parity = compare("int8", said[0], said[1], task, thresholds)
    check([parity])
    runtimes = {**card.parity["runtimes"], "int8": parity.to_dict()}
    now = datetime.now(UTC)
    fresh = replace(
        card,
        version=f"{now:%Y.%m.%d}-{card.files[MODEL_FILE][:8]}",
        created=now.isoformat(timespec="seconds"),
        files={**card.files, INT8_FILE: hashlib.sha256(int8).hexdigest()},
        other_goldens={**card.other_goldens, INT8_FILE: golden_of(int8, bundle.golden, INT8_GOLDEN_TOLERANCE)},
        parity={**card.parity, "runtimes": runtimes, "int8": figures.to_dict()},
    )
    (folder / INT8_FILE).write_bytes(int8)
    write_card(folder, fresh)
    Classifier(load_bundle(folder), precision=Precision.INT8)
    print(f"{folder}: {fresh.version}; {fresh.parity['int8']}; {parity.to_dict()}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--data", action="append", required=True, help="as `beadwatch train` takes it")
    asked = parser.parse_args()
    requantise(asked.bundle, asked.data)


if __name__ == "__main__":
    main()
