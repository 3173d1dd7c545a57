"""A text becomes a value of its field's type, or an error that says what is allowed."""

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Literal

import pytest

from beadwatch.domain.errors import SettingsError
from beadwatch.settings.environment import Secret, read_environment, setting, variables_of


class Metal(StrEnum):
    """A choice."""

    STEEL = "steel"


@dataclass(frozen=True)
class Weld:
    """Settings of every type that there is."""

    name: str = setting(default="", description="")
    folder: Path | None = setting(default=None, description="")
    count: int | None = setting(default=None, description="", ge=1, le=9)
    share: float = setting(default=0.5, description="", le=1)
    speed: float = setting(default=1.0, description="", ge=0)
    wet: bool = setting(default=False, description="")
    metal: Metal | None = setting(default=None, description="")
    mode: Literal["dc", "ac"] = setting(default="dc", description="")
    key: Secret | None = setting(default=None, description="", variable="FOREIGN_KEY")
    ours: int = 0


def test_variables_have_our_beginning_or_the_name_that_others_gave() -> None:
    assert variables_of(Weld)["name"] == "BEADWATCH_NAME"
    assert variables_of(Weld)["key"] == "FOREIGN_KEY"
    assert "ours" not in variables_of(Weld)


@pytest.mark.parametrize(
    ("variable", "text", "value"),
    [
        ("BEADWATCH_NAME", " a b ", " a b "),
        ("BEADWATCH_FOLDER", "a/b", Path("a/b")),
        ("BEADWATCH_COUNT", "9", 9),
        ("BEADWATCH_COUNT", " 1 ", 1),
        ("BEADWATCH_SHARE", "-3.5", -3.5),
        ("BEADWATCH_SHARE", "1", 1.0),
        ("BEADWATCH_SPEED", "1e3", 1000.0),
        *(("BEADWATCH_WET", text, True) for text in ("1", "true", "True", "YES", "on", "t", "y")),
        *(("BEADWATCH_WET", text, False) for text in ("0", "false", "No", "off", "f", "n")),
        ("BEADWATCH_METAL", "steel", Metal.STEEL),
        ("BEADWATCH_MODE", "ac", "ac"),
        ("FOREIGN_KEY", "secret", Secret("secret")),
    ],
)
def test_text_becomes_a_value(monkeypatch: pytest.MonkeyPatch, variable: str, text: str, value: object) -> None:
    monkeypatch.setenv(variable, text)
    read = read_environment(Weld, {})
    field = next(name for name, known in variables_of(Weld).items() if known == variable)
    assert read[field] == value
    assert type(read[field]) is type(value)


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        *(("BEADWATCH_COUNT", text) for text in ("0", "10", "1.5", "many", "0x3", "nan")),
        *(("BEADWATCH_SHARE", text) for text in ("1.1", "inf", "nan", "half")),
        *(("BEADWATCH_SPEED", text) for text in ("-1", "nan")),
        *(("BEADWATCH_WET", text) for text in ("perhaps", "2", "-")),
        *(("BEADWATCH_METAL", text) for text in ("wood", "STEEL")),
        ("BEADWATCH_MODE", "xc"),
    ],
)
def test_text_that_is_no_value_is_refused_by_its_variable(
    monkeypatch: pytest.MonkeyPatch, variable: str, text: str
) -> None:
    monkeypatch.setenv(variable, text)
    with pytest.raises(SettingsError, match=rf"^{variable}: '?{re.escape(text)}"):
        read_environment(Weld, {})


def test_what_is_empty_or_foreign_is_not_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BEADWATCH_COUNT", "")
    (tmp_path / ".env").write_text("BEADWATCH_COUNT=4\nBEADWATCH_WET=\nBEADWATCH_OTHER=1\nNAME=x\n")
    assert read_environment(Weld, {}) == {"count": 4}
