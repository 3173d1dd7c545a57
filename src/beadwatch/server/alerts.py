"""The HTTP interface of alerts: what the loop wants people to hear of. Thin."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from beadwatch.server.alert_schemas import AlertList
from beadwatch.services.station import Station

alert_router = APIRouter()


@alert_router.get("/v1/alerts", response_model=AlertList)
def list_alerts(request: Request, limit: Annotated[int, Query(ge=1, le=200)] = 20) -> dict[str, Any]:
    """List alerts, the newest first, and whether mail and webhook have them."""
    station: Station = request.app.state.station
    return {"alerts": [stored.to_dict() for stored in station.alerts.find(limit)]}
