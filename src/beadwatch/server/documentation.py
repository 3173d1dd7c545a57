"""What the description of the HTTP interface says of every operation: the refusals that any of them may answer.

Each route tells of its own; those of middleware, validation and the store are the same everywhere, and stand here.
"""

from typing import Any

from fastapi import FastAPI

from beadwatch.server.gate import is_for_all
from beadwatch.server.schemas import ErrorBody, ErrorOut

_WRITING = frozenset({"post", "put", "patch", "delete"})
_TO_ALL = {421: "The Host header names another host than the station", 500: "The station failed unexpectedly"}
_TO_STRANGERS = {401: "The station is not open to everybody: no token, or one that is not known"}
_TO_WRITING = {
    400: "The body is no such thing as its type says, or is empty",
    403: "Sent by another site's page",
    408: "The request took too long to arrive",
    413: "Too many bytes",
}
_TO_WHAT_IS_ASKED = {422: "A wrong or missing field"}
_TO_USE_OF_THE_STORE = {503: "The station cannot read or write its store"}
_PLAIN = frozenset({"/healthz", "/readyz", "/v1/line"})  # neither store nor fields
_REFERENCE = {"$ref": "#/components/schemas/ErrorOut"}
_FASTAPI_S_OWN = ("HTTPValidationError", "ValidationError")


def document_refusals(app: FastAPI) -> None:
    """Have the application describe the refusals that it does not know of."""
    describe = app.openapi

    def whole() -> dict[str, Any]:
        if app.openapi_schema is None:
            _complete(describe())
        return describe()

    app.openapi = whole  # type: ignore[method-assign]  # as FastAPI's documentation has it


def _complete(described: dict[str, Any]) -> None:
    schemas = described["components"]["schemas"]
    for name in _FASTAPI_S_OWN:
        schemas.pop(name, None)
    for model in (ErrorBody, ErrorOut):
        schemas.setdefault(model.__name__, _schema(model))
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            for status, meaning in _refusals(path, method, operation).items():
                _add(operation["responses"], str(status), meaning)


def _schema(model: type[ErrorBody | ErrorOut]) -> dict[str, Any]:
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
    return {key: value for key, value in schema.items() if key != "$defs"}


def _refusals(path: str, method: str, operation: dict[str, Any]) -> dict[int, str]:
    refusals = dict(_TO_ALL)
    if not is_for_all(method.upper(), path):
        refusals |= _TO_STRANGERS
    if path not in _PLAIN:
        refusals |= _TO_USE_OF_THE_STORE
    if method in _WRITING:
        refusals |= _TO_WRITING
    if "parameters" in operation or "requestBody" in operation:
        refusals |= _TO_WHAT_IS_ASKED
    return refusals


def _add(responses: dict[str, Any], status: str, meaning: str) -> None:
    """Add a refusal; what the route itself says of it goes first, what FastAPI says of 422 never was true."""
    own = responses.get(status)
    if own is None or "HTTPValidationError" in str(own):
        responses[status] = {"description": meaning, "content": {"application/json": {"schema": _REFERENCE}}}
