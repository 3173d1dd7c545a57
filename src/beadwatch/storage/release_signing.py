"""Signing releases with ed25519: a key pair in two PEM files, a signer for who publishes, a verifier for who reads.

Knows keys and bytes. Does not know what the bytes mean.
"""

import os
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from beadwatch.domain.errors import ReleaseError

PRIVATE_FILE, PUBLIC_FILE = "release.key", "release.pub"


class Signer:
    """Signs with a private key."""

    def __init__(self, path: Path) -> None:
        """Read the private key.

        Raises:
            ReleaseError: the file cannot be read, or holds no such key.
        """
        try:
            key = serialization.load_pem_private_key(_read(path), None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            key = None
        if not isinstance(key, Ed25519PrivateKey):
            raise ReleaseError(f"{path} is no private ed25519 key: `beadwatch models keys` makes one")
        self._key = key

    def sign(self, data: bytes) -> str:
        """Return the signature of bytes, in hexadecimal digits."""
        return self._key.sign(data).hex()


class Verifier:
    """Checks signatures with a public key."""

    def __init__(self, path: Path) -> None:
        """Read the public key.

        Raises:
            ReleaseError: the file cannot be read, or holds no such key.
        """
        try:
            key = serialization.load_pem_public_key(_read(path))
        except (ValueError, UnsupportedAlgorithm):
            key = None
        if not isinstance(key, Ed25519PublicKey):
            raise ReleaseError(f"{path} is no public ed25519 key: `beadwatch models keys` makes one")
        self._key = key

    def is_good(self, signature: str, data: bytes) -> bool:
        """Say whether `signature`, in hexadecimal digits, is that of these bytes by our key."""
        try:
            self._key.verify(bytes.fromhex(signature), data)
        except (ValueError, InvalidSignature):
            return False
        return True


def make_keys(folder: Path) -> tuple[Path, Path]:
    """Make a key pair; return the paths of the private key, which only its owner may read, and of the public one.

    Raises:
        ReleaseError: one of the two is there already, or the folder cannot be written.
    """
    private, public = folder / PRIVATE_FILE, folder / PUBLIC_FILE
    key = Ed25519PrivateKey.generate()
    private_bytes = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public_bytes = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    if public.exists():
        raise ReleaseError(f"{public} is there already: name another folder")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write_new(private, private_bytes, 0o600)
        _write_new(public, public_bytes, 0o644)
    except FileExistsError as error:
        raise ReleaseError(f"{error.filename} is there already: name another folder") from error
    except OSError as error:
        raise ReleaseError(f"{folder}: the keys cannot be written: {error.strerror or error}") from error
    return private, public


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ReleaseError(f"{path}: the key cannot be read: {error.strerror or error}") from error


def _write_new(path: Path, data: bytes, mode: int) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
