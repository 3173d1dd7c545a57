"""What a model saw and said of some pictures, as arrays: what drift is looked for in.

`observe` makes it from a picture, `gather` from many, `save` and `load` keep it as one .npz file without pickle.
Knows a classifier's answers and two figures of the pixels. Does not know what drift is.
"""

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from beadwatch.domain.errors import DatasetError
from beadwatch.domain.labels import Task, TaskKind, label_named
from beadwatch.imaging.decode import Image
from beadwatch.imaging.preprocess import preprocess
from beadwatch.imaging.quality import measure_quality
from beadwatch.inference.classifier import Classifier
from beadwatch.storage.files import open_files

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.int64]
Texts = npt.NDArray[np.str_]
_GREY = (0.299, 0.587, 0.114)  # ITU-R BT.601
_ARRAYS = ("scores", "groups", "embeddings", "brightness", "sharpness", "names")


@dataclass(frozen=True, eq=False)
class Observations:
    """N pictures of C classes; rows agree across all fields.

    `scores` (N x C) are calibrated probabilities, `truth` (N x C) what people said, or None. `groups` (N) names each
    picture's weld, run or source photo, `names` (N) the picture. `embeddings` (N x F) are the features behind the
    scores. `brightness` (N) is the mean grey level of 255, `sharpness` (N) that of `measure_quality`.
    """

    task: Task
    scores: Floats
    truth: Flags | None
    groups: Texts
    embeddings: Floats
    brightness: Floats
    sharpness: Floats
    names: Texts

    def __post_init__(self) -> None:
        """Check shapes and values.

        Raises:
            DatasetError: shapes that do not agree, or a value that is no usable number.
        """
        count, classes = len(self.groups), len(self.task.labels)
        width = self.embeddings.shape[-1] if self.embeddings.ndim else 0
        shapes: dict[str, tuple[int, ...]] = {
            "scores": (count, classes), "groups": (count,), "embeddings": (count, width),
            "brightness": (count,), "sharpness": (count,), "names": (count,),
        }  # fmt: skip
        if self.truth is not None:
            shapes["truth"] = (count, classes)
        for name, shape in shapes.items():
            found = getattr(self, name)
            if found.shape != shape:
                raise DatasetError(f"observations: {name} has the shape {found.shape}, but must have {shape}")
            if found.dtype.kind == "f" and not np.isfinite(found).all():
                row = int(np.argwhere(~np.isfinite(found))[0][0])
                raise DatasetError(f"observations: {name} of {self.names[row]} is not a finite number")
        if self.truth is not None and self.truth.dtype != bool:
            raise DatasetError(f"observations: truth must be true or false, not {self.truth.dtype}")
        if count and not (self.scores.min() >= 0.0 and self.scores.max() <= 1.0):
            raise DatasetError("observations: scores must be probabilities between 0 and 1")

    def __len__(self) -> int:
        """Return the number of pictures."""
        return len(self.groups)

    def take(self, rows: Rows | Flags) -> "Observations":
        """Return some rows, by number or by mask."""
        return Observations(
            self.task, self.scores[rows], None if self.truth is None else self.truth[rows], self.groups[rows],
            self.embeddings[rows], self.brightness[rows], self.sharpness[rows], self.names[rows],
        )  # fmt: skip


@dataclass(frozen=True, eq=False)
class Observation:
    """One picture: `scores` (C), `embedding` (F), and the two figures of its pixels."""

    scores: Floats
    embedding: Floats
    brightness: float
    sharpness: float


def observe(classifier: Classifier, image: Image) -> Observation:
    """Return what the model sees and says, and how bright and sharp the picture is at the model's own size.

    The sharpness of `measure_quality` suits photos too: edges over contrast, so that light does not change it. Its
    `peak` does not, being made for an arc: the mean grey level is used. A picture of one grey level has no edge: 0.

    Raises:
        BundleError: the graph fails.
    """
    pixels = preprocess(image, classifier.card.preprocess)
    sharpness = measure_quality(pixels).sharpness
    return Observation(
        scores=np.array(classifier.classify(pixels).scores, dtype=np.float64),
        embedding=classifier.embed(pixels).astype(np.float64),
        brightness=float(pixels.mean(axis=(0, 1)) @ _GREY),
        sharpness=sharpness if np.isfinite(sharpness) else 0.0,
    )


def gather(
    task: Task,
    observed: Sequence[Observation],
    names: Sequence[str],
    groups: Sequence[str],
    truth: Sequence[Sequence[str]] | None = None,
) -> Observations:
    """Put single observations together; `truth` holds for each picture the names of its classes.

    Raises:
        DatasetError: no picture, lists of different length, or an unknown class.
    """
    if not observed:
        raise DatasetError("observations: there is no picture")
    return Observations(
        task=task,
        scores=np.array([each.scores for each in observed], dtype=np.float64),
        truth=None if truth is None else _flags(task, truth),
        groups=np.array(groups, dtype=np.str_),
        embeddings=np.array([each.embedding for each in observed], dtype=np.float64),
        brightness=np.array([each.brightness for each in observed], dtype=np.float64),
        sharpness=np.array([each.sharpness for each in observed], dtype=np.float64),
        names=np.array(names, dtype=np.str_),
    )


def save_observations(observations: Observations, path: Path) -> None:
    """Write a compressed .npz, aside and then renamed; embeddings and scores as float32, as the model gave them.

    Raises:
        StoreError: it cannot be written.
    """
    task, stream = observations.task, io.BytesIO()
    arrays = {name: getattr(observations, name) for name in _ARRAYS}
    arrays |= {name: arrays[name].astype(np.float32) for name in ("scores", "embeddings")}
    if observations.truth is not None:
        arrays["truth"] = observations.truth
    about = {"task": np.array([task.name, task.kind.value, task.title]), "labels": np.array(task.label_names)}
    np.savez_compressed(stream, allow_pickle=False, **arrays, **about)
    open_files(str(path.resolve().parent)).write(path.name, stream.getvalue())


def load_observations(path: Path) -> Observations:
    """Read what `save_observations` wrote.

    Raises:
        DatasetError: there is no such file, or it is something else.
    """
    try:
        # From memory: NumPy leaves a broken file open.
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as file:
            arrays = {name: file[name] for name in (*_ARRAYS, "task", "labels")}
            truth = file["truth"] if "truth" in file.files else None
        name, kind, title = arrays.pop("task").tolist()
        task = Task(name, TaskKind(kind), title, tuple(label_named(label) for label in arrays.pop("labels").tolist()))
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
        raise DatasetError(f"{path}: no observations that can be read: {error}") from error
    arrays |= {name: arrays[name].astype(np.float64) for name in ("scores", "embeddings")}
    return Observations(task=task, truth=truth, **arrays)


def _flags(task: Task, truth: Sequence[Sequence[str]]) -> Flags:
    unknown = {label for labels in truth for label in labels} - set(task.label_names)
    if unknown:
        raise DatasetError(f"observations: {task.name} has no class {min(unknown)!r}")
    return np.array([[name in labels for name in task.label_names] for labels in truth], dtype=bool)
