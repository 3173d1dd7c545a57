"""`beadwatch certs`, and a station that serves https with what it made."""

import json
import ssl
import subprocess
import sys
import urllib.request
from pathlib import Path
from urllib.error import URLError

import pytest

from tests.cli.conftest import Run
from tests.waiting import free_port, until

PROGRAM = [sys.executable, "-c", "from beadwatch.cli import main; main()"]


def fetched(url: str, ca: Path) -> dict[str, object]:
    trusting = ssl.create_default_context(cafile=ca)
    with urllib.request.urlopen(url, context=trusting, timeout=30) as answer:
        body: dict[str, object] = json.loads(answer.read())
    return body


@pytest.mark.slow
def test_station_serves_https_to_who_trusts_its_authority_under_its_name_alone(
    beadwatch: Run, models_dir: Path, tmp_path: Path
) -> None:
    assert beadwatch("certs", "127.0.0.1", "--out", "certs").out == "certs/ca.crt\n"
    beadwatch("certs", "localhost", "--out", "strange")
    port = free_port()
    command = [*PROGRAM, "serve", "--port", str(port), "--certs", "certs"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            said = next(line for line in process.stderr if "station on" in line)
            assert f"https://127.0.0.1:{port}" in said
            until(lambda: answers(f"https://127.0.0.1:{port}/healthz"))
            assert fetched(f"https://127.0.0.1:{port}/healthz", Path("certs/ca.crt"))
            for url, ca in ((f"https://localhost:{port}/healthz", "certs"), (f"https://127.0.0.1:{port}/", "strange")):
                with pytest.raises(URLError, match="CERTIFICATE_VERIFY_FAILED"):
                    fetched(url, Path(ca, "ca.crt"))
        finally:
            process.kill()


def answers(url: str) -> bool:
    try:
        return bool(fetched(url, Path("certs/ca.crt")))
    except URLError as error:
        if not isinstance(error.reason, ConnectionRefusedError):
            raise
        return False


def test_says_what_was_made_and_what_was_kept(beadwatch: Run) -> None:
    first = beadwatch("certs", "station.local", "10.0.0.7")
    assert (first.code, first.out) == (0, "certs/ca.crt\n")
    assert "made a new authority: phones need to trust it" in first.err
    again = beadwatch("certs", "10.0.0.7")
    assert "kept the authority" in again.err
    fingerprint = next(line for line in first.err.splitlines() if "sha256" in line)
    assert fingerprint in again.err
    assert len(fingerprint.split()[-1]) == 32 * 3 - 1


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["certs"], "HOST"),
        (["certs", "b.example"], "SettingsError: the authority in certs was made for a.example, not for b.example"),
        (["certs", "https://a.example"], "is neither a host nor an address"),
        (["certs", "a.example", "--out", "file/inside"], "SettingsError: file/inside: the certificates cannot be"),
        (["serve", "--certs", "none"], "SettingsError: none/station.crt is missing: `beadwatch certs"),
        (["serve", "--certs", "mixed"], "SettingsError: mixed/station.crt and station.key are broken"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_done_is_exit_code_2(beadwatch: Run, arguments: list[str], says: str) -> None:
    beadwatch("certs", "a.example")
    beadwatch("certs", "a.example", "--out", "mixed")
    Path("mixed/station.key").write_bytes(Path("certs/station.key").read_bytes())
    Path("file").touch()
    outcome = beadwatch(*arguments)
    assert outcome.code == 2
    assert says in outcome.err
    assert "Traceback" not in outcome.err


def test_certificate_that_ends_soon_is_said(beadwatch: Run, models_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    served: list[dict[str, object]] = []
    monkeypatch.setattr("beadwatch.server.serving.run", lambda _app, _limits, **options: served.append(options))
    beadwatch("certs", "a.example")
    assert "more:" not in beadwatch("serve", "--certs", "certs").err
    monkeypatch.setattr("beadwatch.cli.serve._RENEW_WITHIN_DAYS", 400)
    assert "days more: `beadwatch certs` renews it" in beadwatch("serve", "--certs", "certs").err
    assert [options["ssl_keyfile"] for options in served] == [Path("certs/station.key")] * 2
    beadwatch("serve")
    assert served[-1]["ssl_certfile"] is None
