"""What the station keeps of one person's feedback: handed over as a folder, or deleted with what nothing else needs.

Knows the stores and the catalog of data sets. Does not ask anybody: the command line does.
"""

import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from beadwatch.domain.errors import SourceError, StoreError
from beadwatch.services.catalog import open_catalog
from beadwatch.settings import Settings
from beadwatch.storage.account_store import AccountStore
from beadwatch.storage.blobs import BlobStore
from beadwatch.storage.database import open_database
from beadwatch.storage.feedback_removal import Chosen, Counted, FeedbackRemoval
from beadwatch.storage.feedback_store import FeedbackStore

_ENDINGS = {
    b"\xff\xd8\xff": ".jpg", b"\x89PNG": ".png", b"RIFF": ".webp", b"GIF8": ".gif", b"BM": ".bmp", b"II": ".tif",
    b"MM": ".tif",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class FeedbackData:
    """The stores in which feedback is, and what else refers to pictures."""

    accounts: AccountStore
    feedback: FeedbackStore
    removal: FeedbackRemoval
    blobs: BlobStore
    held: Callable[[], set[str]]


@contextmanager
def open_feedback_data(settings: Settings) -> Iterator[FeedbackData]:
    """Open the stores of the settings, and let go of them at the end.

    Raises:
        StoreError: the database or the blob store cannot be opened.
    """
    blobs, engine = BlobStore(settings.blobs), open_database(settings.database)
    try:
        yield FeedbackData(
            accounts=AccountStore(engine),
            feedback=FeedbackStore(engine, blobs),
            removal=FeedbackRemoval(engine, blobs),
            blobs=blobs,
            held=lambda: open_catalog(settings).pictures(),
        )
    finally:
        engine.dispose()


def export_feedback(
    data: FeedbackData, chosen: Chosen, target: Path, tick: Callable[[], None]
) -> tuple[Counted, list[str]]:
    """Write feedback to the new folder `target`, which appears whole; return how much, and which pictures failed.

    `feedback.jsonl` holds one upload with its reviews a line, and where its `picture` is (null: that failed).

    Raises:
        SourceError: the folder exists or cannot be written.
    """
    if target.exists():
        raise SourceError(f"{target} exists: name a new folder")
    try:
        target.absolute().parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.absolute().parent, prefix=f".{target.name}-") as scratch:
            fresh = Path(scratch, "new")
            (fresh / "pictures").mkdir(parents=True)
            with (fresh / "feedback.jsonl").open("w", encoding="utf-8") as lines:
                done = _write(data, chosen, fresh, lines, tick)
            shutil.move(fresh, target)
    except OSError as error:
        raise SourceError(f"{target}: cannot be written: {error.strerror or error}") from error
    return done


def _write(
    data: FeedbackData, chosen: Chosen, folder: Path, lines: IO[str], tick: Callable[[], None]
) -> tuple[Counted, list[str]]:
    uploads, reviews, failed = 0, 0, []
    for upload in data.removal.read(chosen):
        picture: str | None = None
        try:
            picture = _write_picture(upload, data.blobs, folder)
        except StoreError as error:
            failed.append(f"{upload['id']}: {error}")
        lines.write(json.dumps({**upload, "picture": picture}, ensure_ascii=False) + "\n")
        uploads, reviews = uploads + 1, reviews + len(upload["reviews"])
        tick()
    return Counted(uploads, reviews), failed


def _write_picture(upload: dict[str, Any], blobs: BlobStore, folder: Path) -> str:
    data = blobs.get(upload["sha256"])
    ending = next((ending for start, ending in _ENDINGS.items() if data.startswith(start)), "")
    name = f"pictures/{upload['sha256']}{ending}"
    (folder / name).write_bytes(data)
    return name
