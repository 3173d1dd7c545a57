"""The one production path from a picture to a prediction: command line, server, line and evaluation all use it.

A `Classifier` that exists has passed its golden check: it computes here what it computed where it was exported.
"""

import math
import time
from collections.abc import Sequence

import numpy as np

from beadwatch.domain.errors import BundleError, DecodeError
from beadwatch.domain.inspection import Inspection
from beadwatch.domain.labels import TaskKind
from beadwatch.domain.model_card import ModelCard
from beadwatch.domain.prediction import Prediction
from beadwatch.imaging.appearance import measure_appearance
from beadwatch.imaging.decode import Image, Pixels, decode
from beadwatch.imaging.preprocess import preprocess
from beadwatch.inference.bundle import INT8_FILE, SEEN_DIGITS, ModelBundle, Precision
from beadwatch.inference.decision import decide
from beadwatch.inference.explain import (
    Explanation,
    against_the_others,
    explain_map,
    findings,
    merged,
    mirrored,
    trained_mirrors,
)
from beadwatch.inference.session import Floats, Session


class Classifier:
    """A model ready to use. Safe to call from several threads."""

    def __init__(self, bundle: ModelBundle, threads: int = 0, precision: Precision = Precision.FP32) -> None:
        """Load the graph and check it against the golden input.

        Raises:
            BundleError: the bundle has no such graph, or it cannot be loaded, or computes other scores than its card
                promises.
        """
        self.card: ModelCard = bundle.card
        self.precision = precision
        self.device_files = bundle.device_files
        self._seen = bundle.seen
        try:
            self._session = Session(bundle.graph(precision), threads)
            self._check_golden(bundle.golden)
        except BundleError as error:
            raise BundleError(f"{bundle.path}: {error}") from error

    def inspect(self, path: str, image: Image) -> Inspection:
        """Classify one picture and decide what follows; `path` is the name under which it is reported."""
        started = time.perf_counter()
        pixels = preprocess(image, self.card.preprocess)
        prediction = self.classify(pixels)
        decision = decide(prediction, self.card.calibration, measure_appearance(pixels))
        latency_ms = (time.perf_counter() - started) * 1000
        explained = self._explain(pixels, findings(prediction, decision, self.card.calibration))
        return Inspection(
            path=path,
            sha256=image.sha256,
            model=self.card.name,
            model_version=self.card.version,
            prediction=prediction,
            decision=decision,
            regions=tuple(explanation.region for explanation in explained if explanation.region),
            latency_ms=latency_ms,
            seen_in_training=self.has_seen(image.sha256),
        )

    def has_seen(self, sha256: str) -> bool:
        """Say whether the model was trained on the file with this sha256."""
        return sha256[:SEEN_DIGITS] in self._seen

    def classify(self, pixels: Pixels) -> Prediction:
        """Return the calibrated answer for one preprocessed picture, uint8 H x W x 3, RGB.

        Raises:
            BundleError: the graph fails, or its answer is not a probability for each class and a distance.
        """
        outputs = self._session.run(pixels[None])
        scores = tuple(float(score) for score in np.clip(outputs.scores[0], 0.0, 1.0))
        distance = float(outputs.distance[0])
        if not math.isfinite(distance):
            raise BundleError(f"the model gave no usable answer: the distance is {distance}")
        try:
            return Prediction(self.card.task, scores, distance)
        except ValueError as error:
            raise BundleError(f"the model gave no usable answer: {error}") from error

    def embed(self, pixels: Pixels) -> Floats:
        """Return the features behind the scores of one preprocessed picture: float32, length F, of no fixed length."""
        features: Floats = self._session.embedding(pixels[None])[0]
        return features

    def explain(self, image: Image, labels: Sequence[str]) -> tuple[Explanation, ...]:
        """Say for each of these classes where in the picture its evidence is, whether the class was found or not.

        Raises:
            ValueError: the model has no such class.
            BundleError: the graph fails, or its activation is no map of finite numbers for each class.
        """
        unknown = [label for label in labels if label not in self.card.task.label_names]
        if unknown:
            raise ValueError(f"no class {unknown[0]!r}; there are: {', '.join(self.card.task.label_names)}")
        return self._explain(preprocess(image, self.card.preprocess), labels)

    def activation(self, pixels: Pixels) -> Floats:
        """Return the class activation maps of one preprocessed picture, float32 C x h x w, in logits.

        They are the mean over the mirror images that the model was trained on; see `inference.explain`.

        Raises:
            BundleError: the graph fails, or its activation is no map of finite numbers for each class.
        """
        mirrors = trained_mirrors(self.card.training)
        maps = self._session.activation(mirrored(pixels, mirrors))
        expected = (len(mirrors), len(self.card.task.labels))
        if np.ndim(maps) != 4 or np.shape(maps)[:2] != expected or not np.isfinite(maps).all():
            raise BundleError(
                f"the model gave no usable activation maps for {expected[1]} classes, but values of shape "
                f"{np.shape(maps)}: export the model with Beadwatch"
            )
        return merged(maps, mirrors)

    def _explain(self, pixels: Pixels, labels: Sequence[str]) -> tuple[Explanation, ...]:
        if not labels:
            return ()
        maps, task = self.activation(pixels), self.card.task
        if task.kind is TaskKind.SINGLE_LABEL:
            maps = against_the_others(maps)
        return tuple(explain_map(label, maps[task.label_names.index(label)]) for label in labels)

    def _check_golden(self, picture: bytes) -> None:
        golden, spec = self.card.golden, self.card.preprocess
        if self.precision is Precision.INT8:
            golden = self.card.other_goldens[INT8_FILE]
        try:
            image = decode(picture)
        except DecodeError as error:
            raise BundleError(f"the golden input {golden.file} is no picture: {error}") from error
        if (image.width, image.height) != (spec.width, spec.height):
            raise BundleError(f"the golden input must have {spec.width} x {spec.height} px")
        prediction = self.classify(image.pixels)
        expected = np.array([*golden.scores, golden.distance])
        difference = float(np.abs(np.array([*prediction.scores, prediction.distance]) - expected).max())
        if not difference <= golden.tolerance:
            raise BundleError(
                f"the golden check failed: {self.precision} scores differ by {difference:.2g} from the card, "
                f"{golden.tolerance:.2g} is allowed. This runtime does not compute what the model promises; "
                "do not use it for this model"
            )
