"""Settings come from the environment or a .env file, and a wrong one is named."""

from dataclasses import replace
from pathlib import Path

import pytest

from beadwatch.domain.errors import SettingsError
from beadwatch.inference.bundle import Precision
from beadwatch.settings import load_settings, variables
from beadwatch.storage.database import open_database


def test_defaults_point_into_the_working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("BEADWATCH_MODELS_DIR", "BEADWATCH_DATA_DIR", "BEADWATCH_THREADS"):
        monkeypatch.delenv(name)
    settings = load_settings()
    assert settings.models_dir is None
    assert settings.database == f"sqlite:///{tmp_path}/var/beadwatch.db"
    assert settings.blobs == f"{tmp_path}/var/blobs"
    assert (settings.threads, settings.max_upload_mb, settings.precision) == (0, 32, Precision.FP32)


def test_reading_settings_makes_nothing(tmp_path: Path) -> None:
    load_settings()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("variable", "text", "field", "value"),
    [
        ("BEADWATCH_MODELS_DIR", "/m", "models_dir", Path("/m")),
        ("BEADWATCH_DATA_DIR", "/d", "data_dir", Path("/d")),
        ("BEADWATCH_DATABASE_URL", "postgresql://h/d", "database", "postgresql://h/d"),
        ("BEADWATCH_BLOBS_URL", "s3://bucket", "blobs", "s3://bucket"),
        ("BEADWATCH_THREADS", "256", "threads", 256),
        ("BEADWATCH_MAX_UPLOAD_MB", "1024", "max_upload_mb", 1024),
        ("BEADWATCH_THREADS", "", "threads", 0),
        ("BEADWATCH_PRECISION", "int8", "precision", Precision.INT8),
        ("beadwatch_threads", "3", "threads", 3),
        ("BEADWATCH_GUEST_FEEDBACK", "true", "guest_feedback", True),
        ("BEADWATCH_GUEST_FEEDBACK", "", "guest_feedback", False),
        ("BEADWATCH_ALLOWED_HOSTS", "", "host_names", []),
        ("BEADWATCH_TRUSTED_PROXIES", "", "proxies", []),
        (
            "BEADWATCH_TRUSTED_PROXIES",
            "127.0.0.1, 10.0.0.7/8,::1",
            "proxies",
            ["127.0.0.1/32", "10.0.0.0/8", "::1/128"],
        ),
        ("BEADWATCH_ALLOWED_HOSTS", "*", "host_names", ["*"]),
        (
            "BEADWATCH_ALLOWED_HOSTS",
            "a.example, *.b,[::1],10.0.0.7",
            "host_names",
            ["a.example", "*.b", "[::1]", "10.0.0.7"],
        ),
    ],
)
def test_variable_sets_its_field(
    monkeypatch: pytest.MonkeyPatch, variable: str, text: str, field: str, value: object
) -> None:
    monkeypatch.setenv(variable, text)
    assert getattr(load_settings(), field) == value


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ("BEADWATCH_THREADS", "many"),
        ("BEADWATCH_THREADS", "-1"),
        ("BEADWATCH_THREADS", "257"),
        ("BEADWATCH_THREADS", "1.5"),
        ("BEADWATCH_PRECISION", "fp16"),
        ("BEADWATCH_MAX_UPLOAD_MB", "0"),
        ("BEADWATCH_MAX_UPLOAD_MB", "1025"),
        ("BEADWATCH_MAX_UPLOAD_MB", "32 MB"),
        ("BEADWATCH_GUEST_FEEDBACK", "perhaps"),
        ("BEADWATCH_ALLOWED_HOSTS", "https://a.example"),
        ("BEADWATCH_ALLOWED_HOSTS", "a.example:8000"),
        ("BEADWATCH_ALLOWED_HOSTS", "a.example b.example"),
        ("BEADWATCH_ALLOWED_HOSTS", "a.*"),
        ("BEADWATCH_TRUSTED_PROXIES", "*"),
        ("BEADWATCH_ACCESS", "yes"),
        ("BEADWATCH_TRUSTED_PROXIES", "proxy.example"),
        ("BEADWATCH_TRUSTED_PROXIES", "10.0.0.0/33"),
    ],
)
def test_wrong_value_is_refused_and_named(monkeypatch: pytest.MonkeyPatch, variable: str, text: str) -> None:
    monkeypatch.setenv(variable, text)
    with pytest.raises(SettingsError, match=rf"{variable}: .*\.env\.example"):
        load_settings()


def test_all_wrong_values_are_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BEADWATCH_THREADS", "x")
    monkeypatch.setenv("BEADWATCH_MAX_UPLOAD_MB", "y")
    with pytest.raises(SettingsError, match=r"BEADWATCH_THREADS.*BEADWATCH_MAX_UPLOAD_MB"):
        load_settings()


def test_env_file_is_read_and_the_environment_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("BEADWATCH_THREADS=5\nBEADWATCH_MAX_UPLOAD_MB=7\nOTHER=1\nBEADWATCH_UNKNOWN=1\n")
    monkeypatch.setenv("BEADWATCH_THREADS", "6")
    settings = load_settings()
    assert (settings.threads, settings.max_upload_mb) == (6, 7)


@pytest.mark.parametrize("place", ["environment", ".env"])
def test_key_has_the_name_that_people_know_and_is_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    monkeypatch.delenv("ROBOFLOW_API_KEY", raising=False)
    monkeypatch.setenv("BEADWATCH_ROBOFLOW_API_KEY", "not this")
    assert load_settings().roboflow_api_key is None
    if place == ".env":
        (tmp_path / ".env").write_text("ROBOFLOW_API_KEY=secret\n")
    else:
        monkeypatch.setenv("ROBOFLOW_API_KEY", "secret")
    settings = load_settings()
    assert settings.roboflow_api_key is not None
    assert settings.roboflow_api_key.text == "secret"
    assert "secret" not in f"{settings}{settings!r}{settings.roboflow_api_key}"


def test_what_is_set_is_told_from_what_is_a_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BEADWATCH_PRECISION", "fp32")
    monkeypatch.setenv("BEADWATCH_MAX_UPLOAD_MB", "")
    (tmp_path / ".env").write_text("BEADWATCH_SMTP_PORT=25\n")
    assert load_settings().given == {"models_dir", "data_dir", "threads", "precision", "smtp_port"}


def test_env_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"BEADWATCH_DATA_DIR=/schwei\xdf\n")
    with pytest.raises(SettingsError, match=r"\.env"):
        load_settings()


@pytest.mark.parametrize("name", ["with space", "50% off", "a#b", "ümlaut 焊", "a@b:c", "100%25"])
def test_database_lands_in_the_data_folder_whatever_its_name(tmp_path: Path, name: str) -> None:
    settings = replace(load_settings(), data_dir=tmp_path / name)
    open_database(settings.database).dispose()
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name / "beadwatch.db").is_file()


def test_example_file_lists_every_setting() -> None:
    example = Path(__file__).resolve().parents[2] / ".env.example"
    named = example.read_text(encoding="utf-8")
    assert [variable for variable in variables().values() if f"{variable}=" not in named] == []
