"""`beadwatch doctor`: exit code 0 if nothing is to be mended, 1 if something is, for people and as JSON."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run


def test_sound_installation_is_exit_code_0(beadwatch: Run, models_dir: Path) -> None:
    outcome = beadwatch("doctor")
    assert outcome.code == 0
    states = {line[6:].split("  ")[0]: line.split()[0] for line in outcome.out.splitlines()}
    assert {states.pop(f"extra {name}") for name in ("data", "line", "train")} <= {"ok", "-"}
    assert states == {"beadwatch": "ok", "model surface": "ok", "model tig": "ok", "store": "ok"}


def test_json_holds_the_same_checks(beadwatch: Run, models_dir: Path) -> None:
    checks = json.loads(beadwatch("doctor", "--json").out)
    assert all(set(check) == {"name", "state", "detail"} for check in checks)
    states = {check["name"]: check["state"] for check in checks}
    assert {states.pop(f"extra {name}") for name in ("data", "line", "train")} <= {"ok", "absent"}
    assert states == {"beadwatch": "ok", "model surface": "ok", "model tig": "ok", "store": "ok"}


@pytest.mark.parametrize("form", [(), ("--json",)], ids=["text", "json"])
def test_damaged_model_is_exit_code_1_and_named(beadwatch: Run, models_dir: Path, form: tuple[str, ...]) -> None:
    (models_dir / "tig" / "model.onnx").write_bytes(b"damaged")
    outcome = beadwatch("doctor", *form)
    assert outcome.code == 1
    assert "model.onnx" in outcome.out
    if form:
        assert [check["name"] for check in json.loads(outcome.out) if check["state"] == "failed"] == ["model tig"]
    else:
        assert [line.split()[:3] for line in outcome.out.splitlines() if "FAIL" in line] == [["FAIL", "model", "tig"]]


def test_missing_models_are_exit_code_1(beadwatch: Run) -> None:
    outcome = beadwatch("doctor")
    assert outcome.code == 1
    assert "BEADWATCH_MODELS_DIR" in outcome.out


def test_unusable_store_is_exit_code_1_without_the_password(
    beadwatch: Run, models_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BEADWATCH_DATABASE_URL", "nonsense://user:secret@host/db")
    outcome = beadwatch("doctor")
    assert outcome.code == 1
    assert "secret" not in outcome.out + outcome.err


def test_wrong_setting_is_exit_code_2_and_named(beadwatch: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BEADWATCH_THREADS", "many")
    outcome = beadwatch("doctor")
    assert outcome.code == 2
    assert "SettingsError: BEADWATCH_THREADS" in outcome.err
