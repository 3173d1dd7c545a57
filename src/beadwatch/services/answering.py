"""The model that answers on the command line: what this machine's station took over last, or a bundle.

Also says whether that model was withdrawn. Knows what the release follower keeps; asks no channel for news.
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from beadwatch.domain.errors import BundleError, NotReadyError, ReleaseError
from beadwatch.domain.labels import TASKS
from beadwatch.domain.model_card import ModelCard
from beadwatch.domain.withdrawal import Withdrawal
from beadwatch.inference.bundle import Precision
from beadwatch.services.bundles import find_bundle, load_classifier
from beadwatch.settings import Settings

if TYPE_CHECKING:
    from beadwatch.inference.classifier import Classifier


def open_answering(name_or_path: str, settings: Settings, preferred: Precision = Precision.FP32) -> "Classifier":
    """Load the release that the station has for the task of that name; else the bundle of that name, or at that path.

    Without BEADWATCH_RELEASES_URL, or where no station took anything over, it is the bundle. `preferred` is the graph
    to take where the settings ask for none.

    Raises:
        BundleError: there is none, or it is refused.
        ReleaseError, StoreError: what was taken over is damaged, or not signed as it must be.
    """
    taken = taken_over(name_or_path, settings)
    return load_classifier(taken or find_bundle(name_or_path, settings), settings, preferred)


def open_all_answering(settings: Settings) -> "dict[str, Classifier]":
    """Load what `open_answering` finds for each task that has something.

    Raises:
        NotReadyError: no task has a usable model.
    """
    models, refused = {}, []
    for task in TASKS:
        try:
            models[task] = open_answering(task, settings)
        except (BundleError, ReleaseError) as error:
            refused.append(f"{task}: {error}")
    if not models:
        raise NotReadyError(f"there is no usable model: {'; '.join(refused)}")
    return models


def withdrawal_of(card: ModelCard, settings: Settings) -> Withdrawal | None:
    """Return the withdrawal of a model, None where it is in use, or where there is no station that could know."""
    if settings.database_url is None:
        return _withdrawal_in(settings.data_dir / "beadwatch.db", card)
    from contextlib import closing

    from beadwatch.storage.database import open_database
    from beadwatch.storage.withdrawal_store import WithdrawalStore

    with closing(WithdrawalStore(open_database(settings.database))) as store:
        return store.find(card.task.name, card.version)


def _withdrawal_in(file: Path, card: ModelCard) -> Withdrawal | None:
    if not file.exists():
        return None
    from beadwatch.storage.withdrawal_lookup import find_in_sqlite

    return find_in_sqlite(file, card.task.name, card.version)


def taken_over(task: str, settings: Settings) -> Path | None:
    """Return the bundle that the station took over from its release channel for a task, or None.

    Raises:
        ReleaseError, StoreError: it is damaged, or not signed as it must be.
    """
    if settings.releases_url is None:
        return None
    from beadwatch.domain.release import release_from_dict
    from beadwatch.services.releases import RECORD, open_channel

    folder = settings.data_dir.absolute() / "releases" / task
    try:
        text = (folder / RECORD).read_bytes()
    except (OSError, ValueError):  # no task's name, but a path
        return None
    try:
        release = release_from_dict(json.loads(text))
    except ValueError as error:
        raise ReleaseError(f"{folder / RECORD} is damaged: {error}; remove it, and start the station again") from error
    if release.task != task:
        raise ReleaseError(f"{folder / RECORD} is of {release.task}: remove it, and start the station again")
    return open_channel(settings).fetch(release, folder / release.digest)
