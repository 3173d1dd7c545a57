"""The figures as Prometheus reads them."""

import socket
import urllib.request
from collections.abc import Iterator

import pytest
from prometheus_client.parser import text_string_to_metric_families

from beadwatch.domain.errors import SinkError
from beadwatch.domain.line import Counters, LineState
from beadwatch.line.sinks import prometheus
from beadwatch.line.sinks.prometheus import PrometheusSink, prometheus_place
from tests.line.made import ended, made_event, made_frame, made_run, made_status
from tests.waiting import free_port

RUN = made_run(line="cell 4")
Sample = tuple[str, tuple[tuple[str, str], ...]]


@pytest.fixture
def sink() -> Iterator[PrometheusSink]:
    sink = PrometheusSink("127.0.0.1", free_port(), RUN.line)
    sink.open(RUN)
    yield sink
    sink.close()


def scraped(sink: PrometheusSink) -> dict[Sample, float]:
    """Return the samples by name and labels; each has the line's label, which is left out."""
    url = sink.name.replace("prometheus", "http") + "/metrics"
    with urllib.request.urlopen(url, timeout=10) as answer:
        families = list(text_string_to_metric_families(answer.read().decode()))
    samples = {}
    for sample in (sample for family in families for sample in family.samples):
        labels = dict(sample.labels)
        assert labels.pop("line") == RUN.line
        samples[sample.name, tuple(sorted(labels.items()))] = sample.value
    return samples


def labelled(name: str, **labels: str) -> Sample:
    return f"beadwatch_line_{name}", tuple(sorted(labels.items()))


def test_line_without_a_status_is_unknown_and_should_stop(sink: PrometheusSink) -> None:
    seen = scraped(sink)
    assert [seen[labelled("state", state=state.value)] for state in LineState] == [0, 0, 0, 0, 1]
    assert seen[labelled("stop")] == 1
    assert labelled("last_status_timestamp_seconds") not in seen


def test_status_is_read(sink: PrometheusSink) -> None:
    counters = Counters(10, 6, 2, 1, 7, 1, reconnects=3, unsent=4, unrecorded=5)
    sink.send(made_status(1, LineState.REVIEW, counters=counters))
    seen = scraped(sink)
    assert {state: seen[labelled("state", state=state.value)] for state in LineState} == {
        state: float(state is LineState.REVIEW) for state in LineState
    }
    fates = ("received", "judged", "dropped", "late", "stale", "unjudged")
    assert [seen[labelled("frames_total", fate=fate)] for fate in fates] == [10, 6, 2, 1, 7, 1]
    names = ("reconnects_total", "unsent_total", "unrecorded_events", "stop")
    assert [seen[labelled(name)] for name in names] == [3, 4, 5, 0]
    assert seen[labelled("last_status_timestamp_seconds")] == made_status(1).at
    about = {
        "run": RUN.id,
        "task": "tig",
        "model": "tig-small",
        "version": "3",
        "source": RUN.source,
        "simulated": "false",
    }
    assert seen[labelled("info", **about)] == 1


def test_a_line_that_fell_silent_is_unknown_whatever_it_said_last(
    sink: PrometheusSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    sink.send(made_status(1))
    assert scraped(sink)[labelled("state", state="good")] == 1
    monkeypatch.setattr(prometheus, "STALE_AFTER_S", -1.0)
    seen = scraped(sink)
    assert (seen[labelled("state", state="good")], seen[labelled("state", state="unknown")]) == (0, 1)


def test_delays_are_in_seconds(sink: PrometheusSink) -> None:
    for delay_ms in (4.0, 20.0, 700.0):
        sink.send(made_frame(delay_ms=delay_ms))
    seen = scraped(sink)
    buckets = {
        bound: seen[labelled("frame_delay_seconds_bucket", le=bound)] for bound in ("0.005", "0.02", "1.0", "+Inf")
    }
    assert buckets == {"0.005": 1, "0.02": 2, "1.0": 3, "+Inf": 3}
    assert seen[labelled("frame_delay_seconds_sum")] == pytest.approx(0.724)


def test_event_counts_once(sink: PrometheusSink) -> None:
    for number in (1, 2):
        sink.send(made_event(number))
        sink.send(ended(made_event(number)))
    sink.send(made_event(3, label="unknown", state=LineState.UNKNOWN))
    seen = scraped(sink)
    assert seen[labelled("events_total", label="burn through", state="defect")] == 2
    assert seen[labelled("events_total", label="unknown", state="unknown")] == 1


def test_port_that_is_taken_is_an_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        sink = PrometheusSink("127.0.0.1", taken.getsockname()[1], RUN.line)
        with pytest.raises(SinkError, match="choose another port"):
            sink.open(RUN)
        sink.close()


@pytest.mark.parametrize(
    ("address", "place"),
    [("prometheus://127.0.0.1:99", ("127.0.0.1", 99)), ("prometheus://[::1]", ("::1", 9464))],
)
def test_place(address: str, place: tuple[str, int]) -> None:
    assert prometheus_place(address) == place


@pytest.mark.parametrize("address", ["prometheus://", "prometheus://h:x", "prometheus://h/path", "prometheus://u:pw@h"])
def test_place_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(SinkError):
        prometheus_place(address)
