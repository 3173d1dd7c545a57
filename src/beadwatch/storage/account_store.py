"""Accounts, their devices and pairing codes in SQL. Tokens and codes stand here only as their sha256.

A plain sha256 is enough for a token, where a password would need a slow and salted hash: 256 random bits cannot be
guessed from their hash by any number of tries, and no two are equal. A code has fewer bits; what protects it is that
it is worth ten minutes, once, and that the server counts the tries. Looking a hash up takes a time that tells nothing
about the token. Knows no HTTP and does not count tries.
"""

import hashlib
import uuid
from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from beadwatch.domain.accounts import Account, Caller, Device, Role, device_name, new_code, new_token, typed_code
from beadwatch.domain.errors import AccountError, StoreError
from beadwatch.storage.sessions import transaction
from beadwatch.storage.tables import AccountRow, DeviceRow, PairingCodeRow

CODE_LIFETIME = timedelta(minutes=10)
_MAX_TOKEN = 128  # characters; ours have 43


def _now() -> datetime:
    return datetime.now(UTC)


class AccountStore:
    """Who may use the station. Safe to call from several threads and processes.

    Every method raises `StoreError` where the database refuses.
    """

    def __init__(self, engine: Engine, clock: Callable[[], datetime] = _now) -> None:
        self._engine, self._clock = engine, clock

    def add(self, name: str, role: Role, team: str) -> Account:
        """Make an account.

        Raises:
            AccountError: a name makes no sense, or is taken (also by a revoked account).
        """
        account = Account(uuid.uuid4().hex, name, role, team, self._clock())
        row = AccountRow(
            id=account.id, name=name, role=role.value, team=team, created_at=account.created_at, revoked_at=None
        )
        try:
            with transaction(self._engine, "store an account") as session:
                session.add(row)
        except StoreError as error:
            if isinstance(error.__cause__, IntegrityError):
                raise AccountError(f"there is an account {name!r} already: choose another name") from error
            raise
        return account

    def named(self, name: str) -> Account:
        """Return an account by its name, also a revoked one.

        Raises:
            AccountError: there is no such account.
        """
        with transaction(self._engine, "read accounts") as session:
            return _account(_named(session, name))

    def accounts(self) -> list[Account]:
        """Return all accounts by team and name, revoked ones too."""
        with transaction(self._engine, "read accounts") as session:
            rows = session.scalars(select(AccountRow).order_by(AccountRow.team, AccountRow.name))
            return [_account(row) for row in rows]

    def names(self, account_ids: Collection[str]) -> dict[str, str]:
        """Return the names of accounts by id, revoked ones too; an id that is not known is left out."""
        query = select(AccountRow.id, AccountRow.name).where(AccountRow.id.in_(account_ids))
        with transaction(self._engine, "read accounts") as session:
            return dict(session.execute(query).tuples().all())

    def devices(self) -> list[Device]:
        """Return all devices, the newest first, revoked ones too."""
        with transaction(self._engine, "read devices") as session:
            rows = session.scalars(select(DeviceRow).order_by(DeviceRow.paired_at.desc(), DeviceRow.id))
            return [_device(row) for row in rows]

    def revoke_account(self, name: str) -> Account:
        """Revoke an account with all its devices and codes, at once; a second time changes nothing.

        Raises:
            AccountError: there is no such account.
        """
        with transaction(self._engine, "revoke an account") as session:
            row = _named(session, name)
            row.revoked_at = row.revoked_at or self._clock()
            return _account(row)

    def revoke_device(self, device_id: str) -> Device:
        """Revoke one device, whose account keeps its others; a second time changes nothing.

        Raises:
            AccountError: there is no such device.
        """
        with transaction(self._engine, "revoke a device") as session:
            row = session.get(DeviceRow, device_id)
            if row is None:
                raise AccountError(f"no device {device_id!r}: `beadwatch accounts list` shows them")
            row.revoked_at = row.revoked_at or self._clock()
            return _device(row)

    def make_code(self, name: str) -> tuple[str, datetime]:
        """Return a new pairing code for an account, and until when it is worth something.

        Raises:
            AccountError: there is no such account, or it was revoked.
        """
        code, expires_at = new_code(), self._clock() + CODE_LIFETIME
        with transaction(self._engine, "store a pairing code") as session:
            account = _named(session, name)
            if account.revoked_at is not None:
                raise AccountError(f"the account {name!r} was revoked: add another one")
            session.add(PairingCodeRow(code_sha256=_hashed(code), account_id=account.id, expires_at=expires_at))
        return code, expires_at

    def pair(self, code: str, name: str) -> tuple[str, Account, Device]:
        """Use up a pairing code for a new device of that name; return its token, which is nowhere else.

        Raises:
            AccountError: the code is wrong, used or too old, or its account was revoked; which of them is not said.
        """
        digest, name, token, now = _hashed(typed_code(code)), device_name(name), new_token(), self._clock()
        use_up = (
            update(PairingCodeRow)
            .where(
                PairingCodeRow.code_sha256 == digest,
                PairingCodeRow.used_at.is_(None),
                PairingCodeRow.expires_at > now,
            )
            .values(used_at=now)
        )
        with transaction(self._engine, "pair a device") as session:
            # In one statement, and the first: of two who use a code at the same time one has it.
            used = session.connection().execute(use_up).rowcount
            row = session.get(PairingCodeRow, digest)
            account = session.get(AccountRow, row.account_id) if used == 1 and row else None
            if account is None or account.revoked_at is not None:
                raise AccountError("the pairing code is wrong, used or too old: ask for a new one")
            device = Device(uuid.uuid4().hex, account.id, name, now)
            session.add(
                DeviceRow(id=device.id, account_id=account.id, name=name, token_sha256=_hashed(token), paired_at=now)
            )
            return token, _account(account), device

    def caller(self, token: str) -> Caller | None:
        """Return who carries this token; None where nobody does or it was revoked."""
        if len(token) > _MAX_TOKEN:
            return None
        query = (
            select(AccountRow.team, AccountRow.role, AccountRow.id, DeviceRow.id)
            .join(DeviceRow, DeviceRow.account_id == AccountRow.id)
            .where(
                DeviceRow.token_sha256 == _hashed(token),
                DeviceRow.revoked_at.is_(None),
                AccountRow.revoked_at.is_(None),
            )
        )
        with transaction(self._engine, "read devices") as session:
            row = session.execute(query).first()
        return Caller(row[0], Role(row[1]), row[2], row[3]) if row else None

    def close(self) -> None:
        """Let go of the database's connections."""
        self._engine.dispose()


def _hashed(secret: str) -> str:
    return hashlib.sha256(secret.encode(errors="surrogateescape")).hexdigest()


def _named(session: Session, name: str) -> AccountRow:
    row = session.scalar(select(AccountRow).where(AccountRow.name == name))
    if row is None:
        raise AccountError(f"no account {name!r}: `beadwatch accounts list` shows them")
    return row


def _account(row: AccountRow) -> Account:
    return Account(row.id, row.name, Role(row.role), row.team, row.created_at, row.revoked_at)


def _device(row: DeviceRow) -> Device:
    return Device(row.id, row.account_id, row.name, row.paired_at, row.revoked_at)
