"""The flows as deployments of a Prefect server: with their schedules, the automations that notify, and a runner.

Import it only after `flow_server.prepare`: Prefect reads its settings when it is imported.
"""

import asyncio
import contextlib
from datetime import UTC, datetime
from typing import Any

from prefect import get_client
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterName,
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import State, StateType
from prefect.deployments import run_deployment
from prefect.deployments.runner import RunnerDeployment
from prefect.events import DeploymentEventTrigger
from prefect.exceptions import ObjectNotFound
from prefect.runner import Runner
from prefect.schedules import Cron, Schedule
from prefect.states import AwaitingRetry, Crashed
from prefect.types.entrypoint import EntrypointType

from beadwatch import __version__
from beadwatch.domain.errors import JobError, SettingsError
from beadwatch.services.flows import DEPLOYMENT, FLOWS
from beadwatch.services.jobs import TITLES
from beadwatch.settings import Settings

AT_ONCE = 3  # a notice must not wait for a training
MOST_STARTS = 2  # a run that was killed that often is given up: it may be what kills
_ASK_S = 5.0
_JOB_TAG = "beadwatch-job"
_EVENT = {  # a template alone keeps its type; with text around it, it would be a string
    "id": "{{ event.id | string }}",
    "event": "{{ event.event }}",
    "resource": "{{ (event.resource.name or event.resource.id) }}",
    "occurred": "{{ event.occurred | string }}",
    "payload": "{{ event.payload }}",
}


def deployments(settings: Settings) -> list[RunnerDeployment]:
    """Return a deployment of each flow, with its schedule.

    Raises:
        SettingsError: a schedule or the time zone makes no sense.
    """
    crons = {
        "collect": settings.flow_collect_cron,
        "retrain": settings.flow_retrain_cron,
        "notify": settings.flow_notify_cron,
    }
    return [_deployment(name, crons.get(name, "none"), settings.flow_timezone) for name in FLOWS]


def serve(settings: Settings) -> None:
    """Serve all flows until Ctrl-C or SIGTERM; then their schedules are paused and what runs is ended.

    Raises:
        SettingsError: a schedule or the time zone makes no sense.
    """
    runner = _Runner(name=DEPLOYMENT, query_seconds=_ASK_S, pause_on_shutdown=True, limit=AT_ONCE)
    for deployment in deployments(settings):
        runner.add_deployment(deployment)
    with contextlib.suppress(KeyboardInterrupt, asyncio.CancelledError):
        asyncio.run(_served(runner))


def trigger(name: str) -> str:
    """Have the server run a deployment now; return the id of the run.

    Raises:
        JobError: nobody serves it.
    """
    try:
        run: Any = run_deployment(f"{name}/{DEPLOYMENT}", timeout=0, as_subflow=False)
    except ObjectNotFound as error:
        raise JobError(f"the server has no deployment {name}/{DEPLOYMENT}: start `beadwatch flows serve`") from error
    return str(run.id)


async def _served(runner: "_Runner") -> None:
    runner.serving = asyncio.current_task()
    await take_up()
    await runner.start()


async def take_up() -> None:
    """Start runs again that were under way when whoever served them was killed; give up those that were so twice.

    Runs that were due while nobody served are dropped, but for one of each flow.
    """
    ours = DeploymentFilter(name=DeploymentFilterName(any_=[DEPLOYMENT]))
    async with get_client() as client:
        for run in await client.read_flow_runs(deployment_filter=ours, flow_run_filter=_in_state("RUNNING", "PENDING")):
            again = run.run_count < MOST_STARTS
            state: State[Any] = AwaitingRetry() if again else Crashed(message="its process was killed, each time")
            await client.set_flow_run_state(run.id, state, force=True)
        seen = set()
        for run in await client.read_flow_runs(deployment_filter=ours, flow_run_filter=_in_state("SCHEDULED")):
            late = run.run_count == 0 and run.expected_start_time and run.expected_start_time < datetime.now(UTC)
            if late and run.deployment_id in seen:
                await client.delete_flow_run(run.id)
            elif late:
                seen.add(run.deployment_id)


def _in_state(*names: str) -> FlowRunFilter:
    return FlowRunFilter(
        state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType(name) for name in names]))
    )


class _Runner(Runner):
    serving: asyncio.Task[None] | None = None

    def handle_sigterm(self, *_args: Any, **_options: Any) -> None:
        """End as Ctrl-C does, by leaving the runner's `async with`: its own handler does not wait for that."""
        if self.serving is not None:
            self.serving.get_loop().call_soon_threadsafe(self.serving.cancel)


def _deployment(name: str, cron: str, timezone: str) -> RunnerDeployment:
    try:
        return _scheduled(name, None if cron == "none" else Cron(cron, timezone=timezone))
    except ValueError as error:
        raise SettingsError(f"the schedule {cron!r} in {timezone!r} makes no sense: {error}") from error


def _scheduled(name: str, schedule: Schedule | None) -> RunnerDeployment:
    made: Any = FLOWS[name].to_deployment(
        DEPLOYMENT,
        schedule=schedule,
        paused=False,  # it was paused when it was served last
        concurrency_limit=None,
        description=TITLES.get(name, "Tell people what they were not told so far"),
        tags=[_JOB_TAG] if name in TITLES else [],
        triggers=list(_triggers()) if name == "notify" else None,
        version=__version__,
        entrypoint_type=EntrypointType.MODULE_PATH,
    )
    found: RunnerDeployment = made
    return found


def _triggers() -> tuple[DeploymentEventTrigger, ...]:
    return (
        DeploymentEventTrigger(
            name="Beadwatch: tell of drift",
            description="Mail and webhook when what comes in has drifted from what the model knows.",
            expect={"drift.detected"},
            parameters={"event": _EVENT},
        ),
        DeploymentEventTrigger(
            name="Beadwatch: tell of a job that failed",
            description="Mail and webhook when a job of the loop failed or its process died.",
            expect={"prefect.flow-run.Failed", "prefect.flow-run.Crashed"},
            match_related={"prefect.resource.id": f"prefect.tag.{_JOB_TAG}"},
            parameters={"event": _EVENT},
        ),
    )
