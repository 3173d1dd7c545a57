"""`beadwatch feedback pull` from folders and, through the real s3fs and gcsfs, from buckets."""

import fsspec
import pytest

from tests.cli.conftest import Run
from tests.services.test_feedback_pull import FIRST, OTHER, PICTURE, SECOND, folder

__all__ = ["folder"]


def test_bucket_is_emptied_into_the_station(beadwatch: Run, bucket_url: str) -> None:
    bucket = fsspec.filesystem(bucket_url.partition(":")[0])
    for name, data in ((FIRST, PICTURE), (SECOND, OTHER), ("broken.jpg", b"")):
        bucket.pipe_file(f"{bucket_url}/{name}", data)
    outcome = beadwatch("feedback", "pull", bucket_url, "--team", "north", "--delete")
    assert outcome.code == 1, outcome.err
    (said,) = outcome.lines
    assert (said["files"], said["stored"], said["removed"], len(said["failed"])) == (3, 2, 2, 1)
    bucket.invalidate_cache()
    assert [path.rsplit("/", 1)[-1] for path in bucket.ls(bucket_url, detail=False)] == ["broken.jpg"]
    again = beadwatch("feedback", "pull", bucket_url, "--team", "north")
    assert (again.lines[0]["files"], again.lines[0]["stored"]) == (1, 0)


def test_what_was_pulled_before_is_named(beadwatch: Run, folder: object) -> None:
    assert (beadwatch("feedback", "pull", "bucket").code, beadwatch("feedback", "pull", "bucket").code) == (0, 0)
    outcome = beadwatch("feedback", "pull", "bucket")
    assert outcome.lines[0]["known"] == [FIRST, SECOND]
    assert f"pulled before: {FIRST}" in outcome.err


def test_terminal_gets_a_sentence(beadwatch: Run, folder: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    outcome = beadwatch("feedback", "pull", "bucket", "--delete")
    assert outcome.out == "2 files: stored 2, 0 were there, 0 failed; removed 2\n"
    assert "there is no file" in beadwatch("feedback", "pull", "bucket").err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nowhere"], "SourceError: nowhere: there is no such folder"),
        (["nothing://here"], "StoreError: nothing://..."),
        (["bucket", "--team", "Big Site"], "AccountError: 'Big Site' is no name of a team"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_done_is_exit_code_2(beadwatch: Run, folder: object, arguments: list[str], says: str) -> None:
    outcome = beadwatch("feedback", "pull", *arguments)
    assert outcome.code == 2
    assert says in outcome.err
    assert "Traceback" not in outcome.err
