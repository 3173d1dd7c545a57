"""What follows from where a station listens."""

import socket

import pytest

from beadwatch.server.reach import Reach, listens_here_only, reach_of, said_of
from beadwatch.settings import load_settings


@pytest.fixture(autouse=True)
def name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: "cell-3.plant.example")


def reach(host: str, certified: tuple[str, ...] = ()) -> Reach:
    return reach_of(load_settings(), host, certified)


@pytest.mark.parametrize(
    ("host", "is_here"),
    [
        ("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("::", False), ("", False),
        ("192.0.2.7", False),
    ],
)  # fmt: skip
def test_loopback_is_this_machine_alone(host: str, is_here: bool) -> None:
    assert listens_here_only(host) is is_here


@pytest.mark.parametrize(
    ("found", "is_here"), [(["127.0.1.1"], True), (["127.0.1.1", "192.0.2.7"], False), ([], False), (None, False)]
)
def test_name_is_looked_up(monkeypatch: pytest.MonkeyPatch, found: list[str] | None, is_here: bool) -> None:
    def look_up(_host: str, _port: None) -> list[tuple[int, int, int, str, tuple[str, int]]]:
        if found is None:
            raise socket.gaierror
        return [(2, 1, 6, "", (address, 0)) for address in found]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    assert listens_here_only("cell-3") is is_here


@pytest.mark.parametrize(
    ("listens", "asked", "allowed"),
    [
        ("127.0.0.1", "localhost:8000", True),
        ("127.0.0.1", "cell-3:8000", False),
        ("127.0.0.1", "192.0.2.7:8000", False),
        ("0.0.0.0", "cell-3:8000", True),
        ("0.0.0.0", "cell-3.local:8000", True),
        ("0.0.0.0", "cell-3.plant.example", True),
        ("0.0.0.0", "192.0.2.7:8000", True),
        ("0.0.0.0", "welding.local:8443", True),
        ("0.0.0.0", "rebound.example", False),
        ("::", "[2001:db8::1]:8000", True),
        ("192.0.2.7", "192.0.2.7:8000", True),
        ("192.0.2.7", "rebound.example", False),
    ],
)
def test_names_that_a_station_answers_to(listens: str, asked: str, allowed: bool) -> None:
    assert reach(listens, ("welding.local",)).hosts.allows(asked) is allowed


@pytest.mark.parametrize("listens", ["127.0.0.1", "0.0.0.0"])
def test_setting_adds_names(monkeypatch: pytest.MonkeyPatch, listens: str) -> None:
    monkeypatch.setenv("BEADWATCH_ALLOWED_HOSTS", "weld.example, *.plant.example")
    hosts = reach(listens).hosts
    assert [hosts.allows(each) for each in ("weld.example", "a.plant.example", "b.example")] == [True, True, False]


@pytest.mark.parametrize(
    ("listens", "environment", "asks", "says"),
    [
        ("127.0.0.1", {}, False, "this machine alone"),
        ("::1", {}, False, "this machine alone"),
        ("0.0.0.0", {}, True, "in the clear"),
        ("::", {}, True, "in the clear"),
        ("", {}, True, "in the clear"),
        ("192.0.2.7", {}, True, "in the clear"),
        ("0.0.0.0", {"BEADWATCH_ACCESS": "open"}, False, "OPEN TO OTHER MACHINES"),
        ("127.0.0.1", {"BEADWATCH_ACCESS": "open"}, False, "this machine alone"),
        ("127.0.0.1", {"BEADWATCH_ACCESS": "token"}, True, "accounts pair"),
        ("127.0.0.1", {"BEADWATCH_TRUSTED_PROXIES": "127.0.0.1"}, True, "accounts pair"),
        ("127.0.0.1", {"BEADWATCH_ALLOWED_HOSTS": "weld.example"}, True, "in the clear"),
        ("127.0.0.1", {"BEADWATCH_ALLOWED_HOSTS": "*"}, True, "in the clear"),
        ("127.0.0.1", {"BEADWATCH_ALLOWED_HOSTS": "localhost,[::1]"}, False, "this machine alone"),
        ("127.0.0.1", {"BEADWATCH_ROOT_PATH": "/weld"}, False, "this machine alone"),
    ],
    ids=str,
)
def test_token_is_asked_for_where_other_machines_come_in(
    monkeypatch: pytest.MonkeyPatch, listens: str, environment: dict[str, str], asks: bool, says: str
) -> None:
    for variable, text in environment.items():
        monkeypatch.setenv(variable, text)
    found = reach(listens)
    assert found.asks_token is asks
    assert says in "\n".join(said_of(found, encrypted=False))
    assert "in the clear" not in "\n".join(said_of(found, encrypted=True))
