"""Requests over HTTP, and what their failures mean to a person.

No message ever holds an address's login or query, nor the text of an exception of a library, in which those may stand.
Knows requests; does not know what is fetched.
"""

import requests
import urllib3.exceptions

from beadwatch import __version__
from beadwatch.datasets.fetch.addresses import is_private, shown
from beadwatch.domain.errors import FetchError, NetworkError

TIMEOUT_S = (10, 60)  # to connect, and between two pieces of an answer


def new_session() -> requests.Session:
    """Return a session that says who asks."""
    session = requests.Session()
    session.headers["User-Agent"] = f"beadwatch/{__version__}"
    return session


def get(
    session: requests.Session, url: str, headers: dict[str, str], params: dict[str, str] | None = None
) -> requests.Response:
    """Ask for an address and return the answer, whatever its status, with its body still to be read.

    Raises:
        NetworkError: no answer came.
        FetchError: it cannot be asked for.
    """
    try:
        return session.get(url, params=params, headers=headers, stream=True, timeout=TIMEOUT_S)
    except (requests.RequestException, urllib3.exceptions.HTTPError, UnicodeError) as error:
        raise explained(error, shown(url)) from None


def explained(error: Exception, what: str) -> FetchError:
    """Return what a failed request means: a `NetworkError` where trying again may help."""
    if isinstance(error, requests.exceptions.SSLError):
        return FetchError(f"{what}: the server's certificate is not trusted")
    if isinstance(error, requests.exceptions.ProxyError):
        return NetworkError(f"{what}: the proxy does not let us through; see HTTPS_PROXY")
    if isinstance(error, requests.Timeout):
        return NetworkError(f"{what}: no answer in time; is there a network?")
    if isinstance(error, requests.ConnectionError):
        return NetworkError(f"{what}: {_reason(error)}; is there a network? Behind a proxy, set HTTPS_PROXY")
    return FetchError(f"{what}: cannot be asked for ({type(error).__name__})")


def check_status(status: int, what: str, when_refused: str) -> None:
    """Pass over a good status; `when_refused` says what to do where something is not allowed.

    Raises:
        NetworkError: the server is overloaded or broken.
        FetchError: not allowed, not there, or not understood.
    """
    if status in {401, 403}:
        raise FetchError(f"{what}: not allowed (HTTP {status}). {when_refused}")
    if status in {404, 410}:
        raise FetchError(f"{what}: there is no such set (HTTP {status}); check how it is spelt")
    if status == 429 or status >= 500:
        raise NetworkError(f"{what}: the server cannot answer now (HTTP {status}); try again later")
    if not 200 <= status < 300:
        raise FetchError(f"{what}: unexpected answer (HTTP {status})")


def check_private(response: requests.Response, verified: bool) -> None:
    """Refuse bytes that anyone on the way could have changed, unless their hash is known (`verified`).

    Raises:
        FetchError: a step on the way to this answer was plain HTTP to another machine.
    """
    for step in (*response.history, response):
        if not verified and not is_private(step.url):
            raise FetchError(f"{shown(step.url)}: plain http can be tampered with; use https, or give --sha256")


def _reason(error: requests.ConnectionError) -> str:
    cause = getattr(error.args[0] if error.args else None, "reason", None)
    if isinstance(cause, urllib3.exceptions.NameResolutionError):
        return "its name cannot be resolved"
    if isinstance(cause, urllib3.exceptions.NewConnectionError):
        return "no connection"
    return "the connection was lost"
