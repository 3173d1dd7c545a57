"""What stands in a fetched folder about where it came from: a hidden file, which no importer reads as part of a set."""

import contextlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

RECORD = ".beadwatch-fetch.json"


@dataclass(frozen=True, slots=True)
class FetchRecord:
    """Where a folder came from.

    `key` tells its source from all others; `version` is a version number or a commit, else ""; `sha256` is the
    archive's, "" for a repository; `at` is UTC. Holds no login and no key.
    """

    source: str
    key: str
    version: str
    sha256: str
    files: int
    bytes: int
    licence: str
    credit: str
    page: str
    at: str


def write_record(folder: Path, record: FetchRecord) -> None:
    """Write the record into a folder."""
    (folder / RECORD).write_text(json.dumps(asdict(record), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def read_record(folder: Path) -> FetchRecord | None:
    """Return the record of a folder, or None where there is none that can be read."""
    with contextlib.suppress(OSError, ValueError, TypeError):
        return FetchRecord(**json.loads((folder / RECORD).read_text(encoding="utf-8")))
    return None
