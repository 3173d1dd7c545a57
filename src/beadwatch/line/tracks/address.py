"""One text to one track, for the command line and the settings."""

from urllib.parse import urlsplit

from beadwatch.domain.errors import TrackError
from beadwatch.line.track import Track
from beadwatch.line.tracks.speed import NoTrack, SpeedTrack, parse_speed


def open_track(address: str | None) -> Track:
    """Return the track at an address; it is still to be opened with `with`.

    None: no track. `8mm/s`, `0.48 m/min`, `20 ipm`: a constant speed. `robot.csv`: the robot's file, read at once.
    `mqtt://host:1883/topic`, `mqtts://...` and `opc.tcp://host:4840/?x=ns=2;s=X`: a machine that tells where it is.

    Raises:
        TrackError: it is none of these, or makes no sense; or a package is missing.
    """
    if address is None:
        return NoTrack()
    try:
        return _addressed(address)
    except ImportError as error:
        raise TrackError(f"{error.name} is not installed: pip install 'beadwatch[line]'") from error


def _addressed(address: str) -> Track:
    scheme = urlsplit(address).scheme if "://" in address else ""
    if scheme in {"mqtt", "mqtts"}:
        from beadwatch.line.tracks.mqtt import MqttTrack

        return MqttTrack(address)
    if scheme == "opc.tcp":
        from beadwatch.line.tracks.opcua import OpcUaTrack

        return OpcUaTrack(address)
    if address.lower().endswith(".csv"):
        from beadwatch.line.tracks.csv_file import CsvTrack

        return CsvTrack(address)
    return SpeedTrack(parse_speed(address))
