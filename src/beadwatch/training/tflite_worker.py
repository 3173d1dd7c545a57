"""Converts a `torch.export` archive to TFLite: `python tflite_worker.py PROGRAM.pt2 MODEL.tflite`.

Runs in `.venv-tflite`, which has torch and litert-torch but none of this project: `tflite.to_tflite` calls it.
"""

import sys

import litert_torch
import torch


def main(program_path: str, target_path: str) -> None:
    """Read the program, convert it for the example input that it was exported with, and write the model."""
    program = torch.export.load(program_path)
    inputs, _ = program.example_inputs
    litert_torch.convert(program.module(), inputs).export(target_path)


if __name__ == "__main__":
    main(*sys.argv[1:])
