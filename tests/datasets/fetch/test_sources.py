"""What a person names is read as they mean it, and is never shown with a login or a key in it."""

import pytest

from beadwatch.datasets.attribution import ATTRIBUTION
from beadwatch.datasets.fetch.addresses import is_private, shown
from beadwatch.datasets.fetch.sources import (
    ArchiveSource,
    GitSource,
    KaggleSource,
    RoboflowSource,
    Source,
    known_set,
    parse_source,
)
from beadwatch.domain.errors import FetchError

SS304 = KaggleSource("danielbacioiu", "tig-stainless-steel-304")
WELD_QUALITY = RoboflowSource("welding-2bplp", "weld-quality-inspection-rei9l", 9)


@pytest.mark.parametrize(
    ("text", "source", "name"),
    [
        ("ss304", SS304, "tig-stainless-steel-304"),
        ("weld-quality", WELD_QUALITY, "weld-quality-inspection-rei9l"),
        ("kaggle:danielbacioiu/tig-stainless-steel-304", SS304, "tig-stainless-steel-304"),
        ("kaggle:a/b/versions/12", KaggleSource("a", "b", 12), "b"),
        ("roboflow:w/p/9", RoboflowSource("w", "p", 9), "p"),
        ("roboflow:w/p/9/multiclass", RoboflowSource("w", "p", 9, "multiclass"), "p"),
        ("https://host/a/set.tar.gz", ArchiveSource("https://host/a/set.tar.gz"), "set"),
        ("https://host/a/set.zip?key=1", ArchiveSource("https://host/a/set.zip?key=1"), "set"),
        ("https://host/123", ArchiveSource("https://host/123"), "123"),
        ("https://host", ArchiveSource("https://host"), ""),
        ("git+https://host/a/set.git", GitSource("https://host/a/set.git"), "set"),
        ("HTTPS://host/a/set.zip", ArchiveSource("https://host/a/set.zip"), "set"),
        ("Kaggle:a/b", KaggleSource("a", "b"), "b"),
        ("GIT+HTTPS://host/a/set", GitSource("https://host/a/set"), "set"),
        ("git+https://host/a/set@v1.0", GitSource("https://host/a/set", "v1.0"), "set"),
        ("git+https://host/a/set@feature/x", GitSource("https://host/a/set", "feature/x"), "set"),
        ("git+ssh://git@host/a/set", GitSource("ssh://git@host/a/set"), "set"),
        ("git+ssh://git@host/a/set@main", GitSource("ssh://git@host/a/set", "main"), "set"),
        ("git+file:///srv/set", GitSource("file:///srv/set"), "set"),
    ],
)
def test_source(text: str, source: Source, name: str) -> None:
    assert parse_source(text) == source
    assert source.name == name


@pytest.mark.parametrize(
    "text",
    [
        "", "words", "kaggle:", "kaggle:one", "kaggle:a/b/c", "kaggle:../b", "kaggle:a/b/versions/0", "kaggle:a/b?x=1",
        "roboflow:w/p", "roboflow:w/p/latest", "roboflow:w/p/9/../x", "ftp://host/set.zip", "/srv/set.zip", "git+host",
        "git+ext::sh -c id", "git+git://host/set", "git+--upload-pack=id",
    ],
)  # fmt: skip
def test_what_names_nothing_is_refused(text: str) -> None:
    with pytest.raises(FetchError, match=r"There are: ss304, weld-quality, kaggle:|use git\+https"):
        parse_source(text)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("https://me:secret@host/set.zip", r"leave the login out of the address; it goes into ~/\.netrc"),
        ("https://secret@host/set.zip", "leave the login out"),
        ("git+https://secret@host/set", "a credential helper"),
        ("git+ssh://me:secret@host/set", "a credential helper"),
        ("git+https://host/set?token=secret", r"use git\+https"),
        ("git+http://host/set", "plain http can be tampered with"),
        ("git+https://host/set@--upload-pack=id", "is no name of a branch, tag or commit"),
        ("https:///set.zip?key=secret", "is no address"),
        ("https://host:port/set.zip", "is no address"),
        ("https://[host/set.zip", "is no address"),
    ],
)
def test_address_that_cannot_be_used_is_refused_without_its_secret(text: str, says: str) -> None:
    with pytest.raises(FetchError, match=says) as raised:
        parse_source(text)
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    "text",
    ["kaggle:a/b", "kaggle:a/b/versions/2", "roboflow:w/p/9", "roboflow:w/p/9/coco", "git+https://host/set@v1"],
)
def test_source_is_shown_as_it_is_written(text: str) -> None:
    assert str(parse_source(text)) == text


def test_key_in_an_address_is_neither_shown_nor_forgotten() -> None:
    one, two = parse_source("https://host/set.zip?key=secret1"), parse_source("https://host/set.zip?key=secret2")
    assert str(one) == str(two) == "https://host/set.zip"
    assert one.key != two.key
    assert "secret" not in repr(one) + one.key + one.page


@pytest.mark.parametrize("name", ATTRIBUTION)
def test_every_known_set_can_be_fetched_and_is_known_again(name: str) -> None:
    assert known_set(parse_source(name)) == (name, ATTRIBUTION[name])
    assert parse_source(ATTRIBUTION[name].source).page == ATTRIBUTION[name].url


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("kaggle:danielbacioiu/tig-stainless-steel-304/versions/1", "ss304"),
        ("roboflow:welding-2bplp/weld-quality-inspection-rei9l/9/multiclass", "weld-quality"),
        ("roboflow:welding-2bplp/weld-quality-inspection-rei9l/8", None),
        ("kaggle:danielbacioiu/tig-aluminium-5083", None),
        ("https://www.kaggle.com/datasets", None),
    ],
)
def test_known_set_is_known_in_any_version_and_format(text: str, name: str | None) -> None:
    found = known_set(parse_source(text))
    assert (found and found[0]) == name


@pytest.mark.parametrize(
    ("url", "private"),
    [
        ("https://host/x", True), ("http://localhost:1/x", True), ("http://127.0.0.1/x", True),
        ("http://[::1]/x", True),
        ("http://host/x", False), ("http://127.0.0.1.example/x", False), ("http://10.0.0.1/x", False),
        ("ftp://host/x", False),
    ],
)  # fmt: skip
def test_private_way(url: str, private: bool) -> None:
    assert is_private(url) is private


@pytest.mark.parametrize(
    "url", ["https://host:1/x?k=secret", "https://me:secret@host:1/x#secret", "https://secret@host:1/x"]
)
def test_shown_address(url: str) -> None:
    assert shown(url) == "https://host:1/x"
