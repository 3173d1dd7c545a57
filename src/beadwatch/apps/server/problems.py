"""Errors as HTTP answers: one JSON shape, `{"error": {"type", "message"}}`, and one table of statuses."""

import logging
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from beadwatch.apps.server.schemas import ErrorOut
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

_SERVER_FAULT = 500
_RETRY_AFTER_S = 5
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
    answer = problem(status, type(error).__name__, str(error))
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
