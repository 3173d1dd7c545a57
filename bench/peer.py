"""The deployed model of another project on the same pictures: fed as it was trained, and fed as its app does."""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from sklearn.metrics import average_precision_score, roc_auc_score

from beadwatch.domain.labels import SURFACE
from beadwatch.domain.model_card import PreprocessSpec
from beadwatch.imaging.decode import decode
from beadwatch.imaging.preprocess import preprocess
from beadwatch.services.labelled_data import open_labelled
from beadwatch.settings import load_settings

PEER = Path(os.environ.get("PEER", Path(__file__).resolve().parents[2] / "shared" / "peers" / "weld_0.tflite"))
SCALES = {"0 to 1, as it was trained": 1 / 255, "0 to 255, as its app feeds it": 1.0}


def peer_rows(work: Path, data: list[str]) -> str:
    """Return the peer's figures on the frozen test part and on all pictures, as Markdown."""
    if not PEER.exists():
        return "The peer's file was not there when this page was made."
    labelled = open_labelled(data, replace(load_settings(), data_dir=work / "data"))
    records = [record for record in labelled.snapshot.records if record.labels]
    truth = np.array([[name in record.labels for name in SURFACE.label_names] for record in records])
    in_test = np.array([record.split == "test" for record in records])
    interpreter = Interpreter(str(PEER), num_threads=1)
    interpreter.allocate_tensors()
    entrance, exit_ = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    lines = ["| peer's input | pictures | macro AUC | mAP |", "| --- | --- | --- | --- |"]
    for name, scale in SCALES.items():
        scores = np.empty(truth.shape)
        for row, record in enumerate(records):
            pixels = preprocess(decode(labelled.read(record.sha256)), PreprocessSpec(256, 256))
            interpreter.set_tensor(entrance["index"], pixels[None].astype(np.float32) * scale)
            interpreter.invoke()
            scores[row] = interpreter.get_tensor(exit_["index"])[0]
        for part, chosen in (("frozen test part", in_test), ("all; most of them it was trained on", in_test | True)):
            columns = range(truth.shape[1])
            auc = np.mean([roc_auc_score(truth[chosen, each], scores[chosen, each]) for each in columns])
            precisions = [average_precision_score(truth[chosen, each], scores[chosen, each]) for each in columns]
            lines.append(f"| {name} | {chosen.sum():,}, {part} | {auc:.3f} | {np.mean(precisions):.3f} |")
    return "\n".join(lines)
