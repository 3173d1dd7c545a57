"""Many files: results in the order given, bad files among them, and nothing read from what is no file."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import pytest

from beadwatch.domain.errors import BundleError, SourceError
from beadwatch.domain.inspection import Inspection
from beadwatch.domain.labels import TIG
from beadwatch.imaging.decode import Image, decode
from beadwatch.inference.classifier import Classifier
from beadwatch.services import inspecting
from beadwatch.services.inspecting import Failure, inspect_files, read_ahead
from beadwatch.services.picture_files import FoundPicture, find_pictures
from tests.bundles import colour_of, open_tiny
from tests.pictures import png


@pytest.fixture
def classifier(tmp_path: Path) -> Classifier:
    return open_tiny(tmp_path / "bundle")


def drawn(name: str, label: str = "good weld") -> FoundPicture:
    Path(name).write_bytes(png(colour_of(TIG, label)))
    return FoundPicture(Path(name))


def shown(results: Iterator[Inspection | Failure]) -> list[tuple[str, str]]:
    return [
        (result.path, type(result.error).__name__ if isinstance(result, Failure) else result.decision.label)
        for result in results
    ]


def failure(classifier: Classifier, path: str) -> dict[str, Any]:
    (result,) = inspect_files(classifier, read_ahead([FoundPicture(Path(path))]))
    assert isinstance(result, Failure)
    return result.to_dict()


def test_results_come_in_the_order_given_and_failures_among_them(classifier: Classifier) -> None:
    Path("text.png").write_text("no picture")
    Path("empty.png").touch()
    pictures = [drawn(f"{number}.png", label) for number, label in enumerate(TIG.label_names)]
    pictures[1:1] = [FoundPicture(Path("text.png")), FoundPicture(Path("gone.png"), SourceError("gone"))]
    pictures.append(FoundPicture(Path("empty.png")))
    assert shown(inspect_files(classifier, read_ahead(pictures))) == [
        ("0.png", "good weld"),
        ("text.png", "UnsupportedImageError"),
        ("gone.png", "SourceError"),
        *[(f"{number}.png", label) for number, label in enumerate(TIG.label_names) if number],
        ("empty.png", "EmptyImageError"),
    ]


def test_slow_picture_does_not_lose_its_place(classifier: Classifier, monkeypatch: pytest.MonkeyPatch) -> None:
    quick_done = threading.Event()
    slow = drawn("slow.png", "burn through").path.read_bytes()

    def uneven(data: bytes) -> Image:
        if data == slow:
            assert quick_done.wait(30)
        else:
            quick_done.set()
        return decode(data)

    monkeypatch.setattr(os, "cpu_count", lambda: 4)
    monkeypatch.setattr(inspecting, "decode", uneven)
    pictures = [FoundPicture(Path("slow.png")), drawn("quick.png"), drawn("quicker.png", "contamination")]
    assert shown(inspect_files(classifier, read_ahead(pictures))) == [
        ("slow.png", "burn through"),
        ("quick.png", "good weld"),
        ("quicker.png", "contamination"),
    ]


class Counted(list[FoundPicture]):
    """Pictures that count how many of them were asked for."""

    taken = 0

    def __iter__(self) -> Iterator[FoundPicture]:
        for picture in super().__iter__():
            self.taken += 1
            yield picture


def test_few_pictures_are_taken_ahead(classifier: Classifier) -> None:
    pictures = Counted(drawn(f"{number}.png") for number in range(30))
    results = inspect_files(classifier, read_ahead(pictures))
    next(results)
    assert pictures.taken <= 6
    assert len(list(results)) == 29


def test_no_pictures_are_no_results(classifier: Classifier) -> None:
    assert list(inspect_files(classifier, read_ahead([]))) == []


def test_failure_is_shown_as_path_and_error(classifier: Classifier) -> None:
    Path("cut.png").write_bytes(png()[:60])
    shown_failure = failure(classifier, "cut.png")
    assert set(shown_failure) == {"path", "error"}
    assert set(shown_failure["error"]) == {"type", "message"}
    assert (shown_failure["path"], shown_failure["error"]["type"]) == ("cut.png", "BrokenImageError")


def test_folder_is_no_picture(classifier: Classifier) -> None:
    Path("folder.png").mkdir()
    assert failure(classifier, "folder.png")["error"] == {"type": "SourceError", "message": "not a regular file"}


def test_pipe_is_not_waited_for(classifier: Classifier) -> None:
    os.mkfifo("pipe.png")
    (found,) = find_pictures([Path("pipe.png")], recursive=False)
    assert found.error is None
    assert failure(classifier, "pipe.png")["error"] == {"type": "SourceError", "message": "not a regular file"}


@pytest.mark.parametrize("path", ["/dev/zero", "/dev/null"])
def test_device_is_not_read(classifier: Classifier, path: str) -> None:
    assert failure(classifier, path)["error"]["message"] == "not a regular file"


def test_file_that_went_away_meanwhile_is_a_failure(classifier: Classifier) -> None:
    assert failure(classifier, "gone.png")["error"]["type"] == "SourceError"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_file_without_permission_is_a_failure(classifier: Classifier) -> None:
    drawn("locked.png").path.chmod(0)
    assert failure(classifier, "locked.png")["error"]["message"] == "no permission to read this file"


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (PermissionError(13, "Permission denied"), "no permission to read this file"),
        (OSError(5, "Input/output error"), "cannot be read: Input/output error"),
    ],
    ids=["permission", "broken disk"],
)
def test_file_that_cannot_be_opened_is_a_failure(
    classifier: Classifier, monkeypatch: pytest.MonkeyPatch, error: OSError, says: str
) -> None:
    drawn("locked.png")

    def refuse(*_: object, **__: object) -> IO[bytes]:
        raise error

    monkeypatch.setattr(Path, "open", refuse)
    assert failure(classifier, "locked.png")["error"] == {"type": "SourceError", "message": says}


def test_huge_file_is_not_read_whole(classifier: Classifier, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inspecting, "MAX_BYTES", 1024)
    with Path("huge.png").open("wb") as file:
        file.truncate(10**12)
    assert failure(classifier, "huge.png")["error"]["type"] == "ImageTooLargeError"


def test_model_that_fails_on_one_picture_does_not_stop_the_rest(classifier: Classifier) -> None:
    class Moody(Classifier):
        def __init__(self, calm: Classifier) -> None:
            self._calm = calm

        def inspect(self, path: str, image: Image) -> Inspection:
            if path == "1.png":
                raise BundleError("no usable answer")
            return self._calm.inspect(path, image)

    results = inspect_files(Moody(classifier), read_ahead([drawn(f"{number}.png") for number in range(3)]))
    assert shown(results) == [("0.png", "good weld"), ("1.png", "BundleError"), ("2.png", "good weld")]


def test_name_that_is_no_unicode_can_still_be_written_as_json(classifier: Classifier) -> None:
    name = os.fsdecode(b"Schwei\xdfnaht.png")
    (good,) = inspect_files(classifier, read_ahead([drawn(name)]))
    (bad,) = inspect_files(classifier, read_ahead([FoundPicture(Path(os.fsdecode(b"\xdf.png")))]))
    assert str(good.to_dict()["path"]).encode() == rb"Schwei\udcdfnaht.png"
    assert str(bad.to_dict()["path"]).encode() == rb"\udcdf.png"
