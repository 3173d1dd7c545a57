"""Kaggle: who we are, and where the archive of a data set is, by Kaggle's own library.

kagglehub reads the credentials (KAGGLE_API_TOKEN, KAGGLE_USERNAME with KAGGLE_KEY, or files in ~/.kaggle) and speaks
the interface; a public set may need none. Its own download is not used: it adds to a file that may have changed since,
unpacks without a limit, and keeps a second copy in a cache. Like that download when it resumes, ours goes to the
signed address that Kaggle redirects to.
"""

import contextlib
import sys
from typing import Any

import requests

from beadwatch.datasets.fetch.network import check_status, explained
from beadwatch.datasets.fetch.options import Remote
from beadwatch.datasets.fetch.sources import KaggleSource
from beadwatch.domain.errors import FetchError

CREDENTIALS = (
    "Kaggle wants to know you, or the set is private or misspelt. Make a token at https://www.kaggle.com/settings and "
    "set KAGGLE_API_TOKEN, or KAGGLE_USERNAME and KAGGLE_KEY, or save it as ~/.kaggle/kaggle.json; some sets want "
    "their terms accepted on their page first"
)


def find_on_kaggle(source: KaggleSource) -> Remote:
    """Return where the archive of a set is now; the newest version where the source names none.

    Raises:
        NetworkError: Kaggle cannot be reached.
        FetchError: no such set, not allowed, credentials that cannot be read, or an answer that is not understood.
    """
    with contextlib.redirect_stdout(sys.stderr):  # kagglehub prints there that there is a newer one
        try:
            from kagglehub.clients import build_kaggle_client

            client = build_kaggle_client()
        except (ValueError, OSError):
            raise FetchError(f"{source}: the credentials in ~/.kaggle cannot be read; make them anew") from None
        try:
            with client:
                return _find(client.datasets.dataset_api_client, source)
        except requests.HTTPError as error:
            check_status(error.response.status_code if error.response is not None else 0, str(source), CREDENTIALS)
            raise _not_understood(source) from None
        except requests.JSONDecodeError:
            raise _not_understood(source) from None
        except requests.RequestException as error:
            raise explained(error, str(source)) from None
        except (ValueError, KeyError, TypeError, AttributeError):  # of kagglesdk, about JSON of another shape
            raise _not_understood(source) from None


def _find(client: Any, source: KaggleSource) -> Remote:
    from kagglesdk.datasets.types.dataset_api_service import ApiDownloadDatasetRequest, ApiGetDatasetRequest

    about = ApiGetDatasetRequest()
    about.owner_slug, about.dataset_slug = source.owner, source.dataset
    dataset = client.get_dataset(about)
    version = source.version or dataset.current_version_number
    if not version:
        raise _not_understood(source)
    wanted = ApiDownloadDatasetRequest()
    wanted.owner_slug, wanted.dataset_slug, wanted.dataset_version_number = source.owner, source.dataset, version
    with client.download_dataset(wanted) as answer:
        if not answer.history:  # it was not sent on to where the archive is
            raise _not_understood(source)
        return Remote(answer.url, f"{source.key}@{version}", str(version), dataset.license_name or "", CREDENTIALS)


def _not_understood(source: KaggleSource) -> FetchError:
    return FetchError(f"{source}: Kaggle gave an answer that is not understood; a newer kagglehub may understand it")
