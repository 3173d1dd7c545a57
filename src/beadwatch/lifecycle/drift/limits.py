"""When a check for drift speaks up. Plain numbers; knows no statistics."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from beadwatch.domain.errors import SettingsError


@dataclass(frozen=True, slots=True)
class DriftLimits:
    """The limits of one check.

    `alpha` is the share of whole checks that may alarm although nothing drifted, all tests of a check together. An
    alarm also needs a difference that matters: `min_effect` of a distribution (0: the same, 1: nothing in common), a
    fall of AUC, recall or expected accuracy by `min_fall`, a rise of the calibration error by `min_rise`. `min_auc`
    holds for each class, `class_min_auc` overrides it by class. `thresholds` are the card's, of multi-label tasks: a
    class without one is found from 0.5. Under `min_pictures` or `min_groups` nothing is said at all, and nothing about
    a class under `min_class_pictures` or `min_class_groups`. Sets over `max_pictures` are thinned by whole groups.
    """

    alpha: float = 0.01
    min_effect: float = 0.02
    min_fall: float = 0.02
    min_rise: float = 0.02
    min_auc: float = 0.75
    class_min_auc: Mapping[str, float] = field(default_factory=dict)
    thresholds: Mapping[str, float] = field(default_factory=dict)
    min_pictures: int = 20
    min_groups: int = 8
    min_class_pictures: int = 15
    min_class_groups: int = 8
    max_pictures: int = 4000
    permutations: int = 1999
    seed: int = 0

    def __post_init__(self) -> None:
        """Check the limits.

        Raises:
            SettingsError: one makes no sense; the message names it.
        """
        for name in ("min_effect", "min_fall", "min_rise", "min_auc"):
            _need(0.0 <= getattr(self, name) <= 1.0, f"{name} must be 0 to 1")
        for name in ("class_min_auc", "thresholds"):
            _need(all(0.0 <= each <= 1.0 for each in getattr(self, name).values()), f"{name} must be 0 to 1")
        _need(0.0 < self.alpha <= 0.2, "alpha must be over 0 and up to 0.2")
        _need(self.min_pictures >= 10, "min_pictures must be 10 at least: fewer tell nothing")
        _need(self.min_groups >= 5, "min_groups must be 5 at least: fewer tell nothing")
        _need(self.min_class_pictures >= 10, "min_class_pictures must be 10 at least: fewer tell nothing")
        _need(self.min_class_groups >= 5, "min_class_groups must be 5 at least: fewer tell nothing")
        _need(self.max_pictures >= 10 * self.min_pictures, "max_pictures must be 10 times min_pictures at least")
        _need(self.permutations * self.alpha >= 9, "permutations must be 9 / alpha at least, or alpha cannot be told")

    def auc_floor(self, label: str) -> float:
        """Return the least AUC of a class."""
        return self.class_min_auc.get(label, self.min_auc)

    def to_dict(self) -> dict[str, Any]:
        """Return the limits as JSON holds them."""
        return asdict(self)


def _need(holds: bool, what: str) -> None:
    if not holds:
        raise SettingsError(f"drift limits: {what}")
