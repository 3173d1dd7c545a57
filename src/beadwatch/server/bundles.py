"""What devices get to run the station's models themselves: a description to ask for often, and files that never change.

Public, as the list of models is. Thin: the values come from the card, the bytes from the bundle.
"""

import hashlib
import mimetypes
from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

from beadwatch.domain.labels import ClassLabel
from beadwatch.domain.model_card import Calibration, ModelCard
from beadwatch.domain.withdrawal import Withdrawal
from beadwatch.inference.bundle import DeviceFiles
from beadwatch.inference.explain import trained_mirrors
from beadwatch.server.bundle_schemas import BundleOut
from beadwatch.server.caching import ASK_AGAIN, FOR_EVER, knows, quoted
from beadwatch.server.models import card_head, classifier_for, label_to_dict
from beadwatch.server.schemas import ErrorOut
from beadwatch.services.station import Station

bundle_router = APIRouter()
_ANY_BYTES = "application/octet-stream"
_REFUSALS: dict[int | str, dict[str, Any]] = {
    304: {"description": "`If-None-Match` names what would be sent"},
    404: {"model": ErrorOut, "description": "The station has no such task, version or file"},
    503: {"model": ErrorOut, "description": "The task's bundle was refused or altered, or the store refuses"},
}
_BYTES: dict[int | str, dict[str, Any]] = {
    200: {"content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in (_ANY_BYTES, "image/png")}}
}


@bundle_router.get("/v1/bundles/{task}", response_model=BundleOut, responses=_REFUSALS)
def get_bundle(request: Request, task: str) -> Response:
    """Describe the model of a task to a device that runs it itself, with all versions that were withdrawn."""
    station: Station = request.app.state.station
    classifier = classifier_for(station, task, unknown_status=404)
    described = _described(classifier.card, classifier.device_files, station.withdrawals.withdrawn(task))
    body = BundleOut.model_validate(described).model_dump_json().encode()
    headers = {"ETag": quoted(hashlib.sha256(body).hexdigest()), "Cache-Control": ASK_AGAIN}
    if knows(request, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type="application/json")


@bundle_router.get("/v1/bundles/{task}/{version}/{file}", response_class=Response, responses=_BYTES | _REFUSALS)
def get_bundle_file(request: Request, task: str, version: str, file: str) -> Response:
    """Return a file of the model that `GET /v1/bundles/{task}` describes."""
    classifier = classifier_for(request.app.state.station, task, unknown_status=404)
    card, files = classifier.card, classifier.device_files
    if version != card.version:
        raise HTTPException(404, f"the station has {card.version} of {task}, not {version!r}: ask for the bundle again")
    if file not in files.sizes:
        raise HTTPException(404, f"no file {file!r} for devices; there are: {', '.join(files.sizes)}")
    headers = {"ETag": quoted(card.files[file]), "Cache-Control": FOR_EVER}
    if knows(request, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    return Response(files.read(file), headers=headers, media_type=mimetypes.guess_type(file)[0] or _ANY_BYTES)


def _described(card: ModelCard, files: DeviceFiles, withdrawn: list[Withdrawal]) -> dict[str, Any]:
    return {
        **card_head(card),
        "preprocess": asdict(card.preprocess),
        "labels": [_label(label, card) for label in card.task.labels],
        "calibration": _calibration(card.calibration),
        "mirrors": trained_mirrors(card.training),
        "golden": asdict(card.golden),
        "files": {name: {"sha256": card.files[name], "bytes": size} for name, size in files.sizes.items()},
        "withdrawn_versions": [one.to_dict() for one in withdrawn],
    }


def _label(label: ClassLabel, card: ModelCard) -> dict[str, Any]:
    more = ("is_good", "excludes_others", "cause", "remedy")
    return {**label_to_dict(label, card), **{name: getattr(label, name) for name in more}}


def _calibration(calibration: Calibration) -> dict[str, Any]:
    return {
        "accept_threshold": calibration.accept_threshold,
        "max_distance": calibration.max_distance,
        "miss_cost": calibration.miss_cost,
        "promise": calibration.promise,
        "appearance": asdict(calibration.appearance) if calibration.appearance else None,
    }
