"""`beadwatch accounts`: add, pair, list, revoke, as an administrator types them."""

import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
import segno

from beadwatch.settings import load_settings
from beadwatch.storage.account_store import AccountStore
from beadwatch.storage.database import open_database
from tests.cli.conftest import Run


@pytest.fixture
def store() -> Iterator[AccountStore]:
    opened = AccountStore(open_database(load_settings().database))
    yield opened
    opened.close()


@pytest.fixture
def ada(beadwatch: Run) -> str:
    """Add an account and return its name."""
    outcome = beadwatch("accounts", "add", "ada", "--team", "north", "--role", "reviewer")
    assert (outcome.code, outcome.out) == (0, "")
    assert "added ada, reviewer of north" in outcome.err
    return "ada"


def code_of(beadwatch: Run, name: str) -> str:
    outcome = beadwatch("accounts", "pair", name, "--url", "https://station.example")
    assert outcome.code == 0
    (shown,) = outcome.lines
    assert shown["station"] == "https://station.example"
    assert shown["link"] == f"https://station.example/app/#pair={shown['code']}"
    code: str = shown["code"]
    return code


def on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)


def drawn(text: str) -> list[list[bool]]:
    """Return the dark modules of a QR code on a terminal, by what each character's two halves show."""
    halves = {" ": (False, False), "▀": (True, False), "▄": (False, True), "█": (True, True)}
    lines = re.findall(r"\x1b\[38;5;16;48;5;231m([ ▀▄█]+)\x1b\[0m", text)
    return [[halves[character][half] for character in line] for line in lines for half in (0, 1)]


def matrix(link: str) -> list[list[bool]]:
    code = segno.make(link, error="m", micro=False)
    return [[bool(module) for module in row] for row in code.matrix_iter(border=4)]


def test_token_for_a_machine_is_printed_once_and_known(beadwatch: Run, ada: str, store: AccountStore) -> None:
    outcome = beadwatch("accounts", "token", ada, "--device", "line 1")
    assert outcome.code == 0
    caller = store.caller(outcome.out.strip())
    assert caller is not None
    (device,) = store.devices()
    assert (caller.device_id, device.name) == (device.id, "line 1")
    assert outcome.out.strip() not in beadwatch("accounts", "list").out


@pytest.mark.parametrize(("name", "device"), [("bob", "line 1"), ("ada", " "), ("ada", "x" * 65)])
def test_token_for_nobody_is_none(beadwatch: Run, ada: str, store: AccountStore, name: str, device: str) -> None:
    outcome = beadwatch("accounts", "token", name, "--device", device)
    assert (outcome.code, outcome.out) == (2, "")
    assert store.devices() == []


def test_printed_code_pairs_a_device_and_no_token_is_shown(beadwatch: Run, ada: str, store: AccountStore) -> None:
    token, _, device = store.pair(code_of(beadwatch, ada), "phone")
    listed = beadwatch("accounts", "list")
    (line,) = listed.lines
    assert (line["name"], line["role"], line["team"], line["revoked_at"]) == ("ada", "reviewer", "north", None)
    assert line["devices"] == [device.to_dict()]
    table = beadwatch("accounts", "list", "--format", "table")
    assert all(shown in table.out for shown in ("ada", "north", "phone", device.id))
    assert token not in listed.out + table.out


