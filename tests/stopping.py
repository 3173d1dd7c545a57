"""Files that end the process at a chosen write, so that a test sees what a kill there leaves behind."""

from beadwatch.storage.files import Files


class Stopped(BaseException):
    """The process ends here, as by SIGKILL: nothing catches it."""


class Stopping:
    """Files that stop the process before or after the write of that number, from 0."""

    def __init__(self, files: Files, number: int, after: bool) -> None:
        self._files, self.root, self._left, self._after = files, files.root, number, after

    def read(self, path: str) -> bytes | None:
        """Read."""
        return self._files.read(path)

    def exists(self, path: str) -> bool:
        """Look."""
        return self._files.exists(path)

    def names(self, folder: str) -> list[str]:
        """List."""
        return self._files.names(folder)

    def remove(self, path: str) -> None:
        """Remove."""
        self._files.remove(path)

    def write(self, path: str, data: bytes) -> None:
        """Write, or stop."""
        last = self._counted()
        self._files.write(path, data)
        if last:
            self.stop()

    def create(self, path: str, data: bytes) -> bool:
        """Create, or stop."""
        last = self._counted()
        made = self._files.create(path, data)
        if last:
            self.stop()
        return made

    def stop(self) -> None:
        """End the process, as far as a test can within its own."""
        raise Stopped

    def _counted(self) -> bool:
        if self._left == 0 and not self._after:
            self.stop()
        self._left -= 1
        return self._left == -1
