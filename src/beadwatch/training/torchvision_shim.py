"""Lets torchvision load beside a CPU build of torch whose compiled torchvision operators are missing.

The torchvision wheel on PyPI is built against CUDA. Beside a CPU build of torch its operator library does not load, and
`import torchvision` fails with "operator torchvision::nms does not exist" while it registers the gradients of operators
that nobody here calls. Declaring the two schemas first is enough for models and transforms; detection operators and
`torchvision.io` stay unavailable. Where torchvision is healthy this does nothing.
"""

import importlib
import sys

_SCHEMAS = (
    "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
)
_keep_alive: list[object] = []  # a torch Library takes its schemas with it when it is collected


def ensure_torchvision() -> None:
    """Make `import torchvision` work. Cheap when called again."""
    if "torchvision" in sys.modules:
        return
    try:
        importlib.import_module("torchvision")
    except RuntimeError as error:
        if "torchvision::nms" not in str(error):
            raise
        for name in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
            del sys.modules[name]
        import torch

        library = torch.library.Library("torchvision", "DEF")
        for schema in _SCHEMAS:
            library.define(schema)
        _keep_alive.append(library)
        importlib.import_module("torchvision")
