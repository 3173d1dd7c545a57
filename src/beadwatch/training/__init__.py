"""Training, calibrating and exporting models. Torch lives here and nowhere else.

Importing this room makes torchvision importable (see `torchvision_shim`), since Lightning, torchmetrics and timm import
it as soon as they are imported themselves.
"""

from beadwatch.training.torchvision_shim import ensure_torchvision

ensure_torchvision()
