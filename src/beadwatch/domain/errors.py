"""The whole error tree, on one page.

Every error that Beadwatch raises on purpose is a `BeadwatchError`. Its message says what happened, to which
file, and what to do. This module does not know exit codes or HTTP statuses: `cli` and `server` map types to those.
"""


class BeadwatchError(Exception):
    """Base of every error that Beadwatch raises on purpose.

    The class name is part of the interface: it is `error.type` on the command line and over HTTP.
    """

    def describe(self) -> dict[str, str]:
        """Return the one JSON shape in which an error is shown anywhere: `{"type", "message"}`."""
        return {"type": type(self).__name__, "message": str(self)}


class DecodeError(BeadwatchError):
    """The bytes are no picture that can be inspected. The subclasses say why."""


class EmptyImageError(DecodeError):
    """There are no bytes at all."""


class UnsupportedImageError(DecodeError):
    """The bytes are of no picture format that Beadwatch reads, or of one it will not guess about."""


class BrokenImageError(DecodeError):
    """The format is known, but the data is truncated or corrupt."""


class ImageTooLargeError(DecodeError):
    """More bytes, pixels or parts than the limit: a decompression bomb looks like this."""


class ImageTooSmallError(DecodeError):
    """Too few pixels to judge a weld by."""


class BusyError(BeadwatchError):
    """There is too much in work already; the same request may be answered in a few seconds."""


class SourceError(BeadwatchError):
    """A path that was to be inspected is missing, unreadable, or holds no picture."""


class BundleError(BeadwatchError):
    """A model bundle is missing, incomplete, altered, or does not compute what its card promises."""


class StoreError(BeadwatchError):
    """The inspection store or the blob store cannot be read or written."""


class FeedbackConflictError(StoreError):
    """Feedback of that id is stored already, and says something else."""


class FeedbackDeletedError(StoreError):
    """Feedback of that id was deleted from the station, and is not taken again."""


class FeedbackError(BeadwatchError):
    """What a person corrected, or the review of it, lacks something or makes no sense."""


class AccountError(BeadwatchError):
    """An account, a device or a pairing code is unknown, taken or no longer valid."""


class WithdrawalError(BeadwatchError):
    """A model version cannot be withdrawn or restored as it was asked for."""


class ReleaseError(BeadwatchError):
    """A model cannot be registered, released, rolled back or taken over; the message says what forbids it."""


class DatasetError(BeadwatchError):
    """A data set is not laid out as expected, or a split is impossible."""


class FetchError(DatasetError):
    """A public data set cannot be fetched: something is missing, refused, or not what was asked for."""


class NetworkError(FetchError):
    """The network or a server failed; the same request may succeed later."""


class ArchiveError(FetchError):
    """A fetched archive is damaged, or holds something that must not be unpacked."""


class TrainingError(BeadwatchError):
    """Training cannot start or go on with what it was given."""


class JobError(BeadwatchError):
    """A job of the loop cannot run; whatever it had to do is still to be done."""


class NotReadyError(JobError):
    """A job of the loop lacks something that no second try will bring: a part or a setting."""


class NoticeError(BeadwatchError):
    """A notice of an alert was not taken by its receiver; it is tried again."""


class CameraError(BeadwatchError):
    """A camera or a recording cannot be opened, or is lost; a live one may come back."""


class TrackError(BeadwatchError):
    """Where the torch is cannot be told: a speed, a robot's file or a live pose makes no sense or is missing."""


class SinkError(BeadwatchError):
    """A receiver of events cannot be set up or did not take a message; it is tried again."""


class SettingsError(BeadwatchError):
    """A setting is missing or wrong."""
