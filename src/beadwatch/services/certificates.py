"""The folder of a station's certificates: its own authority, which phones trust, and what it serves https with.

A folder appears as a whole, and a renewal replaces one file: at no moment does a key lie beside a certificate that is
not its own. Knows files. Does not know what stands in a certificate (see `authority`).
"""

import os
import shutil
import ssl
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization

from beadwatch.domain.errors import SettingsError
from beadwatch.services.authority import (
    Host,
    Key,
    authority,
    certified_names,
    certify,
    new_key,
    permitted_names,
    read_names,
)

_CA_CERT, _CA_KEY, _CERT, _KEY = "ca.crt", "ca.key", "station.crt", "station.key"


@dataclass(frozen=True, slots=True)
class ServerCertificate:
    """What a station serves with, until when it is worth something, and the hosts and addresses that it names."""

    cert: Path
    key: Path
    expires_at: datetime
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Issued:
    """What `issue` made: whether the authority is new, and its fingerprint as phones show it."""

    is_new: bool
    ca: Path
    ca_sha256: str
    expires_at: datetime


def issue(folder: Path, hosts: Sequence[str], now: datetime | None = None) -> Issued:
    """Make a station's certificates in a folder; where its authority is, only the server's certificate is made anew.

    Raises:
        SettingsError: a host is none, the folder holds something else, or its authority may not vouch for the hosts.
    """
    names, now = read_names(hosts), now or datetime.now(UTC)
    try:
        if (folder / _CA_CERT).exists() or (folder / _CA_KEY).exists():
            is_new, (ca, server) = False, _renew(folder, names, now)
        else:
            is_new, (ca, server) = True, _begin(folder, names, now)
    except OSError as error:
        raise SettingsError(f"{folder}: the certificates cannot be written: {error.strerror or error}") from error
    fingerprint = ca.fingerprint(hashes.SHA256()).hex(":").upper()
    return Issued(is_new, folder / _CA_CERT, fingerprint, server.not_valid_after_utc)


def server_certificate(folder: Path, now: datetime | None = None) -> ServerCertificate:
    """Return what a station serves with, from a folder that `issue` made, or another pair of the same names.

    Raises:
        SettingsError: a file is missing or broken, the two do not belong together, or the certificate is too old.
    """
    cert, key = folder / _CERT, folder / _KEY
    for path in (cert, key):
        if not path.is_file():
            raise SettingsError(f"{path} is missing: `beadwatch certs HOST --out {folder}` makes it")
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(cert, key, password="")  # never ask for one
    except OSError as error:
        raise SettingsError(
            f"{cert} and {key.name} are broken or do not belong together ({error.strerror or error}): make them anew "
            f"by `beadwatch certs HOST --out {folder}`"
        ) from error
    certificate = _read_certificate(cert)
    expires_at = certificate.not_valid_after_utc
    if expires_at <= (now or datetime.now(UTC)):
        raise SettingsError(
            f"{cert} was good until {expires_at:%Y-%m-%d}: renew it by `beadwatch certs HOST --out {folder}`"
        )
    return ServerCertificate(cert, key, expires_at, certified_names(certificate))


def _begin(folder: Path, names: Sequence[Host], now: datetime) -> tuple[x509.Certificate, x509.Certificate]:
    """Make everything aside, then give it its name: there is a whole folder or none."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise SettingsError(f"{folder} holds something, but no {_CA_CERT}: name a folder that is new or empty")
    ca_key, key = new_key(), new_key()
    ca = authority(ca_key, names, now)
    server = certify(key.public_key(), names, (ca, ca_key), now)
    aside = folder.absolute().with_name(f"{folder.absolute().name}.{uuid.uuid4().hex}.part")
    aside.mkdir(parents=True)
    try:
        for name, data in ((_CA_KEY, _pem(ca_key)), (_KEY, _pem(key)), (_CA_CERT, _pem(ca)), (_CERT, _pem(server))):
            _write(aside / name, data)
        aside.replace(folder)
    except OSError:
        shutil.rmtree(aside, ignore_errors=True)
        raise
    return ca, server


def _renew(folder: Path, names: Sequence[Host], now: datetime) -> tuple[x509.Certificate, x509.Certificate]:
    """Replace the server's certificate; its key stays, so that at no moment the two do not belong together."""
    ca, ca_key = _read_certificate(folder / _CA_CERT), _read_key(folder / _CA_KEY)
    if ca.public_key() != ca_key.public_key():
        raise SettingsError(f"{folder / _CA_KEY} is not the key of {_CA_CERT}: restore it, or remove the folder")
    if ca.not_valid_after_utc <= now:
        raise SettingsError(f"{folder / _CA_CERT} is too old: remove {folder} and set the phones up anew")
    allowed = permitted_names(ca)
    if others := [str(name.value) for name in names if name not in allowed]:
        there = ", ".join(str(name.value) for name in allowed)
        raise SettingsError(
            f"the authority in {folder} was made for {there}, not for {', '.join(others)}: remove the folder and set "
            "the phones up anew, or name another folder by --out"
        )
    if not (folder / _KEY).exists():
        _replace(folder / _KEY, _pem(new_key()))
    server = certify(_read_key(folder / _KEY).public_key(), names, (ca, ca_key), now)
    _replace(folder / _CERT, _pem(server))
    return ca, server


def _pem(made: x509.Certificate | Key) -> bytes:
    if isinstance(made, x509.Certificate):
        return made.public_bytes(serialization.Encoding.PEM)
    return made.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _read_certificate(path: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except FileNotFoundError as error:
        raise SettingsError(f"{path} is missing: restore it, or remove {path.parent}") from error
    except (OSError, ValueError) as error:
        raise SettingsError(f"{path} is no certificate that can be read: {error}") from error


def _read_key(path: Path) -> Key:
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), None)
    except FileNotFoundError as error:
        raise SettingsError(f"{path} is missing: restore it, or remove {path.parent}") from error
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm):
        raise SettingsError(f"{path} is no key that can be read: restore it, or remove {path.parent}") from None
    if not isinstance(key, Key):
        raise SettingsError(f"{path} is of another kind than those made here: name another folder by --out")
    return key


def _write(path: Path, data: bytes) -> None:
    mode = 0o600 if path.name in {_CA_KEY, _KEY} else 0o644
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())  # a key that is empty after the power failed costs a walk to every phone


def _replace(path: Path, data: bytes) -> None:
    aside = path.parent / uuid.uuid4().hex / path.name  # under its own name, by which its mode is known
    aside.parent.mkdir()
    try:
        _write(aside, data)
        aside.replace(path)
    finally:
        shutil.rmtree(aside.parent, ignore_errors=True)
