"""What a receiver of messages looks like to the line. How it is fed and retried is `line.delivery`'s work."""

from typing import Protocol

from beadwatch.domain.line import FrameResult, InspectionEvent, LineStatus, RunInfo

Message = FrameResult | LineStatus | InspectionEvent


class Sink(Protocol):
    """One receiver. It is opened and closed while a line starts and ends; `send` has a thread of its own and may wait.

    `name` is unique among the sinks of a line and the same after a restart, without passwords: what has been delivered
    is remembered under it. `wants_frames` says whether it is given a message for every frame.
    """

    name: str
    wants_frames: bool

    def open(self, run: RunInfo) -> None:
        """Get ready for a run. A receiver that is away now may come later: no error.

        Raises:
            SinkError: it can never work (an address that is none, a port that is taken, a missing package).
        """
        ...

    def send(self, message: Message) -> None:
        """Deliver one message. Returns once the receiver has it, for an event; frames and statuses may be on the way.

        Raises:
            SinkError: it could not be delivered now. An event is tried again until it is; other messages are let go,
                since a newer one follows.
        """
        ...

    def close(self) -> None:
        """Say good-bye and let go of everything; never raises."""
        ...
