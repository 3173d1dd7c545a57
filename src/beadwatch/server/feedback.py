"""The HTTP interface of accounts and feedback: pair a device, send feedback, list and review it. Thin.

Everybody sees their own team only: what another team has is answered as if it were not there.
"""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, File, Form, Query, Request, Response, UploadFile
from fastapi.security import HTTPBearer
from starlette.exceptions import HTTPException

from beadwatch.domain.accounts import Caller, Role
from beadwatch.domain.errors import FeedbackError
from beadwatch.domain.feedback import Sender, feedback_from_dict, review_from_dict
from beadwatch.domain.labels import TASKS
from beadwatch.imaging.decode import check, decoded
from beadwatch.imaging.preview import thumbnail
from beadwatch.imaging.work import SHORTLY_S
from beadwatch.server.access import REFUSALS, UNKNOWN, CallerRoute, PairingRoute, account_of, caller_of
from beadwatch.server.feedback_schemas import (
    FeedbackDetail,
    FeedbackList,
    FeedbackOut,
    FeedbackQuery,
    Order,
    PairIn,
    PairOut,
)
from beadwatch.server.problems import ERROR_RESPONSES
from beadwatch.server.review_order import most_useful_first
from beadwatch.server.schemas import ErrorOut
from beadwatch.services.station import Station
from beadwatch.storage.feedback_store import FeedbackFilter, StoredFeedback

_THUMBNAIL_PX = 320
_PICTURE_PX = 1600  # what a screen shows; the picture itself, with what is in its metadata, stays at the station
_ID = re.compile(r"[0-9a-f]{32}")
_SENDING = ERROR_RESPONSES | UNKNOWN | {
    200: {"model": FeedbackOut, "description": "It is stored already: nothing has changed"},
    409: {"model": ErrorOut, "description": "Other content is stored under this id"},
    410: {"model": ErrorOut, "description": "It was deleted, and is not taken again"},
}  # fmt: skip
_READING_ONE = REFUSALS | {404: {"model": ErrorOut, "description": "The team has no such feedback"}}
_JPEG = _READING_ONE | {200: {"content": {"image/jpeg": {}}}}

pairing_router = APIRouter(route_class=PairingRoute)
# What checks the token is `CallerRoute`; this tells the documentation.
feedback_router = APIRouter(route_class=CallerRoute, dependencies=[Depends(HTTPBearer(auto_error=False))])


@pairing_router.post(
    "/v1/pair",
    status_code=201,
    response_model=PairOut,
    responses={
        403: {"model": ErrorOut, "description": "The code is wrong, used or too old"},
        429: UNKNOWN[429],
    },
)
def pair(request: Request, response: Response, wanted: PairIn) -> dict[str, Any]:
    """Exchange a pairing code for the token of a new device. The token is shown this once."""
    token, account, device = _station(request).accounts.pair(wanted.code, wanted.device_name)
    response.headers["Cache-Control"] = "no-store"
    return {
        "token": token,
        "device_id": device.id,
        "account_id": account.id,
        "account": account.name,
        "role": account.role.value,
        "team": account.team,
    }


@feedback_router.post("/v1/feedback", status_code=201, response_model=FeedbackOut, responses=_SENDING)
def create_feedback(
    request: Request,
    response: Response,
    picture: Annotated[UploadFile, File(description="the picture as it was judged on the device")],
    feedback: Annotated[str, Form(description="a JSON object; docs/feedback.md lists its fields")],
) -> dict[str, Any]:
    """Store a picture with the model's answer and the person's. Sending the same again changes nothing."""
    station, caller = _station(request), caller_of(request)
    tasks = {**TASKS} | {name: classifier.card.task for name, classifier in station.models.ready.items()}
    sender = Sender(caller.account_id, caller.device_id, caller.team)
    given = feedback_from_dict(_json(feedback), sender, datetime.now(UTC), tasks)
    data = picture.file.read()
    check(data, SHORTLY_S)
    stored, is_new = station.feedback.append(given, data)
    response.status_code = 201 if is_new else 200
    return stored.to_dict()


