"""`beadwatch flows`: the jobs of the loop, by hand or on a schedule."""

from typing import Annotated

import typer

from beadwatch.cli.extras import needing

app = typer.Typer(
    no_args_is_help=True, help="Run the jobs of the loop: collect, check drift, retrain.", rich_markup_mode=None
)


@app.command("list")
def list_() -> None:
    """List the jobs, and when they run by themselves."""
    import json
    import sys

    from beadwatch.services.jobs import TITLES
    from beadwatch.settings import load_settings

    settings = load_settings()
    when = {
        "collect": settings.flow_collect_cron,
        "check-drift": "after collect",
        "retrain": settings.flow_retrain_cron,
    }
    for name, title in TITLES.items():
        if sys.stdout.isatty():
            typer.echo(f"{name:<20} {when.get(name, 'none'):<16} {title}")
        else:
            typer.echo(json.dumps({"name": name, "schedule": when.get(name, "none"), "title": title}))


@app.command()
def run(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The job: `beadwatch flows list` names them.")],
    deployment: Annotated[
        bool, typer.Option("--deployment", help="Have the server of `beadwatch flows serve` run it.")
    ] = False,
) -> None:
    """Run a job here and now, without a server, and print what came of it. Alerts are sent at once.

    Having nothing to do is no failure. Exit code 1 where the job is done, but somebody could not be told.
    """
    import json

    from beadwatch.services.jobs import run_job
    from beadwatch.services.notifying import open_alerts
    from beadwatch.settings import load_settings

    settings = load_settings()
    if deployment:
        with needing("flows"):
            typer.echo(json.dumps({"flow_run": _trigger(name)}))
        return
    ran = run_job(settings, name)
    typer.echo(json.dumps(ran.outcome.to_dict(), ensure_ascii=False))
    typer.echo(f"{'done' if ran.outcome.done else 'skipped'}: {ran.outcome.why}", err=True)
    if ran.alert is not None:
        with open_alerts(settings) as alerts:
            delivery = alerts.deliver()
        for why in delivery.failed:
            typer.echo(f"not told: {why}; the alert is kept, and told by the next `notify`", err=True)
        if delivery.failed:
            raise typer.Exit(1)


@app.command()
@needing("flows")
def serve(
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port of the local server; 0: a free one. Not with PREFECT_API_URL.")
    ] = 4200,
) -> None:
    """Serve all jobs with their schedules until Ctrl-C.

    Starts a Prefect server on this machine, with its database in the data folder, or uses that of PREFECT_API_URL.
    """
    import importlib.util
    import os

    from beadwatch.services.flow_server import API_URL, local_server, prepare
    from beadwatch.services.notifying import channels_of
    from beadwatch.settings import load_settings

    settings = load_settings()
    channels_of(settings)  # better now than when the first alert is to be sent
    if importlib.util.find_spec("prefect") is None:
        raise ModuleNotFoundError("prefect", name="prefect")
    if url := os.environ.get(API_URL):
        prepare(settings, url)
        _serve(url)
        return
    typer.echo("starting the Prefect server ...", err=True)
    with local_server(settings, port) as url:
        prepare(settings, url)
        _serve(url)


def _serve(url: str) -> None:
    from beadwatch.services.flow_serving import serve as serve_flows
    from beadwatch.settings import load_settings

    typer.echo(f"Prefect on {url.removesuffix('/api')}; Ctrl-C ends it", err=True)
    serve_flows(load_settings())


def _trigger(name: str) -> str:
    from beadwatch.domain.errors import JobError
    from beadwatch.services.flow_server import prepare, running_server
    from beadwatch.services.jobs import TITLES
    from beadwatch.settings import load_settings

    settings = load_settings()
    if name not in {*TITLES, "notify"}:
        raise JobError(f"no job {name!r}; there are: {', '.join(TITLES)}")
    prepare(settings, running_server(settings))
    from beadwatch.services.flow_serving import trigger

    return trigger(name)
