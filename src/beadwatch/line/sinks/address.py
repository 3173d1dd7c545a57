"""From an address, as a person writes it, to the receiver behind it. Imports each receiver when it is asked for."""

from collections.abc import Callable
from dataclasses import dataclass

from beadwatch.domain.errors import SinkError
from beadwatch.line.sinks.port import Sink

ADDRESSES = {
    "mqtt://user:password@host:1883/prefix": "plain JSON topics (mqtts:// with TLS)",
    "sparkplug://user:password@host:1883/GROUP/NODE": "Sparkplug B 3.0, the line is a device (sparkplugs:// with TLS)",
    "opc.tcp://127.0.0.1:4840/beadwatch": "an OPC UA server here",
    "https://host/path": "a webhook: events by HTTP POST (or http://)",
    "prometheus://127.0.0.1:9464": "figures for Prometheus to scrape",
    "jsonl:PATH": "a file with one JSON object a line (or a path that ends in .jsonl, or - for standard output)",
}


@dataclass(frozen=True, slots=True)
class SinkOptions:
    """What an address does not say. `secret` signs webhooks, `statuses` posts them to webhooks too, `frames` writes a
    line for every frame into JSON lines."""

    secret: str | None = None
    statuses: bool = False
    frames: bool = False


def open_sink(address: str, line: str, options: SinkOptions | None = None) -> Sink:
    """Return the receiver of an address for a line, not opened yet.

    Raises:
        SinkError: the address is none, or the package for it is missing.
    """
    options = options or SinkOptions()
    scheme = "jsonl" if address == "-" or address.endswith(".jsonl") else address.partition(":")[0].lower()
    if "://" in address:
        scheme = address.partition(":")[0].lower()
    maker = _MAKERS.get(scheme)
    if maker is None:
        known = "; ".join(f"{form}  {what}" for form, what in ADDRESSES.items())
        raise SinkError(f"no receiver has an address that begins with {scheme[:20]!r}. There are: {known}")
    try:
        return maker(address, line, options)
    except ModuleNotFoundError as error:
        raise SinkError(f"{scheme} needs the package {error.name}: install beadwatch[line]") from error


def _mqtt(address: str, line: str, _options: SinkOptions) -> Sink:
    from beadwatch.line.sinks.mqtt import MqttSink

    return MqttSink(address, line)


def _sparkplug(address: str, line: str, _options: SinkOptions) -> Sink:
    from beadwatch.line.sinks.sparkplug import SparkplugSink

    return SparkplugSink(address, line)


def _opc_ua(address: str, line: str, _options: SinkOptions) -> Sink:
    from beadwatch.line.sinks.opcua import OpcUaSink

    return OpcUaSink(address, line)


def _webhook(address: str, _line: str, options: SinkOptions) -> Sink:
    from beadwatch.line.sinks.webhook import WebhookSink

    return WebhookSink(address, options.secret, options.statuses)


def _prometheus(address: str, line: str, _options: SinkOptions) -> Sink:
    from beadwatch.line.sinks.prometheus import PrometheusSink, prometheus_place

    return PrometheusSink(*prometheus_place(address), line)


def _json_lines(address: str, _line: str, options: SinkOptions) -> Sink:
    from beadwatch.line.sinks.json_lines import JsonLinesSink

    scheme, colon, rest = address.partition(":")
    path = rest if colon and scheme.lower() == "jsonl" else address
    if not path:
        raise SinkError("write where the lines go as jsonl:PATH")
    return JsonLinesSink(path, options.frames)


_MAKERS: dict[str, Callable[[str, str, SinkOptions], Sink]] = {
    "mqtt": _mqtt,
    "mqtts": _mqtt,
    "sparkplug": _sparkplug,
    "sparkplugs": _sparkplug,
    "opc.tcp": _opc_ua,
    "http": _webhook,
    "https": _webhook,
    "prometheus": _prometheus,
    "jsonl": _json_lines,
}
