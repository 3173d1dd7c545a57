"""Broken text, JSON, CSV and YAML is named by file and line."""

from collections.abc import Callable
from pathlib import Path

import pytest

from beadwatch.datasets.importers.base import Problems
from beadwatch.datasets.importers.documents import finite, read_json, read_table, read_text, read_yaml
from tests.datasets.importers.reading import written


def failing(read: Callable[[Problems], object]) -> list[tuple[str, int | None]]:
    problems = Problems(skip=True)
    assert read(problems) is None
    return [(problem.message, problem.line) for problem in problems.found]


@pytest.mark.parametrize(
    ("data", "text"),
    [(b"a", "a"), (b"\xef\xbb\xbfa", "a"), ("aß".encode("utf-16"), "aß"), (b"\xfe\xff\0a", "a"), (b"", "")],
    ids=["plain", "marked", "utf-16", "utf-16 the other way round", "empty"],
)
def test_text_is_read(tmp_path: Path, data: bytes, text: str) -> None:
    assert read_text(written(tmp_path / "f", data), Problems()) == text


@pytest.mark.parametrize(("data", "line"), [(b"a\nb\xdf\n", 2), (b"\xff\xfea", 1)], ids=["latin-1", "half of utf-16"])
def test_text_in_another_encoding_is_refused(tmp_path: Path, data: bytes, line: int) -> None:
    found = failing(lambda problems: read_text(written(tmp_path / "f", data), problems))
    assert "save the file as UTF-8" in found[0][0]
    assert found[0][1] == line


@pytest.mark.parametrize("name", ["missing", "."])
def test_text_that_is_no_file_is_refused(tmp_path: Path, name: str) -> None:
    assert "cannot be read" in failing(lambda problems: read_text(tmp_path / name, problems))[0][0]


@pytest.mark.parametrize(
    ("text", "says", "line"),
    [
        ("", "Expecting value", 1),
        ('{\n"a": 1,\n', "Expecting property name", 3),
        ('{"a": NaN}', "NaN is no number", None),
        ('{"a": -Infinity}', "-Infinity is no number", None),
        ("[" * 100_000, "nested too deeply", None),
        ('{"a": ' + "9" * 5000 + "}", "broken JSON", None),
    ],
    ids=["empty", "open", "NaN", "infinity", "deep", "long number"],
)
def test_broken_json_is_refused(tmp_path: Path, text: str, says: str, line: int | None) -> None:
    found = failing(lambda problems: read_json(written(tmp_path / "f.json", text), problems))
    assert says in found[0][0]
    assert found[0][1] == line


@pytest.mark.parametrize(
    ("text", "data"),
    [('{"a": 1,\n"b": 2,\n"a": 1}', {"a": 1, "b": 2}), ('{"a": 1,\n"b": 2,\n"a": 3}', {"b": 2})],
    ids=["the same", "another"],
)
def test_name_that_stands_twice_is_reported_and_a_contradiction_dropped(
    tmp_path: Path, text: str, data: dict[str, int]
) -> None:
    problems = Problems(skip=True)
    document = read_json(written(tmp_path / "f.json", text), problems)
    assert document is not None
    assert document.data == data
    assert [problem.message for problem in problems.found] == ["'a' stands twice; keep one of them"]


def test_json_knows_the_line_of_its_strings(tmp_path: Path) -> None:
    document = read_json(written(tmp_path / "f.json", '{"a":\n1, "b\\u00e9\\"":\n"c"}'), Problems())
    assert document is not None
    assert document.lines == {"a": 1, 'bé"': 2, "c": 3}


@pytest.mark.parametrize(
    "text",
    ["file, group\n a , g1\nb,g2\n", "file,group\r\na,g1\r\n\r\nb,g2", '\n"file","group"\n"a","g1"\nb,g2\n,\n'],
    ids=["spaces", "windows", "quotes"],
)
def test_table_is_read(tmp_path: Path, text: str) -> None:
    rows = read_table(written(tmp_path / "f.csv", text), ("file", "group"), Problems())
    assert rows is not None
    assert [dict(row.cells) for row in rows] == [{"file": "a", "group": "g1"}, {"file": "b", "group": "g2"}]


@pytest.mark.parametrize(
    ("text", "says", "line"),
    [
        ("", "empty; it needs a header with the columns file, group", 1),
        ("\nfile;group\na;b\n", "separated by semicolons", 1),
        ('"file"\t"group"\na\tb\n', "separated by tabs", 1),
        ("a;b;file,x\n", "lacks the column 'file'", 1),
        ("name,group\n", "lacks the column 'file'", 1),
        ("file,group,file\n", "the column 'file' stands twice", 1),
        ('file,group\na,"b\n', "broken CSV", 2),
    ],
    ids=["empty", "semicolons", "tabs", "semicolons in a name", "column", "twice", "quote"],
)
def test_broken_table_is_refused(tmp_path: Path, text: str, says: str, line: int) -> None:
    found = failing(lambda problems: read_table(written(tmp_path / "f.csv", text), ("file", "group"), problems))
    assert says in found[0][0]
    assert found[0][1] == line


@pytest.mark.parametrize("row", ["a", "a,b,c"])
def test_ragged_row_is_reported_and_marked(tmp_path: Path, row: str) -> None:
    problems = Problems(skip=True)
    rows = read_table(written(tmp_path / "f.csv", f"file,group\n{row}\nb,g\n"), ("file", "group"), problems)
    assert rows is not None
    assert [(row.cells["file"], row.whole) for row in rows] == [("a", False), ("b", True)]
    assert [problem.line for problem in problems.found] == [2]


@pytest.mark.parametrize(
    ("text", "line"),
    [("a: b\nc: [1\n", 3), ("a: *b", 1), ("\0", None)],
    ids=["open", "alias", "nul"],
)
def test_broken_yaml_is_refused(tmp_path: Path, text: str, line: int | None) -> None:
    found = failing(lambda problems: read_yaml(written(tmp_path / "f.yaml", text), problems))
    assert "broken YAML" in found[0][0]
    assert found[0][1] == line


def test_yaml_has_words_as_they_are_written_and_makes_nothing_else(tmp_path: Path) -> None:
    text = "[no, 131, 2.0, 2001-99-99, ~, !!python/object:os.system x]"
    assert read_yaml(written(tmp_path / "f.yaml", text), Problems()) == ["no", "131", "2.0", "2001-99-99", "~", "x"]


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("1.5", 1.5),
        (2, 2.0),
        ("-1e3", -1000.0),
        *((value, None) for value in ("nan", "inf", "", "x", True, None, [1], 10**400)),
    ],
)
def test_only_finite_numbers_count(value: object, number: float | None) -> None:
    assert finite(value) == number
