"""Whether a picture can be a photo of anything at all: enough contrast, and structure of the right fineness.

A network judges likeness in its own terms, and has answers for what is no picture at all: a smooth gradient can look
like the glow of a weld pool to it. These two figures do not depend on any network. Knows no pixels and no welds.
"""

from dataclasses import dataclass

from beadwatch.domain.errors import BundleError


@dataclass(frozen=True, slots=True)
class Appearance:
    """Two figures of one picture; `imaging.appearance` measures them.

    `contrast` is the standard deviation of the coarse grey picture, in grey levels of 255. `detail` is the mean
    curvature of that picture as a share of its contrast: near 0 for what is smooth, about 3.5 for pure noise.
    """

    contrast: float
    detail: float


@dataclass(frozen=True, slots=True)
class AppearanceLimits:
    """What a picture must show before the model may decide about it."""

    min_contrast: float
    min_detail: float
    max_detail: float

    def __post_init__(self) -> None:
        if not (0.0 <= self.min_contrast <= 255.0 and 0.0 <= self.min_detail < self.max_detail):
            raise BundleError(
                f"appearance limits {self.min_contrast}, {self.min_detail} to {self.max_detail}: contrast is in grey "
                "levels of 255, and the least detail must be below the most"
            )

    def fault_of(self, appearance: Appearance) -> str | None:
        """Return in words what keeps a picture from being judged, or None."""
        if not appearance.contrast >= self.min_contrast:
            return (
                f"nearly blank: contrast of {appearance.contrast:.1f} grey levels, {self.min_contrast:.1f} are needed; "
                "check light, exposure and lens cap"
            )
        if not appearance.detail >= self.min_detail:
            return (
                f"without detail: {appearance.detail:.2f}, {self.min_detail:.2f} is needed; "
                "check focus, and whether the lens or its glass is fogged or covered"
            )
        if not appearance.detail <= self.max_detail:
            return (
                f"noise or a fine pattern: detail {appearance.detail:.2f} is over {self.max_detail:.2f}; "
                "check the camera, and that it sees a weld"
            )
        return None
