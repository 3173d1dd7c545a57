"""Which of a bundle's graphs answers here: the one asked for, or the one preferred if it holds on this processor.

An order (`BEADWATCH_PRECISION`) is obeyed or refused, never changed in silence. A mere preference, as of the line for
int8, gives way to fp32 with one line in the log. Every way to a model goes through `open_precise`.
"""

import logging

from beadwatch.domain.errors import BundleError
from beadwatch.inference.bundle import ModelBundle, Precision
from beadwatch.inference.classifier import Classifier
from beadwatch.settings import Settings

_log = logging.getLogger(__name__)


def open_precise(bundle: ModelBundle, settings: Settings, preferred: Precision = Precision.FP32) -> Classifier:
    """Load the graph that the settings ask for, or else the preferred one; fp32 where the bundle has no int8.

    Raises:
        BundleError: the graph asked for, or fp32, cannot be loaded or computes other scores than the card promises.
    """
    asked = "precision" in settings.given
    wanted = bundle.best(settings.precision if asked else preferred)
    try:
        return Classifier(bundle, settings.threads, wanted)
    except BundleError as error:
        if wanted is Precision.FP32:
            raise
        if asked:
            raise BundleError(
                f"{error}. BEADWATCH_PRECISION={wanted} asks for it: set fp32, or make the int8 graph anew with "
                "`beadwatch export`"
            ) from error
        classifier = Classifier(bundle, settings.threads, Precision.FP32)
        _log.warning("fp32 answers in the place of %s, which is faster but does not hold here: %s", wanted, error)
        return classifier
