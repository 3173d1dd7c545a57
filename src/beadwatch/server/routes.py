"""The HTTP interface. Thin: decode, inspect, store, answer."""

from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Query, Request, Response, UploadFile
from starlette.exceptions import HTTPException

from beadwatch.domain.inspection import Inspection
from beadwatch.domain.labels import Disposition
from beadwatch.domain.model_card import ModelCard
from beadwatch.domain.text import file_name
from beadwatch.imaging.decode import decoded
from beadwatch.imaging.heat_map import heat_overlay
from beadwatch.imaging.preview import thumbnail
from beadwatch.imaging.work import SHORTLY_S
from beadwatch.server.admission import AdmittedRoute
from beadwatch.server.models import card_head, classifier_for, label_to_dict
from beadwatch.server.problems import ERROR_RESPONSES, public
from beadwatch.server.schemas import PLAIN, ErrorOut, InspectionList, InspectionOut, ModelList
from beadwatch.services.inspecting import unless_withdrawn
from beadwatch.services.station import Station
from beadwatch.storage.inspection_store import InspectionFilter

router = APIRouter()
admitted_router = APIRouter(route_class=AdmittedRoute)  # what makes the model work
_BUSY: dict[int | str, dict[str, Any]] = {
    429: {"model": ErrorOut, "description": "All places are taken; `Retry-After` says when to try again"}
}
_NOT_FOUND: dict[int | str, dict[str, Any]] = {404: {"model": ErrorOut, "description": "No such inspection"}}
_HEAT_MAP = _BUSY | {
    200: {"content": {"image/png": {}}},
    404: {"model": ErrorOut, "description": "No such inspection, or nothing in the picture speaks for the class"},
    409: {"model": ErrorOut, "description": "The model that made the inspection is no longer the station's"},
}
_MAX_NAME = 255
_THUMBNAIL_PX = 320


def _station(request: Request) -> Station:
    station: Station = request.app.state.station
    return station


@admitted_router.post(
    "/v1/inspections", status_code=201, response_model=InspectionOut, responses=ERROR_RESPONSES | _BUSY
)
def create_inspection(
    request: Request,
    image: Annotated[UploadFile, File(description="one still picture: PNG, JPEG, WebP, BMP, TIFF or GIF")],
    task: Annotated[str, Form(description="tig (process camera) or surface (photo of a finished weld)")],
) -> dict[str, Any]:
    """Inspect one picture and store the inspection with the picture."""
    station = _station(request)
    classifier = classifier_for(station, task)
    data = image.file.read()
    with decoded(data, SHORTLY_S) as picture:
        inspection = classifier.inspect(file_name(image.filename or "upload", _MAX_NAME), picture)
    inspection = _unless_withdrawn(station, inspection)
    station.blobs.put(data)
    return station.inspections.append(inspection).to_dict()


@router.get("/v1/inspections", response_model=InspectionList)
def list_inspections(
    request: Request,
    task: Annotated[str | None, Query(max_length=128, pattern=PLAIN)] = None,
    disposition: Disposition | None = None,
    before: Annotated[
        str | None,
        Query(max_length=64, pattern=PLAIN, description="the id after which to go on, from `next_before`"),
    ] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> dict[str, Any]:
    """List inspections, the newest first."""
    wanted = InspectionFilter(task, disposition, before, limit)
    found = _station(request).inspections.find(wanted)
    return {
        "inspections": [stored.to_dict() for stored in found],
        "next_before": found[-1].id if len(found) == limit else None,
    }


@router.get("/v1/inspections/{inspection_id}", response_model=InspectionOut, responses=_NOT_FOUND)
def get_inspection(request: Request, inspection_id: str) -> dict[str, Any]:
    """Return one inspection."""
    stored = _station(request).inspections.get(inspection_id) if inspection_id.isalnum() else None
    if stored is None:
        raise HTTPException(404, f"no inspection {inspection_id!r}")
    return stored.to_dict()


@router.get(
    "/v1/inspections/{inspection_id}/thumbnail",
    response_class=Response,
    responses=_NOT_FOUND | {200: {"content": {"image/jpeg": {}}}},
)
def get_thumbnail(request: Request, inspection_id: str) -> Response:
    """Return a small upright JPEG of the inspected picture, without its metadata."""
    body = get_inspection(request, inspection_id)
    with decoded(_station(request).blobs.get(body["sha256"]), SHORTLY_S) as image:
        picture = thumbnail(image, _THUMBNAIL_PX)
    return Response(picture, media_type="image/jpeg", headers={"Cache-Control": "private, max-age=86400"})


@admitted_router.get("/v1/inspections/{inspection_id}/heatmap", response_class=Response, responses=_HEAT_MAP)
def get_heat_map(
    request: Request,
    inspection_id: str,
    label: Annotated[str | None, Query(description="the class; the finding that matters most, if left out")] = None,
) -> Response:
    """Return where the evidence for a class is: a PNG to stretch over the whole picture, clear where there is none."""
    station, body = _station(request), get_inspection(request, inspection_id)
    classifier, wanted = classifier_for(station, body["task"]), label or body["label"]
    if classifier.card.version != body["model_version"]:
        raise HTTPException(409, f"made by {body['model_version']}; the station now has {classifier.card.version}")
    if wanted not in classifier.card.task.label_names:
        raise HTTPException(422, f"no class {wanted!r}; there are: {', '.join(classifier.card.task.label_names)}")
    with decoded(station.blobs.get(body["sha256"]), SHORTLY_S) as image:
        (explanation,) = classifier.explain(image, [wanted])
        if explanation.region is None:
            nothing = f"nothing in the picture speaks for {wanted!r}, or no part of it more than the rest"
            raise HTTPException(404, nothing)
        picture = heat_overlay(explanation.heat, image.width, image.height)
    return Response(picture, media_type="image/png", headers={"Cache-Control": "private, max-age=86400"})


@router.get("/v1/models", response_model=ModelList)
def list_models(request: Request) -> dict[str, Any]:
    """List the models that are ready, with their figures, and the bundles that were refused."""
    models = _station(request).models
    return {
        "models": [_model_to_dict(classifier.card) for classifier in models.ready.values()],
        "refused": [{"bundle": name, **public(error)} for name, error in models.refused.items()],
    }


def _unless_withdrawn(station: Station, inspection: Inspection) -> Inspection:
    withdrawal = station.withdrawals.find(inspection.prediction.task.name, inspection.model_version)
    return inspection if withdrawal is None else unless_withdrawn(inspection, withdrawal)


def _model_to_dict(card: ModelCard) -> dict[str, Any]:
    return {
        **card_head(card),
        "dataset": dict(card.dataset),
        "labels": [label_to_dict(label, card) for label in card.task.labels],
        "accept_threshold": card.calibration.accept_threshold,
        "max_distance": card.calibration.max_distance,
    }
