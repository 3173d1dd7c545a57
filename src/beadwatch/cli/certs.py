"""`beadwatch certs`: certificates for https, which cameras of phones ask for."""

from pathlib import Path
from typing import Annotated

import typer


def certs(
    hosts: Annotated[
        list[str],
        typer.Argument(metavar="HOST...", help="Names and addresses under which phones see the station."),
    ],
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="Where the certificates are, or are made.")] = Path(
        "certs"
    ),
) -> None:
    """Make a certificate authority of the station, and its certificate for https.

    Phones trust FOLDER/ca.crt, which vouches for these hosts and nothing else. Run again, it renews the station's
    certificate for another 397 days; phones need nothing then. `beadwatch serve --certs FOLDER` serves with it.
    """
    from beadwatch.services.certificates import issue

    issued = issue(out, hosts)
    typer.echo("made a new authority: phones need to trust it" if issued.is_new else "kept the authority", err=True)
    typer.echo(f"its fingerprint (sha256) is {issued.ca_sha256}", err=True)
    typer.echo(f"the station's certificate is good until {issued.expires_at:%Y-%m-%d}", err=True)
    typer.echo(issued.ca)