@feedback_router.get("/v1/feedback", response_model=FeedbackList, responses=REFUSALS)
def list_feedback(request: Request, query: Annotated[FeedbackQuery, Query()]) -> dict[str, Any]:
    """List the team's feedback, for reviewers. Within an order, the newest first."""
    caller, _ = account_of(request, Role.REVIEWER)
    station = _station(request)
    wanted = FeedbackFilter(
        team=caller.team,
        task=query.task,
        label=query.label,
        disagrees=query.disagrees,
        reviewed=query.reviewed,
        since=query.since,
        disagreements_first=query.order is Order.DISAGREEMENTS,
        before=query.before,
        limit=query.limit,
    )
    by_value = query.order is Order.VALUE
    found = most_useful_first(station, wanted) if by_value else station.feedback.find(wanted)
    return {
        "feedback": [each.to_dict() for each in found],
        "people": _people(request, [person for stored in found for person in (stored.body, stored.review)]),
        "next_before": found[-1].body["id"] if len(found) == query.limit else None,
    }


@feedback_router.get("/v1/feedback/{feedback_id}", response_model=FeedbackDetail, responses=_READING_ONE)
def get_feedback(request: Request, feedback_id: str) -> dict[str, Any]:
    """Return one feedback of the team with all its reviews: to reviewers, and to whoever sent it."""
    caller, stored = _readable(request, feedback_id)
    reviews = _station(request).feedback.reviews(caller.team, feedback_id)
    return {**stored.to_dict(), "reviews": reviews, "people": _people(request, [stored.body, *reviews])}


@feedback_router.get("/v1/feedback/{feedback_id}/thumbnail", response_class=Response, responses=_JPEG)
def get_thumbnail(request: Request, feedback_id: str) -> Response:
    """Return a small upright JPEG of the picture, without its metadata."""
    return _jpeg(request, feedback_id, _THUMBNAIL_PX)


@feedback_router.get("/v1/feedback/{feedback_id}/picture", response_class=Response, responses=_JPEG)
def get_picture(request: Request, feedback_id: str) -> Response:
    """Return the picture to look at: an upright JPEG of at most 1600 px, without its metadata."""
    return _jpeg(request, feedback_id, _PICTURE_PX)


@feedback_router.post(
    "/v1/feedback/{feedback_id}/review", status_code=201, response_model=FeedbackOut, responses=_READING_ONE
)
def create_review(
    request: Request,
    feedback_id: str,
    review: Annotated[dict[str, Any], Body(description="`verdict`: accepted or rejected; `note`, if there is one")],
) -> dict[str, Any]:
    """Accept or reject another person's labels. Reviews are kept beside each other; the newest counts."""
    caller, account_id = account_of(request, Role.REVIEWER)
    if _existing(request, caller, feedback_id).body["account_id"] == account_id:
        raise HTTPException(403, "nobody reviews their own feedback: another reviewer of your team has to")
    made = review_from_dict(review, account_id, datetime.now(UTC))
    stored = _station(request).feedback.review(caller.team, feedback_id, made)
    if stored is None:
        raise _no_feedback()
    return stored.to_dict()


def _jpeg(request: Request, feedback_id: str, side_px: int) -> Response:
    _, stored = _readable(request, feedback_id)
    data = _station(request).blobs.get(stored.body["sha256"])
    with decoded(data, SHORTLY_S) as image:
        picture = thumbnail(image, side_px)
    headers = {"Cache-Control": "private, max-age=86400", "Vary": "Authorization, Cookie"}
    return Response(picture, media_type="image/jpeg", headers=headers)


def _people(request: Request, acts: Sequence[Mapping[str, Any] | None]) -> dict[str, str]:
    """Return the names of the accounts that sent or reviewed."""
    return _station(request).accounts.names({act["account_id"] for act in acts if act and act["account_id"]})


def _readable(request: Request, feedback_id: str) -> tuple[Caller, StoredFeedback]:
    caller, account_id = account_of(request)
    stored = _existing(request, caller, feedback_id)
    if not caller.may(Role.REVIEWER) and stored.body["account_id"] != account_id:
        raise _no_feedback()
    return caller, stored


def _existing(request: Request, caller: Caller, feedback_id: str) -> StoredFeedback:
    found = _ID.fullmatch(feedback_id) and _station(request).feedback.get(caller.team, feedback_id)
    if not found:
        raise _no_feedback()
    return found


def _no_feedback() -> HTTPException:
    return HTTPException(404, "your team has no such feedback")


def _json(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise FeedbackError("feedback: this is no JSON") from error


def _station(request: Request) -> Station:
    station: Station = request.app.state.station
    return station
