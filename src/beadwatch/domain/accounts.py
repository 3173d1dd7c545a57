"""People, their devices and what they may do; secrets that devices carry, as text. Knows no storage and no HTTP.

A token is 256 random bits. A pairing code is short enough to be typed from a screen: it is worth ten minutes, once.
"""

import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from beadwatch.domain.errors import AccountError

GUEST_TEAM = "guest"
CODE_LENGTH = 8
# No look-alikes (0 O, 1 I L, U V): 30 letters and digits, so that a code is one of 6.6e11.
CODE_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
_TOKEN_BYTES = 32
_NAME = re.compile(r"[^\W_][\w .@+-]{0,63}")  # letters and digits of any script, not at the start the rest
_TEAM = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_PRINTED = re.compile(r"[!-~]+")  # ASCII without spaces, as an address has to be
MAX_DEVICE_NAME = 64


class Role(StrEnum):
    """What an account may do; each role may do what those before it may."""

    INSPECTOR = "inspector"
    REVIEWER = "reviewer"
    ENGINEER = "engineer"
    ADMIN = "admin"

    def covers(self, needed: "Role") -> bool:
        """Return whether who has this role may do what asks for `needed`."""
        ranks = list(Role)
        return ranks.index(self) >= ranks.index(needed)


@dataclass(frozen=True, slots=True)
class Account:
    """A person of a team (a site or a company). `name` is unique on the station."""

    id: str
    name: str
    role: Role
    team: str
    created_at: datetime
    revoked_at: datetime | None = None

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name) or self.name != self.name.strip():
            raise AccountError(
                f"{ascii(self.name)[:80]} is no name of an account: start with a letter or digit, then up to 63 "
                "letters, digits, spaces or any of . @ + - _"
            )
        check_team(self.team)

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {
            "id": self.id,
            "name": self.name,
            "role": self.role.value,
            "team": self.team,
            "created_at": self.created_at.isoformat(),
            "revoked_at": self.revoked_at.isoformat() if self.revoked_at else None,
        }


@dataclass(frozen=True, slots=True)
class Device:
    """A phone or browser that was paired with an account."""

    id: str
    account_id: str
    name: str
    paired_at: datetime
    revoked_at: datetime | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {
            "id": self.id,
            "account_id": self.account_id,
            "name": self.name,
            "paired_at": self.paired_at.isoformat(),
            "revoked_at": self.revoked_at.isoformat() if self.revoked_at else None,
        }


@dataclass(frozen=True, slots=True)
class Caller:
    """Who a request comes from: an account on a device, or a guest, who has neither and may only send."""

    team: str
    role: Role
    account_id: str | None = None
    device_id: str | None = None

    def may(self, needed: Role) -> bool:
        """Return whether the caller may do what asks for that role. A guest may do nothing that asks for one."""
        return self.account_id is not None and self.role.covers(needed)


GUEST = Caller(GUEST_TEAM, Role.INSPECTOR)


def check_team(team: str) -> None:
    """Let the name of a team pass.

    Raises:
        AccountError: it makes no sense.
    """
    if not _TEAM.fullmatch(team):
        raise AccountError(f"{ascii(team)[:80]} is no name of a team: up to 64 small letters, digits and hyphens")


def new_token() -> str:
    """Return a new token of a device: 43 characters that fit into a header."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


def new_code() -> str:
    """Return a new pairing code."""
    return "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))


def shown_code(code: str) -> str:
    """Return a code as it is read out: two groups of four."""
    return f"{code[:4]}-{code[4:]}"


def pairing_link(station: str, code: str) -> str:
    """Return the address that pairs the phone which opens it, for a station's own address.

    The code stands in the fragment, which browsers send to nobody: it is in no log of a server or a proxy.

    Raises:
        AccountError: the station's address is none that a phone could open.
    """
    try:
        parts = urlsplit(station)
        usable = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable or parts.query or parts.fragment or "@" in parts.netloc or not _PRINTED.fullmatch(station):
        raise AccountError(
            "that is no address of a station: write https://station.example, with a port if it has one (:8000), and "
            "without a name or password"
        )
    return f"{station.rstrip('/')}/app/#pair={shown_code(code)}"


def typed_code(text: str) -> str:
    """Return the code that a person typed, whatever its case, spaces and hyphens.

    Raises:
        AccountError: it cannot be one.
    """
    code = re.sub(r"[\s-]", "", text).upper()
    if len(code) != CODE_LENGTH or not set(code) <= set(CODE_LETTERS):
        raise AccountError(f"a pairing code has {CODE_LENGTH} letters and digits, as ABCD-2345: check what was typed")
    return code


def device_name(text: str) -> str:
    """Return the name of a device as a person gave it, one line without control characters.

    Raises:
        AccountError: there is none, or it is too long.
    """
    name = " ".join("".join(character if character.isprintable() else " " for character in text).split())
    if not 1 <= len(name) <= MAX_DEVICE_NAME:
        raise AccountError(f"a device needs a name of 1 to {MAX_DEVICE_NAME} characters, as 'phone of Ada'")
    return name
