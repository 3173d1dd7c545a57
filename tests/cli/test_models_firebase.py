"""`beadwatch models publish-firebase` against stand-ins for Firebase ML and Cloud Storage, with the real libraries."""

import hashlib
import json
import sys
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import fsspec
import pytest

from beadwatch.domain.labels import SURFACE
from beadwatch.inference.bundle import load_bundle, write_card
from tests.bundles import write_bundle
from tests.cli.conftest import Outcome, Run
from tests.cli.firebase import PROJECT, Firebase, firebase, key_file
from tests.clouds import no_credentials

pytestmark = pytest.mark.slow
GRAPH = b"TFL3 as far as anybody looks here"
SHA = f"sha256-{hashlib.sha256(GRAPH).hexdigest()[:24]}"


def with_tflite(folder: Path, graph: bytes = GRAPH, version: str = "surface-2026.11.1") -> Path:
    made = write_bundle(folder, SURFACE, version=version)
    (made / "model.tflite").write_bytes(graph)
    card = load_bundle(made).card
    write_card(made, replace(card, files={**card.files, "model.tflite": hashlib.sha256(graph).hexdigest()}))
    return made


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    return with_tflite(tmp_path / "phone")


@pytest.fixture
def bucket(gcs_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> str:
    no_credentials(monkeypatch)
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", gcs_endpoint)
    fsspec.get_filesystem_class("gs").clear_instance_cache()
    name = f"beadwatch-{uuid.uuid4().hex[:12]}"
    fsspec.filesystem("gs").mkdir(name)
    return name


@pytest.fixture
def there(bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Firebase]:
    """Serve Firebase ML, and log in there."""
    from firebase_admin.ml import _MLService
    from google.oauth2.service_account import Credentials

    def nowhere(*_: object, **__: object) -> None:
        """Return no address at which to look up regions, which is out of reach."""

    monkeypatch.setattr(Credentials, "_build_regional_access_boundary_lookup_url", nowhere)
    with firebase() as state:
        (tmp_path / "key.json").write_text(json.dumps(key_file(state.url)))
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "key.json"))
        monkeypatch.setattr(_MLService, "PROJECT_URL", f"{state.url}/v1beta2/projects/{{0}}/")
        monkeypatch.setattr(_MLService, "OPERATION_URL", f"{state.url}/v1beta2/")
        monkeypatch.setattr(_MLService, "POLL_BASE_WAIT_TIME_SECONDS", 0.01)
        yield state


def published(beadwatch: Run, bundle: Path, bucket: str, *more: str) -> Outcome:
    return beadwatch("models", "publish-firebase", bundle, "--bucket", bucket, "--tag", "surface", *more)


def test_graph_is_published_with_its_tags_and_again_changes_nothing(
    beadwatch: Run, bundle: Path, bucket: str, there: Firebase, tmp_path: Path
) -> None:
    outcome = published(beadwatch, bundle, bucket)
    assert outcome.code == 0, outcome.err
    tags = sorted([SHA, "surface", "surface-2026-11-1"])
    assert json.loads(outcome.out) == {"name": "surface", "id": "1000", "tags": tags, "changed": True}
    assert "ends Firebase ML on 15 June 2027" in outcome.err
    (model,) = there.models.values()
    assert (model["displayName"], model["state"]) == ("surface", {"published": True})
    path = f"{bucket}/Firebase/ML/Models/surface-{SHA[7:]}.tflite"
    assert model["tfliteModel"]["gcsTfliteUri"] == f"gs://{path}"
    assert "X-Goog-Signature=" in there.reads[0]
    assert fsspec.filesystem("gs").cat_file(path) == GRAPH

    there.asked.clear()
    again = published(beadwatch, bundle, bucket)
    assert (again.code, json.loads(again.out)["changed"], there.asked) == (0, False, ["GET models"])

    newer = with_tflite(tmp_path / "newer", b"TFL3 another", "surface-2")
    outcome = published(beadwatch, newer, bucket)
    assert (outcome.code, json.loads(outcome.out)["changed"]) == (0, True)
    assert list(there.models) == ["1000"]
    assert (model["tags"][-1], model["state"]) == ("surface-2", {"published": True})
    outcome = published(beadwatch, newer, bucket, "--as", "line-7")
    assert {one["displayName"] for one in there.models.values()} == {"surface", "line-7"}


