"""The class map of a person: names to names, or the line that is wrong."""

from pathlib import Path

import pytest

from beadwatch.datasets.importers.classes import read_classes
from beadwatch.domain.errors import DatasetError
from tests.datasets.importers.reading import written


def test_class_map_is_read(tmp_path: Path) -> None:
    text = "# ours\nSpatter: spatters\nBlow Hole: ' Porosity '\nperson:\nno: ~\n1: crack\n'a: b': null\nyes: no\n"
    assert read_classes(written(tmp_path / "classes.yaml", text)) == {
        "Spatter": "spatters",
        "Blow Hole": "porosity",
        "person": None,
        "no": None,
        "1": "crack",
        "a: b": None,
        "yes": "no",
    }


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", r"classes\.yaml: empty"),
        ("# nothing\n", r"classes\.yaml: empty"),
        ("- a\n- b\n", "line 1: expected lines like"),
        ("crack\n", "line 1: expected lines like"),
        ("a: b\nc: [d]\n", "line 2: no name of a class"),
        ("a: b\nc:\n  d: e\n", "line 3: no name of a class"),
        ("a: b\n? [x]\n: c\n", "line 2: no name of a class"),
        ("a: b\n'': c\n", "line 2: no name of a class"),
        ("a: b\nc: ' '\n", "line 2: no name of a class"),
        ("a: b\nc: d\na: e\n", "line 3: 'a' stands on line 1 already"),
        ("a: b\nA: e\n", "line 2: 'A' stands on line 1 already"),
        ("a: b\nc: 'd\n", "line 3: broken YAML"),
        ("a: b\n\tc: d\n", "line 2: broken YAML"),
        ("a: b\n---\nc: d\n", "line 2: broken YAML"),
        ("[" * 5_000, "broken YAML"),
        (b"a: b\nc: \xdf\n", "line 2: byte 0xdf is not UTF-8"),
        ("a: \0\n", "broken YAML"),
    ],
)
def test_wrong_line_is_named(tmp_path: Path, text: str | bytes, says: str) -> None:
    with pytest.raises(DatasetError, match=says):
        read_classes(written(tmp_path / "classes.yaml", text))


def test_missing_class_map_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="cannot be read"):
        read_classes(tmp_path / "classes.yaml")
