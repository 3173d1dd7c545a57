"""`beadwatch data` with its pictures and sets in buckets, through the real s3fs and gcsfs."""

from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.clouds import no_credentials
from tests.pictures import encoded, noise


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Write class folders, in which a photo of `train` stands in `valid` again, mirrored."""
    for number in range(8):
        split, pixels = ("valid", noise(64, 64, 0)[:, ::-1]) if number == 7 else ("train", noise(64, 64, number))
        path = tmp_path / "photos" / split / "crack" / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(encoded(pixels, "PNG"))
    return tmp_path / "photos"


def test_from_import_to_audit(
    beadwatch: Run, photos: Path, tmp_path: Path, bucket_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BEADWATCH_BLOBS_URL", f"{bucket_url}/pictures")
    monkeypatch.setenv("BEADWATCH_DATASETS_URL", f"{bucket_url}/sets")
    imported = beadwatch("data", "import", photos, "--name", "photos")
    assert imported.code == 0, imported.err
    assert "pictures" in beadwatch("data", "show", "photos").out
    assert beadwatch("data", "audit", "photos", "--model", "none").code == 3
    assert beadwatch("data", "group", "photos").code == 0
    shares = ("--train", "0.7", "--valid", "0.3", "--test", "0")
    assert beadwatch("data", "split", "photos", "--again", *shares).code == 0
    assert beadwatch("data", "audit", "photos", "--model", "none").code == 0
    assert beadwatch("data", "export", "photos", tmp_path / "out").code == 0
    assert len(list((tmp_path / "out").rglob("*.png"))) == 8
    assert not (tmp_path / "data").exists(), "nothing went into the data folder"


def test_a_bucket_that_is_not_there_is_an_error_of_ours(
    beadwatch: Run, photos: Path, bucket_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BEADWATCH_BLOBS_URL", f"{bucket_url}-mistyped/pictures")
    answer = beadwatch("data", "import", photos, "--name", "photos")
    assert answer.code == 2
    assert "StoreError" in answer.err
    assert "make it first" in answer.err
    assert "Traceback" not in answer.err


def test_without_credentials_the_import_says_which_to_set(
    beadwatch: Run, photos: Path, s3_endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import fsspec

    no_credentials(monkeypatch)
    fsspec.get_filesystem_class("s3").clear_instance_cache()
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3_endpoint)
    monkeypatch.setenv("BEADWATCH_BLOBS_URL", "s3://bucket/pictures")
    answer = beadwatch("data", "import", photos, "--name", "photos")
    assert answer.code == 2
    assert "AWS_ACCESS_KEY_ID" in answer.err
