"""The jobs as Prefect flows. Thin: settings, retries, why something was skipped, and the event that people hear of.

Prefect runs each flow in a process of its own and finds it by its name in this module.
"""

import ctypes
import signal
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

from prefect import flow, get_run_logger, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.deployments import run_deployment
from prefect.events import emit_event
from prefect.runtime import deployment, flow_run
from prefect.states import Completed

from beadwatch.domain.alerts import MAX_NAME, MAX_WHY, Alert
from beadwatch.domain.errors import NoticeError, NotReadyError, SettingsError
from beadwatch.lifecycle.jobs import JobOutcome
from beadwatch.services.jobs import Ran, run_job
from beadwatch.services.notifying import open_alerts
from beadwatch.settings import Settings, load_settings

_PR_SET_PDEATHSIG = 1  # of Linux's prctl
DEPLOYMENT = "beadwatch"  # every deployment's name; with its flow's: collect/beadwatch


def _run_name() -> str:
    return f"{flow_run.flow_name} {flow_run.scheduled_start_time:%Y-%m-%d %H:%M:%S}"


@flow(name="initial-collection", flow_run_name=_run_name)
def initial_collection() -> State[None]:
    """Import the public sets, audit, group, split and freeze them."""
    return _run("initial-collection")


@flow(name="collect", flow_run_name=_run_name)
def collect() -> State[None]:
    """Pull feedback in and freeze the new snapshot; then drift is checked."""
    state = _run("collect")
    if deployment.id is not None:
        key = f"after {flow_run.id}"  # a run that was killed here and goes on asks for the same one
        run_deployment(f"check-drift/{DEPLOYMENT}", timeout=0, as_subflow=False, idempotency_key=key)
    return state


@flow(name="check-drift", flow_run_name=_run_name)
def check_drift() -> State[None]:
    """Compare what comes in now with what the model knows."""
    return _run("check-drift")


@flow(name="retrain", flow_run_name=_run_name)
def retrain() -> State[None]:
    """Train a challenger where drift or new data ask for it."""
    return _run("retrain")


@flow(name="bulk-inspect", flow_run_name=_run_name)
def bulk_inspect() -> State[None]:
    """Inspect stored pictures with the current models and compare the answers."""
    return _run("bulk-inspect")


@flow(name="notify", flow_run_name=_run_name)
def notify(event: dict[str, Any] | None = None) -> State[None]:
    """Tell people of an event, and of all that they were not told so far. `event` is what an automation fills in."""
    settings = load_settings()
    if event is not None:
        with open_alerts(settings) as alerts:
            alerts.record(alert_of(event))
    return _state(_tried_again(settings, "notify", partial(_deliver, settings)))


FLOWS = {one.name: one for one in (initial_collection, collect, check_drift, retrain, bulk_inspect, notify)}


def alert_of(event: dict[str, Any]) -> Alert:
    """Return the alert that a Prefect event is; of one that was recorded before it was sent, the same.

    Takes `id`, `event`, `resource`, `occurred` and `payload` as an automation's template makes them.
    """
    payload = dict(event.get("payload") or {})
    state = payload.get("validated_state") or {}
    why = str(payload.pop("why", None) or (isinstance(state, dict) and state.get("message")) or "")
    return Alert(
        id=uuid.UUID(str(event["id"])).hex,
        event=str(event["event"]),
        resource=str(event.get("resource") or "")[:MAX_NAME],
        why=why[:MAX_WHY],
        facts=payload,
        raised_at=datetime.fromisoformat(str(event["occurred"])).astimezone(UTC),
    )


def _run(name: str) -> State[None]:
    if deployment.id is not None:
        _end_with_parent()
    settings = load_settings()
    alert_id = uuid.uuid5(uuid.UUID(flow_run.id), name).hex  # the same one, however often this run is tried

    def job() -> JobOutcome:
        ran = run_job(settings, name, alert_id=alert_id)
        _tell(ran)
        return ran.outcome

    return _state(_tried_again(settings, name, job))


def _end_with_parent() -> None:
    """Have Linux kill this process when the one that serves flows dies, which otherwise would start the job again."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _tried_again(settings: Settings, name: str, job: Callable[[], JobOutcome]) -> JobOutcome:
    step: Any = task(
        name=name,
        retries=settings.flow_retries,
        retry_delay_seconds=settings.flow_retry_delay_s,
        retry_condition_fn=_may_help,
        cache_policy=NO_CACHE,
    )(job)
    outcome: JobOutcome = step()
    return outcome


def _may_help(_task: Any, _run: TaskRun, state: State[Any]) -> bool:
    try:
        state.result()
    except (NotReadyError, SettingsError):
        return False
    except Exception:  # noqa: BLE001  # whatever else it was: this asks only whether to try again
        return True
    return False


def _state(outcome: JobOutcome) -> State[None]:
    log = get_run_logger()
    log.info("%s: %s", "done" if outcome.done else "skipped", outcome.why)
    return Completed(name="Completed" if outcome.done else "Skipped", message=outcome.why)


def _tell(ran: Ran) -> None:
    if (alert := ran.alert) is not None:
        emit_event(
            event=alert.event,
            resource={
                "prefect.resource.id": alert.resource or f"beadwatch.{ran.name}",
                "prefect.resource.name": alert.resource or ran.name,
            },
            occurred=alert.raised_at,
            payload={**alert.facts, "why": alert.why},
            id=uuid.UUID(alert.id),
        )


def _deliver(settings: Settings) -> JobOutcome:
    with open_alerts(settings) as alerts:
        delivery = alerts.deliver()
    if delivery.failed:
        raise NoticeError(f"{'; '.join(delivery.failed)}. What was not sent waits, and is tried again")
    words = f"sent {delivery.sent} notices" if delivery.sent else "nobody is waiting to be told"
    return JobOutcome(delivery.sent > 0, words, {"sent": delivery.sent})
