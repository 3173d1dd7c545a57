"""`beadwatch serve`: the station."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from beadwatch.services.certificates import ServerCertificate

_RENEW_WITHIN_DAYS = 30
_GOODBYE_S = 2  # browsers that follow a line would never go by themselves


def serve(
    host: Annotated[
        str, typer.Option(help="Address to listen on; 0.0.0.0 lets the network in, which needs tokens.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on.")] = 8000,
    certs: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Serve https with the certificates of `beadwatch certs`.")
    ] = None,
    root_path: Annotated[
        str | None,
        typer.Option(metavar="PATH", help="Path that the station lies below; default: BEADWATCH_ROOT_PATH."),
    ] = None,
) -> None:
    """Serve the station: the page, the HTTP interface and its documentation at /docs."""
    from beadwatch.server.application import create_app
    from beadwatch.server.reach import reach_of, said_of, shown_host
    from beadwatch.server.serving import Limits, run
    from beadwatch.settings import load_settings
    from beadwatch.storage.private import is_open_to_others
    from beadwatch.wiring import build_station

    cert, host = _certificate(certs) if certs is not None else None, host.strip("[]")
    names = cert.names if cert else ()
    settings = load_settings() if root_path is None else load_settings(root_path=root_path)
    reach = reach_of(settings, host, names)
    station = build_station(settings)
    if is_open_to_others(settings.data_dir):
        typer.echo(f"{settings.data_dir} can be read by other users of this machine: chmod 700 closes it", err=True)
    for name, card in ((name, classifier.card) for name, classifier in station.models.ready.items()):
        typer.echo(f"model {name} {card.version}", err=True)
    for error in station.models.refused.values():
        typer.echo(f"refused: {error}", err=True)
    typer.echo(
        f"Beadwatch station on {'https' if cert else 'http'}://{shown_host(host, names)}:{port}{reach.root_path}",
        err=True,
    )
    for line in said_of(reach, encrypted=cert is not None):
        typer.echo(line, err=True)
    try:
        run(
            create_app(station, reach=reach),
            Limits(settings.max_connections, settings.request_timeout_s),
            host=host,
            port=port,
            log_level="warning",
            proxy_headers=False,  # it would believe whoever is on this machine; `create_app` knows whom to believe
            timeout_graceful_shutdown=_GOODBYE_S,
            ssl_certfile=cert.cert if cert else None,
            ssl_keyfile=cert.key if cert else None,
        )
    except SystemExit as left:  # uvicorn has said why it cannot listen there
        raise typer.Exit(2 if left.code else 0) from left
    finally:
        station.close()


def _certificate(folder: Path) -> "ServerCertificate":
    from datetime import UTC, datetime

    from beadwatch.services.certificates import server_certificate

    found = server_certificate(folder)
    days_left = (found.expires_at - datetime.now(UTC)).days
    if days_left < _RENEW_WITHIN_DAYS:
        typer.echo(f"{found.cert} is good for {days_left} days more: `beadwatch certs` renews it", err=True)
    return found
