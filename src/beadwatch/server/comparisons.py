"""The HTTP interface of comparisons: what a challenger in shadow, or a bulk inspection, answers otherwise. Thin.

For reviewers, of pictures that their team gave feedback on; inspections by themselves belong to no team, so that all of
them are for engineers. What a phone answered is for its team alone, as all feedback. Says what people labelled, and
never who.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.security import HTTPBearer

from beadwatch.domain.accounts import Caller, Role
from beadwatch.domain.second_answers import right_of
from beadwatch.server.access import REFUSALS, CallerRoute, account_of
from beadwatch.server.comparison_schemas import ComparisonList, DisagreementList, DisagreementQuery
from beadwatch.server.problems import public
from beadwatch.server.schemas import PLAIN
from beadwatch.services.station import Station
from beadwatch.storage.comparison_store import Comparison, Disagreement, DisagreementFilter, Scope

PlainText = Annotated[str, Path(max_length=128, pattern=PLAIN)]
comparison_router = APIRouter(route_class=CallerRoute, dependencies=[Depends(HTTPBearer(auto_error=False))])


@comparison_router.get("/v1/comparisons", response_model=ComparisonList, responses=REFUSALS)
def list_comparisons(request: Request) -> dict[str, Any]:
    """List the versions that have second answers, how they differ, and what is in shadow on this station."""
    caller, _ = account_of(request, Role.REVIEWER)
    station: Station = request.app.state.station
    found = station.comparisons.comparisons(_scope(caller))
    return {
        "comparisons": [_comparison_to_dict(each) for each in found],
        "shadows": _shadows(station, caller),
        "problems": [public(error)["message"] for error in station.shadows.problems()] if station.shadows else [],
    }


@comparison_router.get("/v1/comparisons/{task}/{version:path}", response_model=DisagreementList, responses=REFUSALS)
def list_disagreements(
    request: Request, task: PlainText, version: PlainText, query: Annotated[DisagreementQuery, Query()]
) -> dict[str, Any]:
    """List the pictures that a version answers otherwise: accept against reject first, then to and from review."""
    caller, _ = account_of(request, Role.REVIEWER)
    station: Station = request.app.state.station
    wanted = DisagreementFilter(task, version, query.before, query.now, query.after, query.limit)
    found = station.comparisons.disagreements(wanted, _scope(caller))
    return {
        "disagreements": [_disagreement_to_dict(each) for each in found],
        "next_after": found[-1].place if len(found) == query.limit else None,
    }


def _scope(caller: Caller) -> Scope:
    return Scope(caller.team, all_inspections=caller.may(Role.ENGINEER))


def _comparison_to_dict(one: Comparison) -> dict[str, Any]:
    return {
        **{name: getattr(one, name) for name in ("task", "version", "same", "changed", "failed", "on_phones")},
        "moves": [{name: getattr(move, name) for name in move.__slots__} for move in one.moves],
        "score": one.score.to_dict(),
    }


def _disagreement_to_dict(one: Disagreement) -> dict[str, Any]:
    first: dict[str, Any] = {"inspection": None, "feedback": None}
    if one.team is None:
        first["inspection"] = {"id": one.id, "created_at": one.created_at, **one.before}
    else:
        first["feedback"] = {"id": one.id, "received_at": one.created_at, **one.before}
    return {
        **first,
        "answer": one.now,
        "truth": one.truth.to_dict() if one.truth else None,
        "right": right_of(one.truth, one.before, one.now) if one.truth else None,
    }


def _shadows(station: Station, caller: Caller) -> list[dict[str, Any]]:
    if station.shadows is None:
        return []
    return [
        {
            "task": shadow.release.task,
            "version": shadow.release.version,
            "by": shadow.release.by if caller.may(Role.ENGINEER) else None,
            "since": shadow.release.at,
            "waiting": station.shadows.waiting(shadow),
            "problem": public(shadow.problem)["message"] if shadow.problem else None,
        }
        for shadow in station.shadows.running()
    ]