@pytest.mark.parametrize("url", ["https://station.example", "http://10.0.0.7:8000/", "https://site.example/welds"])
def test_terminal_shows_the_link_as_a_qr_code(
    beadwatch: Run, ada: str, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    on_a_terminal(monkeypatch)
    out = beadwatch("accounts", "pair", ada, "--url", url).out
    code = re.findall(r"^code     (\w{4}-\w{4})$", out, re.MULTILINE)[0]
    link = f"{url.rstrip('/')}/app/#pair={code}"
    assert f"link     {link}\n" in out
    expected = matrix(link)
    rows = drawn(out)
    assert rows[: len(expected)] == expected
    assert not any(map(any, rows[len(expected) :])), "an odd last line is filled up with light"
    assert rows != matrix(f"{link}0")[: len(rows)]


def test_svg_draws_the_same_code_and_is_written_whole(beadwatch: Run, ada: str, tmp_path: Path) -> None:
    picture = tmp_path / "out" / "ada.svg"
    link = beadwatch("accounts", "pair", ada, "--url", "https://s.example", "--svg", picture).lines[0]["link"]
    root = ElementTree.fromstring(picture.read_text())
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    side = int(root.attrib["width"]) // 8
    path = root.findall(".//{http://www.w3.org/2000/svg}path")[-1].attrib["d"]
    assert strokes(path, side) == matrix(link)
    assert [file.name for file in picture.parent.iterdir()] == ["ada.svg"]


def strokes(path: str, side: int) -> list[list[bool]]:
    """Return the modules that a path of horizontal strokes paints."""
    painted = [[False] * side for _ in range(side)]
    x, y = 0.0, 0.0
    for command, numbers in re.findall(r"([Mmh])([-\d. ]+)", path):
        values = [float(number) for number in numbers.split()]
        if command == "h":
            painted[int(y)][int(x) : int(x + values[0])] = [True] * int(values[0])
            x += values[0]
        else:
            x, y = (values[0], values[1]) if command == "M" else (x + values[0], y + values[1])
    return painted


def test_svg_that_cannot_be_written_is_exit_code_2(beadwatch: Run, ada: str, tmp_path: Path) -> None:
    outcome = beadwatch("accounts", "pair", ada, "--svg", tmp_path)
    assert outcome.code == 2
    assert "StoreError: cannot write" in outcome.err


def test_default_address_is_the_station_on_this_machine(beadwatch: Run, ada: str) -> None:
    assert beadwatch("accounts", "pair", ada).lines[0]["link"].startswith("http://127.0.0.1:8000/app/#pair=")


def test_revoked_device_and_account(beadwatch: Run, ada: str, store: AccountStore) -> None:
    tokens = [store.pair(code_of(beadwatch, ada), f"phone {number}")[0] for number in range(2)]
    device = next(device for device in store.devices() if device.name == "phone 0")
    assert "phone 0" in beadwatch("accounts", "revoke", "--device", device.id).err
    assert [store.caller(token) is None for token in tokens] == [True, False]
    assert "revoked ada" in beadwatch("accounts", "revoke", ada).err
    assert store.caller(tokens[1]) is None
    assert beadwatch("accounts", "list").lines[0]["revoked_at"]


def test_no_account_is_said(beadwatch: Run) -> None:
    outcome = beadwatch("accounts", "list")
    assert (outcome.code, outcome.out) == (0, "")
    assert "no account yet" in outcome.err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["add", "ada", "--team", "south"], "AccountError: there is an account 'ada' already"),
        (["add", "bob", "--team", "Big Site"], "AccountError: 'Big Site' is no name of a team"),
        (["add", "bob"], "--team"),
        (["add", "bob", "--team", "north", "--role", "boss"], "boss"),
        (["pair", "bob"], "AccountError: no account 'bob'"),
        (["pair", "ada", "--url", "station.example"], "AccountError: that is no address"),
        (["pair", "ada", "--url", "ftp://station.example"], "that is no address of a station"),
        (["pair", "ada", "--url", "https://station.example/?a=b"], "that is no address of a station"),
        (["pair", "ada", "--url", "https://station.example/#x"], "that is no address of a station"),
        (["pair", "ada", "--url", "https://me:pw@station.example"], "that is no address of a station"),
        (["pair", "ada", "--url", "https://station .example"], "that is no address of a station"),
        (["pair", "ada", "--url", "https://station.example:port"], "that is no address of a station"),
        (["revoke", "bob"], "AccountError: no account 'bob'"),
        (["revoke", "--device", "x"], "AccountError: no device 'x'"),
        (["revoke"], "SettingsError: say which"),
        (["revoke", "ada", "--device", "x"], "SettingsError: say which"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_done_is_exit_code_2(beadwatch: Run, ada: str, arguments: list[str], says: str) -> None:
    outcome = beadwatch("accounts", *arguments)
    assert outcome.code == 2
    assert says in outcome.err
    assert "Traceback" not in outcome.err
