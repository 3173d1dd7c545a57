"""Certificates as a phone would judge them: only the hosts they were made for, renewed without a new authority."""

import ssl
import stat
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from beadwatch.domain.errors import SettingsError
from beadwatch.services.authority import CA_LIFETIME, SERVER_LIFETIME, certify, new_key, read_names
from beadwatch.services.certificates import issue, server_certificate

NAMES = ["ca.crt", "ca.key", "station.crt", "station.key"]
NOW = datetime.now(UTC).replace(microsecond=0)


def read(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def shakes_hands(cert: Path, key: Path, ca: Path, host: str) -> bool:
    """Say whether a client that trusts this authority alone, and is strict, takes the certificate for this host."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(cert, key)
    client = ssl.create_default_context(cafile=ca)
    client.verify_flags |= ssl.VERIFY_X509_STRICT
    pipes = [ssl.MemoryBIO() for _ in range(4)]
    ends = [
        server.wrap_bio(pipes[0], pipes[1], server_side=True),
        client.wrap_bio(pipes[2], pipes[3], server_hostname=host),
    ]
    for _ in range(4):
        for end in ends:
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                pass
            except ssl.SSLCertVerificationError:
                return False
        pipes[2].write(pipes[1].read())
        pipes[0].write(pipes[3].read())
    return ends[1].version() is not None


def test_authority_and_certificate_are_what_phones_ask_for(tmp_path: Path) -> None:
    issued = issue(tmp_path / "certs", ["Station.local", "10.0.0.7", "station.local"], NOW)
    ca, server = read(tmp_path / "certs" / "ca.crt"), read(tmp_path / "certs" / "station.crt")
    assert issued.is_new
    assert ca.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value == "Beadwatch station station.local"
    assert ca.not_valid_after_utc == NOW + CA_LIFETIME
    assert ca.extensions.get_extension_for_class(x509.BasicConstraints).value == x509.BasicConstraints(True, 0)
    constraints = ca.extensions.get_extension_for_class(x509.NameConstraints)
    assert constraints.critical
    assert [str(name.value) for name in constraints.value.permitted_subtrees or []] == ["station.local", "10.0.0.7/32"]
    assert server.not_valid_after_utc - server.not_valid_before_utc == SERVER_LIFETIME
    assert server.not_valid_before_utc < NOW
    names = server.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert [str(name.value) for name in names] == ["station.local", "10.0.0.7"]
    usage = server.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.SERVER_AUTH]


@pytest.mark.parametrize(
    ("hosts", "taken", "refused"),
    [
        (["station.local"], ["station.local"], ["other.local", "127.0.0.1", "::1"]),
        (["127.0.0.1"], ["127.0.0.1"], ["127.0.0.2", "localhost", "::1"]),
        (["::1", "a.example"], ["::1", "a.example"], ["127.0.0.1", "b.example", "::2"]),
        (["[::1]"], ["::1"], ["::2"]),
        (["x" * 60 + ".example"], ["x" * 60 + ".example"], []),
    ],
    ids=lambda hosts: " ".join(hosts)[:20],
)
def test_clients_take_these_hosts_only(tmp_path: Path, hosts: list[str], taken: list[str], refused: list[str]) -> None:
    issue(tmp_path / "certs", hosts, NOW)
    cert, key, ca = (tmp_path / "certs" / name for name in ("station.crt", "station.key", "ca.crt"))
    assert [shakes_hands(cert, key, ca, host) for host in taken] == [True] * len(taken)
    assert [shakes_hands(cert, key, ca, host) for host in refused] == [False] * len(refused)


@pytest.mark.parametrize("hosts", [["station.local"], ["127.0.0.1"], ["::1"]], ids=str)
@pytest.mark.parametrize("stolen", ["bank.example", "127.0.0.9", "::9"])
def test_stolen_key_of_the_authority_vouches_for_nobody_else(tmp_path: Path, hosts: list[str], stolen: str) -> None:
    folder = tmp_path / "certs"
    issue(folder, hosts, NOW)
    ca_key = serialization.load_pem_private_key((folder / "ca.key").read_bytes(), None)
    key = new_key()
    forged = certify(key.public_key(), read_names([stolen]), (read(folder / "ca.crt"), ca_key), NOW)  # type: ignore[arg-type]
    cert, key_file = tmp_path / "forged.crt", tmp_path / "forged.key"
    cert.write_bytes(forged.public_bytes(serialization.Encoding.PEM))
    pkcs8, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    key_file.write_bytes(key.private_bytes(serialization.Encoding.PEM, pkcs8, plain))
    assert not shakes_hands(cert, key_file, folder / "ca.crt", stolen)


def test_keys_are_for_their_owner_alone(tmp_path: Path) -> None:
    issue(tmp_path / "certs", ["a.example"])
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "certs").iterdir()}
    assert {name for name, mode in modes.items() if mode == 0o600} == {"ca.key", "station.key"}
    assert sorted(modes) == NAMES


def test_again_renews_the_server_certificate_only(tmp_path: Path) -> None:
    folder = tmp_path / "certs"
    first = issue(folder, ["a.example", "10.0.0.7"], NOW - timedelta(days=300))
    before = contents(folder)
    again = issue(folder, ["10.0.0.7", "a.example"], NOW)
    assert (again.is_new, again.ca_sha256) == (False, first.ca_sha256)
    assert again.expires_at - first.expires_at == timedelta(days=300)
    assert {name for name, data in contents(folder).items() if data != before[name]} == {"station.crt"}
    assert server_certificate(folder).expires_at == again.expires_at
    cert, key, ca = (folder / name for name in ("station.crt", "station.key", "ca.crt"))
    assert shakes_hands(cert, key, ca, "10.0.0.7")


def test_lost_server_key_is_made_anew(tmp_path: Path) -> None:
    folder = tmp_path / "certs"
    issue(folder, ["a.example"])
    (folder / "station.key").unlink()
    issue(folder, ["a.example"])
    assert server_certificate(folder).cert == folder / "station.crt"
    assert stat.S_IMODE((folder / "station.key").stat().st_mode) == 0o600


def test_certificate_never_outlives_its_authority(tmp_path: Path) -> None:
    first = issue(tmp_path / "certs", ["a.example"], NOW)
    last = issue(tmp_path / "certs", ["a.example"], NOW + CA_LIFETIME - timedelta(days=10))
    assert last.expires_at == NOW + CA_LIFETIME
    assert last.expires_at > first.expires_at


def _cut(folder: Path) -> None:
    (folder / "ca.crt").write_text("-----BEGIN CERTIFICATE-----")


def _swap(folder: Path) -> None:
    (folder / "ca.key").write_bytes((folder / "station.key").read_bytes())


@pytest.mark.parametrize(
    ("hosts", "change", "says"),
    [
        (["b.example"], None, r"made for a\.example, 10\.0\.0\.7, not for b\.example: remove the folder"),
        (["sub.a.example"], None, "not for sub.a.example"),
        (["10.0.0.8"], None, "not for 10.0.0.8"),
        (["a.example"], lambda folder: (folder / "ca.key").unlink(), "ca.key is missing: restore it"),
        (["a.example"], lambda folder: (folder / "ca.crt").unlink(), "ca.crt is missing: restore it"),
        (["a.example"], _cut, "ca.crt is no certificate"),
        (["a.example"], _swap, "ca.key is not the key of ca.crt"),
        (["https://a.example"], None, "is neither a host nor an address"),
        (["a.example:8000"], None, "is neither a host nor an address"),
        (["10.0.0"], None, "is neither a host nor an address"),
        (["a..example"], None, "is neither a host nor an address"),
        ([], None, "name a host"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_is_refused_and_changes_nothing(
    tmp_path: Path, hosts: list[str], change: Callable[[Path], None] | None, says: str
) -> None:
    folder = tmp_path / "certs"
    issue(folder, ["a.example", "10.0.0.7"])
    if change:
        change(folder)
    before = contents(folder)
    with pytest.raises(SettingsError, match=says):
        issue(folder, hosts)
    assert contents(folder) == before


def test_old_authority_is_refused(tmp_path: Path) -> None:
    issue(tmp_path / "certs", ["a.example"], NOW - CA_LIFETIME)
    with pytest.raises(SettingsError, match="is too old: remove"):
        issue(tmp_path / "certs", ["a.example"], NOW)


def test_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(SettingsError, match="new or empty"):
        issue(tmp_path, ["a.example"])
    assert contents(tmp_path) == {"notes.txt": b"mine"}


@pytest.mark.parametrize("is_renewal", [False, True])
@pytest.mark.parametrize("step", range(4))
def test_failure_at_any_step_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_renewal: bool, step: int
) -> None:
    folder = tmp_path / "certs"
    if is_renewal:
        issue(folder, ["a.example"])
    before = contents(folder) if is_renewal else {}
    calls = iter(range(9))

    def fails(*_: object) -> None:
        if next(calls) == (0 if is_renewal else step):
            raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", fails)
    with pytest.raises(SettingsError, match="cannot be written: No space left"):
        issue(folder, ["a.example"])
    assert [path.name for path in tmp_path.iterdir()] == (["certs"] if is_renewal else [])
    assert (contents(folder) if is_renewal else {}) == before


def test_serving_needs_a_pair_that_belongs_together(tmp_path: Path) -> None:
    folders = [tmp_path / "a", tmp_path / "b"]
    for folder in folders:
        issue(folder, ["a.example"])
    assert server_certificate(folders[0]).key == folders[0] / "station.key"
    for name, other in pairwise(["station.key", "station.crt", "station.key"]):
        with pytest.raises(SettingsError, match="do not belong together"):
            _mixed(folders, tmp_path / f"mixed {name}", name, other)
    (folders[0] / "station.key").write_text("nothing")
    with pytest.raises(SettingsError, match="broken or do not belong together"):
        server_certificate(folders[0])
    (folders[0] / "station.key").unlink()
    with pytest.raises(SettingsError, match=r"station\.key is missing"):
        server_certificate(folders[0])
    with pytest.raises(SettingsError, match="was good until"):
        server_certificate(folders[1], NOW + timedelta(days=398))


def _mixed(folders: list[Path], folder: Path, name: str, other: str) -> None:
    folder.mkdir()
    (folder / name).write_bytes((folders[0] / name).read_bytes())
    (folder / other).write_bytes((folders[1] / other).read_bytes())
    server_certificate(folder)
