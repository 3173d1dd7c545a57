"""The kind of camera failure that waiting does not mend."""

from beadwatch.domain.errors import CameraError


class UnusableCameraError(CameraError):
    """A live camera can never work as it was asked for: a refused password, a missing package, an unknown format."""
