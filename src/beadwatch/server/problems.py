"""Errors as HTTP answers: one JSON shape, `{"error": {"type", "message"}}`, and one table of statuses."""

import logging
import re
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from beadwatch.domain.errors import (
    AccountError,
    BeadwatchError,
    BrokenImageError,
    BundleError,
    BusyError,
    EmptyImageError,
    FeedbackConflictError,
    FeedbackDeletedError,
    FeedbackError,
    ImageTooLargeError,
    ImageTooSmallError,
    ReleaseError,
    StoreError,
    UnsupportedImageError,
)
from beadwatch.domain.text import valid_text
from beadwatch.server.schemas import ErrorOut

_SERVER_FAULT = 500
_RETRY_AFTER_S = 5
_PLACE = re.compile(r"(?<![\w.])/(?=\S)(?:[^:'\"\n]*/)?")  # greedy: a folder's name may hold spaces
_log = logging.getLogger(__name__)
_STATUS: dict[type[BeadwatchError], int] = {
    EmptyImageError: 400,
    AccountError: 403,
    FeedbackConflictError: 409,
    FeedbackDeletedError: 410,
    ImageTooLargeError: 413,
    UnsupportedImageError: 415,
    BrokenImageError: 422,
    ImageTooSmallError: 422,
    FeedbackError: 422,
    BundleError: 503,
    BusyError: 503,
    ReleaseError: 503,
    StoreError: 503,
}
ERROR_RESPONSES: dict[int | str, dict[str, Any]] = {
    400: {"model": ErrorOut, "description": "Empty or malformed upload"},
    413: {"model": ErrorOut, "description": "Too many bytes or too many pixels"},
    415: {"model": ErrorOut, "description": "No picture, or not of a format that is read"},
    422: {"model": ErrorOut, "description": "A damaged or too small picture, or a wrong field"},
    503: {
        "model": ErrorOut,
        "description": "No usable model for the task, the store refuses, or too much is in work (`Retry-After`)",
    },
}


class TooManyBytes(HTTPException):
    """A body over its limit, found while it arrives: an HTTP error, since FastAPI lets nothing else through there."""

    def __init__(self, type_name: str, message: str) -> None:
        super().__init__(413, message)
        self.type_name = type_name


def public(error: BeadwatchError) -> dict[str, str]:
    """Return an error of the station's own as it is told to whoever asks; its log has the whole."""
    if type(error) is StoreError:  # whatever a database or a file system says
        return {"type": "StoreError", "message": "the station cannot read or write its store; its log says why"}
    return {"type": type(error).__name__, "message": without_paths(str(error))}


def without_paths(text: str) -> str:
    """Return a message with the last names alone of the places that it names."""
    return _PLACE.sub("", text)


def problem(status: int, type_name: str, message: str) -> JSONResponse:
    """Return an error answer; a message may hold whatever was sent."""
    # The answer to an unexpected error passes no middleware that would set this.
    headers = {"X-Content-Type-Options": "nosniff"}
    return JSONResponse(
        {"error": {"type": type_name, "message": valid_text(message)}}, status_code=status, headers=headers
    )


def own_problem(error: BeadwatchError) -> JSONResponse:
    """Return the answer to an error of ours."""
    status, is_busy = _STATUS.get(type(error), 500), isinstance(error, BusyError)
    if status >= _SERVER_FAULT and not is_busy:
        _log.error("%s: %s", type(error).__name__, error)
    message = public(error)["message"] if status >= _SERVER_FAULT else str(error)
    answer = problem(status, type(error).__name__, message)
    if is_busy:
        answer.headers["Retry-After"] = str(_RETRY_AFTER_S)
    return answer


def http_problem(error: HTTPException) -> JSONResponse:
    """Return the answer to an error that is an answer already."""
    type_name = error.type_name if isinstance(error, TooManyBytes) else "RequestError"
    answer = problem(error.status_code, type_name, str(error.detail))
    answer.headers.update(error.headers or {})
    return answer


def add_error_handlers(app: FastAPI) -> None:
    """Give every error of the application the one shape."""

    @app.exception_handler(BeadwatchError)
    def of_ours(_request: Request, error: BeadwatchError) -> JSONResponse:
        return own_problem(error)

    @app.exception_handler(RequestValidationError)
    def of_validation(_request: Request, error: RequestValidationError) -> JSONResponse:
        wrong = "; ".join(f"{'.'.join(map(str, item['loc'][1:]))}: {item['msg']}" for item in error.errors())
        return problem(422, "RequestError", f"{wrong}. See /docs for what is expected")

    @app.exception_handler(HTTPException)
    def of_http(_request: Request, error: HTTPException) -> JSONResponse:
        return http_problem(error)

    @app.exception_handler(Exception)
    def of_anything_else(_request: Request, error: Exception) -> JSONResponse:
        _log.exception("unexpected error", exc_info=error)
        return problem(500, "InternalError", "the station failed unexpectedly; its log says where. Try again")
