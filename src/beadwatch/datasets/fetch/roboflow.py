"""Roboflow: where the export of a version is, by its REST interface.

`GET /WORKSPACE/PROJECT/VERSION/FORMAT?api_key=...` answers 200 with `{"export": {"link": ...}}`, or 202 with `progress`
while the export is being made (https://docs.roboflow.com/api, and the client `roboflow` 1.7.3, which cannot be
installed beside our version of typer). Key and link never appear in a message.
"""

from typing import Any

import requests

from beadwatch.datasets.fetch.addresses import is_private
from beadwatch.datasets.fetch.network import check_status, get, new_session
from beadwatch.datasets.fetch.options import FetchOptions, Remote
from beadwatch.datasets.fetch.sources import RoboflowSource
from beadwatch.domain.errors import FetchError, NetworkError, SettingsError

POLL_S = 2.0
PATIENCE_POLLS = 900  # half an hour
WHERE_KEYS_ARE = "a key stands at https://app.roboflow.com/settings/api"


def find_on_roboflow(source: RoboflowSource, options: FetchOptions) -> Remote:
    """Return where the export is, after waiting for Roboflow to make it.

    Raises:
        SettingsError: no key is set, or the address of the interface is not safe for one.
        NetworkError: Roboflow cannot be reached, or takes too long.
        FetchError: no such version or format, or the key is refused.
    """
    key = (options.roboflow_key or "").strip()
    if not key:
        raise SettingsError(f"{source}: Roboflow wants a key: set ROBOFLOW_API_KEY; {WHERE_KEYS_ARE}")
    if not is_private(options.roboflow_url):
        raise SettingsError("BEADWATCH_ROBOFLOW_URL: a key is sent there, so it must be https")
    url = f"{options.roboflow_url.rstrip('/')}/{source.workspace}/{source.project}/{source.version}/{source.format}"
    with new_session() as session:
        for poll in range(PATIENCE_POLLS):
            answer = _ask(session, url, key, source)
            link = _link(answer)
            if link:
                return Remote(
                    link, source.key, str(source.version), when_refused="The link may have expired; try again"
                )
            if "progress" not in answer:
                raise FetchError(
                    f"{source}: Roboflow gave an answer without a link; is {source.format} a format of it?"
                )
            if poll == 0:
                options.say("Roboflow is making the export; this can take minutes")
            options.wait(POLL_S)
    raise NetworkError(f"{source}: Roboflow is still making the export; run the command again later")


def _ask(session: requests.Session, url: str, key: str, source: RoboflowSource) -> dict[str, Any]:
    with get(session, url, {}, params={"api_key": key, "nocache": "true"}) as response:
        if 400 <= response.status_code < 500 and response.status_code not in {401, 403, 404, 429}:
            raise FetchError(f"{source}: Roboflow refuses (HTTP {response.status_code}); is it spelt right, and is "
                             f"{source.format} one of the formats of this project?")  # fmt: skip
        refused = f"Is ROBOFLOW_API_KEY right, and may it see this project? {WHERE_KEYS_ARE.capitalize()}"
        check_status(response.status_code, str(source), refused)
        try:
            answer = response.json()
        except (ValueError, requests.RequestException):
            answer = None
        if not isinstance(answer, dict):
            raise FetchError(f"{source}: Roboflow gave an answer that is not understood")
        return answer


def _link(answer: dict[str, Any]) -> str | None:
    export = answer.get("export")
    link = export.get("link") if isinstance(export, dict) else None
    return link if isinstance(link, str) and link.startswith(("https://", "http://")) else None