def test_what_was_cut_off_before_it_was_published_is_published(
    beadwatch: Run, bundle: Path, bucket: str, there: Firebase
) -> None:
    published(beadwatch, bundle, bucket)
    there.models["1000"]["state"] = {}
    there.asked.clear()
    assert json.loads(published(beadwatch, bundle, bucket).out)["changed"] is True
    assert there.asked == ["GET models", "PATCH 1000"], "the graph is not sent again"


@pytest.mark.parametrize(
    ("refusal", "says"),
    [
        ((429, "RESOURCE_EXHAUSTED", "20 models"), "the project's quota is used up: 20 models"),
        ((403, "PERMISSION_DENIED", "no"), "the credentials do not allow it: no"),
        ((404, "NOT_FOUND", "no project"), "there is no such project or bucket: no project"),
        ((400, "INVALID_ARGUMENT", "cannot read https://storage.googleapis.com/b/x?X-Goog-Signature=5ecret"),
         "cannot read (a signed address)"),
    ],
    ids=["quota", "forbidden", "no project", "signed address"],
)  # fmt: skip
def test_what_firebase_refuses_is_said_without_a_secret(
    beadwatch: Run, bundle: Path, bucket: str, there: Firebase, refusal: tuple[int, str, str], says: str
) -> None:
    there.refusal = dict(zip(("code", "status", "message"), refusal, strict=True))
    outcome = published(beadwatch, bundle, bucket)
    assert outcome.code != 0
    assert f"ReleaseError: Firebase refuses: {says}" in outcome.err
    assert not any(secret in outcome.err for secret in ("5ecret", "t0ken", "PRIVATE KEY"))


def test_graph_that_firebase_does_not_take(beadwatch: Run, bundle: Path, bucket: str, there: Firebase) -> None:
    there.invalid = "not a TFLite file"
    outcome = published(beadwatch, bundle, bucket)
    assert outcome.code != 0
    assert "does not take the graph of surface: not a TFLite file" in outcome.err
    assert "PATCH 1000" not in there.asked, "nothing is published"


@pytest.mark.usefixtures("there")
def test_bucket_that_is_not_there(beadwatch: Run, bundle: Path) -> None:
    outcome = published(beadwatch, bundle, "beadwatch-nowhere")
    assert outcome.code != 0
    assert "there is no such project or bucket" in outcome.err


def test_without_credentials(beadwatch: Run, bundle: Path, bucket: str) -> None:
    outcome = published(beadwatch, bundle, bucket, "--project", PROJECT)
    assert outcome.code != 0
    assert "no credentials for Firebase: GOOGLE_APPLICATION_CREDENTIALS names" in outcome.err


def test_without_the_extra(beadwatch: Run, bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "firebase_admin", None)
    outcome = published(beadwatch, bundle, "bucket")
    assert outcome.code != 0
    assert "pip install 'beadwatch[firebase]'" in outcome.err


@pytest.mark.usefixtures("models_dir")
def test_what_is_refused_before_anybody_is_asked(beadwatch: Run, bundle: Path) -> None:
    missing = published(beadwatch, Path("surface"), "bucket")
    assert "surface-1 of surface has no model.tflite: `beadwatch export RUN --tflite` makes" in missing.err
    assert "no model 'nothing'" in published(beadwatch, Path("nothing"), "bucket").err
    assert "the tag 'a b': Firebase takes" in published(beadwatch, bundle, "bucket", "--tag", "a b").err
    assert "the name 'a.b': Firebase takes" in published(beadwatch, bundle, "bucket", "--as", "a.b").err
    beadwatch("models", "withdraw", "surface-2026.11.1", "--task", "surface", "--why", "misses pores")
    assert "is withdrawn: misses pores" in published(beadwatch, bundle, "bucket").err
