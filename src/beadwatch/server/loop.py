"""The HTTP interface of the loop's dashboard: how data grows, how people and model agree, what the loop did. Thin.

For reviewers; feedback of their own team only. What the loop did names people of all teams: it is for engineers.
"""

from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.security import HTTPBearer
from pydantic import BaseModel, Field

from beadwatch.domain.accounts import Role
from beadwatch.domain.agreement import by_class, by_day, by_person
from beadwatch.server.access import REFUSALS, CallerRoute, account_of
from beadwatch.server.problems import without_paths
from beadwatch.services.station import Station
from beadwatch.storage.feedback_store import FeedbackFilter

loop_router = APIRouter(route_class=CallerRoute, dependencies=[Depends(HTTPBearer(auto_error=False))])
_COUNTED = 5000  # feedback: what is older does not say how things are now
_STEPS = 200
_MOVES = 200  # of each task


class DayOut(BaseModel):
    """What arrived on one day (UTC), and what reviewers made of it since."""

    day: str
    received: int
    accepted: int
    rejected: int


class ShareOut(BaseModel):
    """A share, 0 to 1, with its 95 % interval (Wilson)."""

    value: float
    low: float
    high: float


class PersonOut(BaseModel):
    """What one account sent. `name` is null for guests."""

    account_id: str | None
    name: str | None
    sent: int
    disagreed: int
    accepted: int
    rejected: int
    agreement: ShareOut | None = Field(description="pictures on which person and model said the same")


class ClassOut(BaseModel):
    """On how many pictures person and model saw a class, what reviewers rejected left out."""

    label: str
    both: int
    person_only: int
    model_only: int
    agreement: ShareOut | None = Field(description="of the pictures on which anybody saw it, those on which both did")


class StepOut(BaseModel):
    """One step of the loop."""

    kind: str = Field(description="collect, drift, retrain, gate or release")
    task: str
    made_at: str
    words: str
    figures: dict[str, Any]


class MoveOut(BaseModel):
    """One move of a task's champion, as the release channel has it."""

    task: str
    sequence: int
    kind: str = Field(description="publish or rollback")
    version: str
    published: int = Field(description="the move that published this version, which a rollback went back to")
    by: str
    at: str
    why: str
    verdict: dict[str, Any] = Field(description="the gate's, as it was given when the version was published")
    override: dict[str, Any] | None = Field(description="who released against the gate, and why")


class LoopOut(BaseModel):
    """What the dashboard shows."""

    counted: int = Field(description="the newest feedback of the team, that the counts are of")
    days: list[DayOut]
    people: list[PersonOut]
    classes: list[ClassOut]
    steps: list[StepOut] = Field(description="the newest first; none but for engineers and admins")
    moves: list[MoveOut] | None = Field(
        description="by task, the oldest first, whoever made them; null without a release channel, and for reviewers"
    )
    moves_problem: str = Field(description="why moves may be missing; empty where none is")


@loop_router.get("/v1/loop", response_model=LoopOut, responses=REFUSALS)
def get_loop(request: Request) -> dict[str, Any]:
    """Return the counts and steps that the dashboard shows."""
    caller, _ = account_of(request, Role.REVIEWER)
    station: Station = request.app.state.station
    found = [(each.body, each.review) for each in station.feedback.find(FeedbackFilter(caller.team, limit=_COUNTED))]
    people = by_person(found)
    engineer = caller.may(Role.ENGINEER)
    steps = station.loop.find(limit=_STEPS) if engineer else []
    seen = station.moves.read(_MOVES) if station.moves and engineer else None
    names = station.accounts.names({one.account_id for one in people if one.account_id})
    return {
        "counted": len(found),
        "days": [one.to_dict() for one in by_day(found)],
        "people": [one.to_dict() | {"name": names.get(one.account_id or "")} for one in people],
        "classes": [one.to_dict() for one in by_class(found)],
        "steps": [step.to_dict() for step in steps],
        "moves": None if seen is None else [move.to_dict() for move in seen.moves],
        "moves_problem": without_paths(seen.problem) if seen else "",
    }
