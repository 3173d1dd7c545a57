"""Publishing a TFLite graph in Firebase ML, under a display name, for apps that take their model from there.

Publishing the same graph with the same tags again changes nothing: the graph's hash is one of them. The file goes to a
bucket first, under its hash, and the model changes after it. firebase-admin is imported when it is needed; who we are
there, GOOGLE_APPLICATION_CREDENTIALS says. Google ends Firebase ML on 15 June 2027, of which its library warns at each
call: whoever calls this says it once. Knows bytes and tags. Does not know bundles.
"""

import hashlib
import re
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from beadwatch.domain.errors import ReleaseError

WAIT_S = 120.0  # for Google to check the graph
_LETTERS = re.compile(r"[A-Za-z0-9_-]{1,32}")
_SIGNED = re.compile(r"https?://\S*[?&]X-Goog-\S*")  # whoever has such an address reads the file


@dataclass(frozen=True, slots=True)
class FirebaseModel:
    """A model in Firebase ML: its display name, its id there, its tags, and whether this call `changed` it."""

    name: str
    id: str
    tags: tuple[str, ...]
    changed: bool

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return asdict(self)


def publish_tflite(
    graph: bytes, name: str, tags: Sequence[str], bucket: str, project: str | None = None
) -> FirebaseModel:
    """Make `graph` the published model of that display name, and return it. `project` is that of the credentials.

    Raises:
        ReleaseError: the name or a tag is none; there are no credentials that can sign; Firebase refuses. What was
            published stays.
        ModuleNotFoundError: firebase-admin is not installed.
    """
    for what, text in (("the name", name), *(("the tag", tag) for tag in tags)):
        if not _LETTERS.fullmatch(text):
            raise ReleaseError(f"{what} {text!r}: Firebase takes 1 to 32 letters, digits, - and _")
    digest = hashlib.sha256(graph).hexdigest()
    wanted = tuple(sorted({*tags, f"sha256-{digest[:24]}"}))
    with _firebase(bucket, project) as ml:
        there = next((each for each in ml.list_models().iterate_all() if each.display_name == name), None)
        if there is not None:
            there.wait_for_unlocked(max_time_seconds=WAIT_S)
        if there is None or tuple(sorted(there.tags or ())) != wanted:
            made = _brought(ml, (there, name, wanted), _uploaded(ml, graph, f"{name}-{digest[:24]}.tflite", bucket))
        elif there.published:
            return FirebaseModel(name, there.model_id, wanted, changed=False)
        else:
            made = there
        ml.publish_model(made.model_id)
        return FirebaseModel(name, made.model_id, wanted, changed=True)


def _uploaded(ml: Any, graph: bytes, file_name: str, bucket: str) -> Any:
    with tempfile.TemporaryDirectory(prefix="beadwatch-firebase-") as folder:
        path = Path(folder, file_name)
        path.write_bytes(graph)
        return ml.TFLiteGCSModelSource.from_tflite_model_file(str(path), bucket)


def _brought(ml: Any, model: tuple[Any, str, Sequence[str]], source: Any) -> Any:
    """Give Firebase the graph, and return the model once it was checked there. The tags come with it, in one step."""
    there, name, tags = model
    if there is None:
        made = ml.create_model(ml.Model(name, list(tags), ml.TFLiteFormat(source)))
    else:
        there.tags, there.model_format = list(tags), ml.TFLiteFormat(source)
        made = ml.update_model(there)
    made.wait_for_unlocked(max_time_seconds=WAIT_S)
    if made.validation_error:
        raise ReleaseError(f"Firebase does not take the graph of {name}: {made.validation_error}")
    return made


@contextmanager
def _firebase(bucket: str, project: str | None) -> Iterator[Any]:
    """Give the library's module for models, set up; what it raises becomes ours."""
    import firebase_admin
    from firebase_admin import exceptions, ml
    from google.api_core.exceptions import GoogleAPIError
    from google.auth.exceptions import DefaultCredentialsError, GoogleAuthError

    options = {"storageBucket": bucket} | ({"projectId": project} if project else {})
    app = firebase_admin.initialize_app(options=options)  # the default one: the library looks for it when it waits
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            yield ml
    except DefaultCredentialsError as error:
        raise ReleaseError(
            "no credentials for Firebase: GOOGLE_APPLICATION_CREDENTIALS names the key file of a service account"
        ) from error
    except (exceptions.FirebaseError, GoogleAPIError, GoogleAuthError, OSError) as error:
        raise ReleaseError(f"Firebase refuses: {_remedy(error)}") from error
    except (ValueError, AttributeError) as error:  # as the libraries say that a key or a project is missing
        raise ReleaseError(f"Firebase cannot be asked: {_plain(error)}") from error
    finally:
        firebase_admin.delete_app(app)


def _remedy(error: Exception) -> str:
    """Say what Firebase or the bucket said, and what to do."""
    code = str(getattr(error, "code", "") or "")
    if code == "RESOURCE_EXHAUSTED" or code.startswith("429"):
        return f"the project's quota is used up: {_plain(error)}; delete old models there, or try again tomorrow"
    if code == "NOT_FOUND" or code.startswith("404"):
        return f"there is no such project or bucket: {_plain(error)}"
    if code in {"PERMISSION_DENIED", "UNAUTHENTICATED"} or code.startswith(("401", "403")):
        return f"the credentials do not allow it: {_plain(error)}"
    return _plain(error)


def _plain(error: Exception) -> str:
    return _SIGNED.sub("(a signed address)", str(error))
