"""Which receiver an address means, and what is said about one that means none."""

import builtins
from pathlib import Path
from typing import Any

import pytest

from beadwatch.domain.errors import SinkError
from beadwatch.line.sinks.address import ADDRESSES, SinkOptions, open_sink


@pytest.mark.parametrize(
    ("address", "kind", "name"),
    [
        ("mqtt://u:pw@host", "MqttSink", "mqtt://host:1883/beadwatch/cell"),
        ("mqtts://host/a/b", "MqttSink", "mqtts://host:8883/a/b"),
        ("sparkplug://u:pw@host/g/n", "SparkplugSink", "sparkplug://host:1883/g/n/cell"),
        ("sparkplugs://host/g/n", "SparkplugSink", "sparkplugs://host:8883/g/n/cell"),
        ("opc.tcp://0.0.0.0:4841/beadwatch", "OpcUaSink", "opc.tcp://0.0.0.0:4841/beadwatch"),
        ("http://u:pw@host/hook", "WebhookSink", "http://host/hook"),
        ("https://host/hook.jsonl", "WebhookSink", "https://host/hook.jsonl"),
        ("prometheus://127.0.0.1:9999", "PrometheusSink", "prometheus://127.0.0.1:9999"),
        ("jsonl:/a/b.txt", "JsonLinesSink", "jsonl:/a/b.txt"),
        ("/a/b.jsonl", "JsonLinesSink", "jsonl:/a/b.jsonl"),
        ("-", "JsonLinesSink", "jsonl:-"),
        ("MQTTS://host/a/b", "MqttSink", "mqtts://host:8883/a/b"),
        ("SparkPlug://host/g/n", "SparkplugSink", "sparkplug://host:1883/g/n/cell"),
        ("OPC.TCP://0.0.0.0:4841/beadwatch", "OpcUaSink", "opc.tcp://0.0.0.0:4841/beadwatch"),
        ("HTTPS://host/hook", "WebhookSink", "https://host/hook"),
        ("Prometheus://127.0.0.1:9999", "PrometheusSink", "prometheus://127.0.0.1:9999"),
        ("JSONL:/a/b.txt", "JsonLinesSink", "jsonl:/a/b.txt"),
    ],
)
def test_address_means(address: str, kind: str, name: str) -> None:
    sink = open_sink(address, "cell")
    assert (type(sink).__name__, sink.name) == (kind, name)
    sink.close()


@pytest.mark.parametrize("address", ["kafka://host", "C:/line.txt", "", "line.txt", "mqtt:host", "jsonl:"])
def test_address_that_means_nothing_says_what_there_is(address: str) -> None:
    with pytest.raises(SinkError, match=r"mqtt://|jsonl:PATH"):
        open_sink(address, "cell")


def test_every_address_is_listed_to_who_asks_for_another() -> None:
    with pytest.raises(SinkError) as caught:
        open_sink("kafka://u:secret@host", "cell")
    assert all(form in str(caught.value) for form in ADDRESSES)
    assert "secret" not in str(caught.value)


def test_options_reach_the_receiver(tmp_path: Path) -> None:
    assert open_sink(str(tmp_path / "a.jsonl"), "cell", SinkOptions(frames=True)).wants_frames


def test_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *more: Any) -> Any:
        if name == "beadwatch.line.sinks.mqtt":
            raise ModuleNotFoundError("no", name="paho")
        return real(name, *more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(SinkError, match=r"needs the package paho: install beadwatch\[line\]"):
        open_sink("mqtt://host", "cell")
