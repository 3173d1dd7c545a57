"""Which numbers a processor computes with quickly. Knows processors; knows nothing of networks."""

from collections.abc import Callable
from dataclasses import replace

import torch

from beadwatch.training.config import TrainConfig
from beadwatch.training.fit import Hardware


def suited(config: TrainConfig, hardware: Hardware, announce: Callable[[str], None]) -> TrainConfig:
    """Return a configuration whose `precision` is fast here, and say which it is.

    Without instructions for it, a processor imitates bf16, which takes about three times as long as fp32.
    """
    if config.precision != "bf16" or _has_bf16(hardware):
        announce(f"trains in {config.precision}")
        return config
    announce("trains in fp32: this processor has no instructions for bf16 and would take three times as long")
    return replace(config, precision="fp32")


def _has_bf16(hardware: Hardware) -> bool:
    if hardware.accelerator != "cpu" and torch.cuda.is_available():
        return torch.cuda.is_bf16_supported(including_emulation=False)
    if hardware.accelerator not in {"cpu", "auto"}:
        return True  # an accelerator that we know nothing of
    return any(there and "bf16" in name for name, there in torch.cpu.get_capabilities().items())
