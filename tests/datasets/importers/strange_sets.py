"""Small sets of drawn pictures, with label files as tools write them."""

from collections.abc import Mapping
from pathlib import Path

from beadwatch.datasets.importers import ImportOptions, Problems, read_samples
from beadwatch.datasets.sample import Sample
from tests.datasets.importers.reading import written
from tests.pictures import encoded, noise

BOX = "0 0.5 0.5 0.2 0.2\n"
DATA = "nc: 1\nnames: [crack]\n"
P = b"a picture is drawn here"
Files = Mapping[str, str | bytes]
Labels = Mapping[str, tuple[str, ...]]
CRACK, CLEAN = ("crack",), ()


def voc(name: str = "crack", filename: str = "x.jpg") -> str:
    box = "<xmin>10</xmin><ymin>10</ymin><xmax>50</xmax><ymax>50</ymax>"
    size = "<size><width>160</width><height>120</height></size>"
    thing = f"<object><name>{name}</name><bndbox>{box}</bndbox></object>"
    return f"<annotation><filename>{filename}</filename>{size}{thing}</annotation>"


def coco(name: str = "a.jpg", segmentation: str = "[]") -> str:
    return (
        f'{{"images": [{{"id": 1, "file_name": "{name}", "width": 160, "height": 120}}], '
        '"categories": [{"id": 1, "name": "crack"}], "annotations": [{"id": 1, "image_id": 1, "category_id": 1, '
        f'"bbox": [10, 10, 40, 40], "segmentation": {segmentation}}}]}}'
    )


def drawn(root: Path, files: Files) -> Path:
    """Write a tree: pictures of 160 x 120 px under names of pictures, and the given text elsewhere."""
    picture = encoded(noise(160, 120), "JPEG")
    root.mkdir(exist_ok=True)
    for name, text in files.items():
        written(root / name, picture if text == P else text)
    return root


def imported(root: Path, problems: Problems) -> list[Sample]:
    """Return what is read of a set in whatever layout it is recognised."""
    return list(read_samples(root, ImportOptions("set"), problems))


def by_path(root: Path, samples: list[Sample]) -> dict[str, tuple[str, ...]]:
    return {sample.path.relative_to(root).as_posix(): sample.labels for sample in samples}
