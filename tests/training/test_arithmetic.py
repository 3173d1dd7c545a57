"""bf16 is for processors that have instructions for it; which it was is said."""

from dataclasses import replace

import pytest
import torch

from beadwatch.training.arithmetic import suited
from beadwatch.training.config import Precision, TrainConfig
from beadwatch.training.fit import Hardware


@pytest.mark.parametrize(
    ("asked", "capabilities", "accelerator", "chosen"),
    [
        ("bf16", {"avx2": True, "avx512_bf16": True}, "auto", "bf16"),
        ("bf16", {"avx2": True, "amx_bf16": True}, "cpu", "bf16"),
        ("bf16", {"neon": True, "bf16": True}, "cpu", "bf16"),
        ("bf16", {"avx2": True, "avx512_bf16": False, "amx_bf16": False}, "auto", "fp32"),
        ("bf16", {"avx2": True}, "cpu", "fp32"),
        ("bf16", {}, "mps", "bf16"),
        ("fp32", {"avx512_bf16": True}, "cpu", "fp32"),
        ("fp16", {}, "cpu", "fp16"),
    ],
)
def test_precision_that_the_processor_has_is_taken_and_said(
    config: TrainConfig,
    monkeypatch: pytest.MonkeyPatch,
    asked: Precision,
    capabilities: dict[str, bool],
    accelerator: str,
    chosen: Precision,
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capabilities)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    config, said = replace(config, precision=asked), list[str]()
    assert suited(config, Hardware(accelerator), said.append) == replace(config, precision=chosen)
    (line,) = said
    assert chosen in line
