"""The HTTP interface of the loop's dashboard: how data grows, how people and model agree, what the loop did. Thin.

For reviewers; feedback of their own team only. What the loop did names people of all teams: it is for engineers.
"""

from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from beadwatch.apps.server.access import CallerRoute, account_of
from beadwatch.apps.wiring import Station
from beadwatch.domain.accounts import Role
from beadwatch.domain.agreement import by_class, by_day, by_person
from beadwatch.store.feedback_store import FeedbackFilter

loop_router = APIRouter(route_class=CallerRoute)
_COUNTED = 5000  # feedback: what is older does not say how things are now
_STEPS = 200


class DayOut(BaseModel):
    """What arrived on one day (UTC), and what reviewers made of it since."""

    day: str
    received: int
    accepted: int
    rejected: int


class PersonOut(BaseModel):
    """What one account sent. `name` is null for guests."""

    account_id: str | None
    name: str | None
    sent: int
    disagreed: int
    accepted: int
    rejected: int


class ClassOut(BaseModel):
    """On how many pictures person and model saw a class, what reviewers rejected left out."""

    label: str
    both: int
    person_only: int
    model_only: int


class StepOut(BaseModel):
    """One step of the loop."""

    kind: str = Field(description="collect, drift, retrain, gate or release")
    task: str
    made_at: str
    words: str
    figures: dict[str, Any]


class LoopOut(BaseModel):
    """What the dashboard shows."""

    counted: int = Field(description="the newest feedback of the team, that the counts are of")
    days: list[DayOut]
    people: list[PersonOut]
    classes: list[ClassOut]
    steps: list[StepOut] = Field(description="the newest first; none but for engineers and admins")


@loop_router.get("/v1/loop", response_model=LoopOut)
def get_loop(request: Request) -> dict[str, Any]:
    """Return the counts and steps that the dashboard shows."""
    caller, _ = account_of(request, Role.REVIEWER)
    station: Station = request.app.state.station
    found = [(each.body, each.review) for each in station.feedback.find(FeedbackFilter(caller.team, limit=_COUNTED))]
    people = by_person(found)
    steps = station.loop.find(limit=_STEPS) if caller.may(Role.ENGINEER) else []
    names = station.accounts.names({one.account_id for one in people if one.account_id})
    return {
        "counted": len(found),
        "days": [one.to_dict() for one in by_day(found)],
        "people": [one.to_dict() | {"name": names.get(one.account_id or "")} for one in people],
        "classes": [one.to_dict() for one in by_class(found)],
        "steps": [step.to_dict() for step in steps],
    }
