"""`beadwatch accounts`: who may send and review feedback, and the devices that are paired."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from beadwatch.domain.accounts import Role

if TYPE_CHECKING:
    from beadwatch.storage.account_store import AccountStore

app = typer.Typer(no_args_is_help=True, help="Add, list, pair and revoke accounts and devices.", rich_markup_mode=None)

Name = Annotated[str, typer.Argument(metavar="NAME", help="The account's name.")]


class Format(StrEnum):
    """How accounts are written: for people, or one JSON object a line."""

    TABLE = "table"
    JSONL = "jsonl"


@app.command()
def add(
    name: Name,
    team: Annotated[str, typer.Option(help="The site or company whose pictures the account sees.")],
    role: Annotated[Role, typer.Option(help="What it may do; each may do what those before it may.")] = Role.INSPECTOR,
) -> None:
    """Add an account. Its devices are paired by `beadwatch accounts pair`."""
    with _opened() as store:
        account = store.add(name, role, team)
    typer.echo(f"added {account.name}, {account.role.value} of {account.team}", err=True)


@app.command("list")
def list_(
    output_format: Annotated[
        Format | None, typer.Option("--format", help="Default: table on a terminal, jsonl otherwise.")
    ] = None,
) -> None:
    """List accounts with their devices, revoked ones too. Tokens are shown nowhere."""
    import sys

    from beadwatch.cli.account_tables import show_accounts
    from beadwatch.cli.model_tables import write_lines

    with _opened() as store:
        accounts, devices = store.accounts(), store.devices()
    if not accounts:
        typer.echo("no account yet: `beadwatch accounts add NAME --team TEAM` makes one", err=True)
    if (output_format or (Format.TABLE if sys.stdout.isatty() else Format.JSONL)) is Format.TABLE:
        show_accounts(accounts, devices)
        return
    write_lines(
        {
            **account.to_dict(),
            "devices": [device.to_dict() for device in devices if device.account_id == account.id],
        }
        for account in accounts
    )


@app.command()
def pair(
    name: Name,
    url: Annotated[
        str,
        typer.Option(help="Address of the station as the device sees it; the default is seen by this machine only."),
    ] = "http://127.0.0.1:8000",
    svg: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the QR code as an SVG picture.")] = None,
) -> None:
    """Print a pairing code for a new device of an account. It is worth ten minutes, once.

    On a terminal, a QR code of the link that pairs follows; a pipe gets one JSON object.
    """
    import json
    import sys

    from beadwatch.cli.qr_code import QrCode
    from beadwatch.domain.accounts import pairing_link, shown_code
    from beadwatch.storage.files import open_files

    pairing_link(url, "")  # before a code is made for an address that is none
    with _opened() as store:
        code, expires_at = store.make_code(name)
    link = pairing_link(url, code)
    if svg is not None:
        open_files(str(svg.parent)).write(svg.name, QrCode(link).svg())
    if not sys.stdout.isatty():
        shown = {"station": url, "code": shown_code(code), "link": link, "expires_at": expires_at.isoformat()}
        typer.echo(json.dumps(shown))
        return
    typer.echo(f"station  {url}")
    typer.echo(f"code     {shown_code(code)}")
    typer.echo(f"until    {expires_at:%Y-%m-%d %H:%M:%S} UTC, once")
    typer.echo(f"link     {link}\n\n{QrCode(link).terminal()}")


@app.command()
def token(
    name: Name,
    device: Annotated[str, typer.Option(help="Name by which people know the machine that will have it.")],
) -> None:
    """Print the token of a new device of an account, once: for a machine, such as a line that a station shows.

    `BEADWATCH_STATION_TOKEN` gives it to `beadwatch watch --station`; other programs send it as
    `Authorization: Bearer TOKEN`.
    """
    with _opened() as store:
        made, _, _ = store.pair(store.make_code(name)[0], device)
    typer.echo(made)


@app.command()
def revoke(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="The account, with all its devices.")] = None,
    device: Annotated[str | None, typer.Option(metavar="ID", help="Only this device, by its id.")] = None,
) -> None:
    """Revoke an account with all its devices, or one device. What they sent stays."""
    from beadwatch.domain.errors import SettingsError

    if (name is None) == (device is None):
        raise SettingsError("say which: beadwatch accounts revoke NAME, or beadwatch accounts revoke --device ID")
    with _opened() as store:
        if device is not None:
            typer.echo(f"revoked the device {store.revoke_device(device).name}", err=True)
        elif name is not None:
            typer.echo(f"revoked {store.revoke_account(name).name} and all its devices", err=True)


@contextmanager
def _opened() -> "Iterator[AccountStore]":
    from beadwatch.settings import load_settings
    from beadwatch.storage.account_store import AccountStore
    from beadwatch.storage.database import open_database

    store = AccountStore(open_database(load_settings().database))
    try:
        yield store
    finally:
        store.close()
