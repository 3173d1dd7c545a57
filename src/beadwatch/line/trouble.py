"""Why one thing does not work now, said in the log once when it begins and once when it is over. Knows no reasons."""

import logging
import time

from beadwatch.domain.errors import BeadwatchError

_PATIENCE_S = 1.0  # a connection that is still being made is no trouble yet
_LOG = logging.getLogger(__name__)


class Trouble:
    """The trouble of one thing, `what`; `text` is None while it works. Used from one thread, read from any."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._began_s = 0.0
        self._said = False
        self.text: str | None = None

    def begin(self, error: Exception) -> None:
        """Say that it failed, again or for the first time. No error of ours is a mistake: logged with its place."""
        ours = isinstance(error, BeadwatchError)
        if self.text is None:
            self._began_s = time.monotonic()
        self.text = str(error) if ours else f"{type(error).__name__}, see the log"
        if not self._said and not ours:
            _LOG.error("%s failed unexpectedly; it is tried again", self._what, exc_info=error)
            self._said = True
        elif not self._said and time.monotonic() - self._began_s >= _PATIENCE_S:
            _LOG.warning("%s; it is tried again", self.text)
            self._said = True

    def end(self) -> None:
        """Say that it works."""
        if self._said:
            _LOG.warning("%s works again", self._what)
        self._said, self.text = False, None
