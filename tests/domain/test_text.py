"""Names from outside become one line of writing that JSON, databases and terminals take; writing stays as it is."""

import json

import pytest

from beadwatch.domain.text import INSTEAD, cleaned, file_name, is_writing, valid_text, without_directions

WRITING = [
    "", "weld 7.png", "焊缝 ümlaut 🔥.png", "\u05e9\u05dc\u05d5\u05dd", "\u0646\u200c", "e\u0301", "\u200fa",
    "👩\u200d🏭", "a\u00a0b",
]  # fmt: skip
NO_WRITING = {
    "lone surrogate": "\ud800", "other half": "\udfff", "NUL": "\0", "escape": "\x1b", "backspace": "\b",
    "delete": "\x7f", "C1 control": "\x9b",
}  # fmt: skip
NO_NAME = {
    "newline": "\n", "carriage return": "\r", "tab": "\t", "line separator": "\u2028", "paragraph": "\u2029",
    "override": "\u202e", "embedding": "\u202a", "isolate": "\u2067", "end of isolate": "\u2069",
}  # fmt: skip


@pytest.mark.parametrize("text", WRITING)
def test_writing_of_any_script_stays(text: str) -> None:
    assert is_writing(text)
    assert is_writing(text, lines=True)
    assert cleaned(text) == file_name(text, 255) == valid_text(text) == text


@pytest.mark.parametrize("character", [*NO_WRITING.values(), *NO_NAME.values()], ids=[*NO_WRITING, *NO_NAME])
def test_what_is_no_name_is_replaced_and_shows(character: str) -> None:
    text = f"weld{character}7.png"
    assert not is_writing(text)
    assert cleaned(text) == f"weld{INSTEAD}7.png"
    assert is_writing(cleaned(text))
    assert json.loads(json.dumps(cleaned(text), ensure_ascii=False).encode()) == cleaned(text)


@pytest.mark.parametrize("character", NO_WRITING.values(), ids=NO_WRITING)
def test_controls_are_no_writing_in_several_lines_either(character: str) -> None:
    assert not is_writing(f"a\n{character}", lines=True)


@pytest.mark.parametrize("character", NO_NAME.values(), ids=NO_NAME)
def test_note_may_have_lines_and_directions(character: str) -> None:
    assert is_writing(f"a{character}b", lines=True)


def test_long_file_name_keeps_its_end() -> None:
    assert file_name("x" * 3000 + ".png", 255) == "x" * 251 + ".png"
    assert len(file_name("\ud800" * 3000, 255)) == 255


def test_pasted_marks_of_direction_go_and_the_rest_stays() -> None:
    assert without_directions("\u202aP-17\u202c\n\u2067x\u2069\u200f") == "P-17\nx\u200f"


def test_path_of_any_bytes_is_text_and_two_stay_two() -> None:
    paths = [b"weld \xff.png".decode("utf-8", "surrogateescape"), b"weld \xfe.png".decode("utf-8", "surrogateescape")]
    shown = [valid_text(path) for path in paths]
    assert shown == [r"weld \udcff.png", r"weld \udcfe.png"]
    assert all(text.encode() for text in shown)
