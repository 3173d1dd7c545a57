"""The shim makes torchvision, timm and Lightning importable, and leaves a healthy torchvision alone."""

import subprocess
import sys


def test_everything_that_imports_torchvision_imports() -> None:
    code = (
        "import beadwatch.training, torchvision, torchmetrics, timm, lightning\n"
        "from torchvision.transforms import v2\n"
        "import torch; print(v2.RandomHorizontalFlip(1.0)(torch.arange(2.0).view(1, 1, 2)).tolist())"
    )
    answer = subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True, capture_output=True, text=True)
    assert answer.stdout.strip() == "[[[1.0, 0.0]]]"


def test_a_healthy_torchvision_is_left_alone() -> None:
    code = (
        "import sys, types; healthy = types.ModuleType('torchvision'); sys.modules['torchvision'] = healthy\n"
        "import beadwatch.training.torchvision_shim as shim\n"
        "print(sys.modules['torchvision'] is healthy, len(shim._keep_alive), 'torch' in sys.modules)"
    )
    answer = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert answer.stdout.split() == ["True", "0", "False"]
