"""Accounts and devices as a table for people. Knows Rich; reads nothing."""

import sys
from collections.abc import Sequence
from datetime import datetime

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from beadwatch.domain.accounts import Account, Device


def show_accounts(accounts: Sequence[Account], devices: Sequence[Device]) -> None:
    """Print one row an account, and below it one row a device of it; none for none."""
    if not accounts:
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("team", "account", "role", "device", "id of device", "since", "revoked"):
        table.add_column(Text(column), overflow="fold")
    for account in accounts:
        cells = (account.team, account.name, account.role.value, "", "")
        table.add_row(*map(Text, (*cells, _moment(account.created_at), _moment(account.revoked_at))))
        for device in devices:
            if device.account_id == account.id:
                cells = ("", "", "", device.name, device.id)
                table.add_row(*map(Text, (*cells, _moment(device.paired_at), _moment(device.revoked_at))))
    Console(file=sys.stdout, width=None if sys.stdout.isatty() else 160, highlight=False).print(table)


def _moment(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment:%Y-%m-%d %H:%M}"
