"""What can be fetched, and how a person names it: one argument, read into one of four kinds of source.

`str(source)` may be shown and stored: it has neither a login nor the part of an address behind `?`, where keys stand.
`source.key` tells two sources apart that look the same without them. Knows names; does not touch the network.
"""

import hashlib
import re
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from beadwatch.datasets.attribution import ATTRIBUTION, Attribution
from beadwatch.datasets.fetch.addresses import is_private, shown
from beadwatch.domain.errors import FetchError

SYNTAX = (
    f"{', '.join(ATTRIBUTION)}, kaggle:OWNER/SET[/versions/N], roboflow:WORKSPACE/PROJECT/VERSION[/FORMAT], "
    "https://.../set.zip (or .tar, .tar.gz, .tgz), git+https://...[@REF]"
)
ROBOFLOW_FORMAT = "yolov8"

_SLUG = r"[A-Za-z0-9][A-Za-z0-9._-]*"
_KAGGLE = re.compile(rf"({_SLUG})/({_SLUG})(?:/versions/([1-9][0-9]*))?")
_ROBOFLOW = re.compile(rf"({_SLUG})/({_SLUG})/([1-9][0-9]*)(?:/({_SLUG}))?")
_REF = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/+-]*")  # begins with no dash: git must not take it for an option
_GIT_SCHEMES = ("https", "http", "ssh", "file")
_ARCHIVE_SUFFIXES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")


@dataclass(frozen=True, slots=True)
class KaggleSource:
    """A data set on Kaggle; without a version, the newest."""

    owner: str
    dataset: str
    version: int | None = None

    def __str__(self) -> str:
        """Return it as a person writes it."""
        return f"kaggle:{self.owner}/{self.dataset}" + (f"/versions/{self.version}" if self.version else "")

    @property
    def key(self) -> str:
        """What tells it from every other source."""
        return str(self)

    @property
    def name(self) -> str:
        """What to call its folder."""
        return self.dataset

    @property
    def page(self) -> str:
        """Where a person reads about it."""
        return f"https://www.kaggle.com/datasets/{self.owner}/{self.dataset}"


@dataclass(frozen=True, slots=True)
class RoboflowSource:
    """A version of a project on Roboflow Universe, in one of Roboflow's export formats."""

    workspace: str
    project: str
    version: int
    format: str = ROBOFLOW_FORMAT

    def __str__(self) -> str:
        """Return it as a person writes it."""
        path = f"{self.workspace}/{self.project}/{self.version}"
        return f"roboflow:{path}" + (f"/{self.format}" if self.format != ROBOFLOW_FORMAT else "")

    @property
    def key(self) -> str:
        """What tells it from every other source."""
        return str(self)

    @property
    def name(self) -> str:
        """What to call its folder."""
        return self.project

    @property
    def page(self) -> str:
        """Where a person reads about it."""
        return f"https://universe.roboflow.com/{self.workspace}/{self.project}/dataset/{self.version}"


@dataclass(frozen=True, slots=True)
class ArchiveSource:
    """An archive at an address."""

    url: str = field(repr=False)

    def __str__(self) -> str:
        """Return the address without what stands behind `?`."""
        return shown(self.url)

    @property
    def key(self) -> str:
        """What tells it from every other source: a hash of the whole address."""
        return f"{self}#{hashlib.sha256(self.url.encode()).hexdigest()[:16]}"

    @property
    def name(self) -> str:
        """What to call its folder: the file's name without its ending, or nothing."""
        name = PurePosixPath(urlsplit(self.url).path).name
        for suffix in _ARCHIVE_SUFFIXES:
            name = name.removesuffix(suffix)
        return name

    @property
    def page(self) -> str:
        """Where a person reads about it."""
        return str(self)


@dataclass(frozen=True, slots=True)
class GitSource:
    """A git repository; `ref` is a branch, a tag or a commit, or None for its default branch."""

    url: str
    ref: str | None = None

    def __str__(self) -> str:
        """Return it as a person writes it."""
        return f"git+{self.url}" + (f"@{self.ref}" if self.ref else "")

    @property
    def key(self) -> str:
        """What tells it from every other source."""
        return str(self)

    @property
    def name(self) -> str:
        """What to call its folder: the repository's name."""
        return PurePosixPath(urlsplit(self.url).path).name.removesuffix(".git")

    @property
    def page(self) -> str:
        """Where a person reads about it."""
        return self.url


Source = KaggleSource | RoboflowSource | ArchiveSource | GitSource


def parse_source(text: str) -> Source:
    """Return the source that a person names: one of `SYNTAX`.

    Raises:
        FetchError: it is none; the message says what there is.
    """
    if text in ATTRIBUTION:
        text = ATTRIBUTION[text].source
    scheme, colon, rest = text.partition(":")
    scheme = scheme.lower()
    if colon:
        text = f"{scheme}:{rest}"
    if scheme == "kaggle" and (match := _KAGGLE.fullmatch(rest)):
        return KaggleSource(match[1], match[2], int(match[3]) if match[3] else None)
    if scheme == "roboflow" and (match := _ROBOFLOW.fullmatch(rest)):
        return RoboflowSource(match[1], match[2], int(match[3]), match[4] or ROBOFLOW_FORMAT)
    if scheme in {"https", "http"}:
        _check_address(text, "it goes into ~/.netrc")
        return ArchiveSource(text)
    if scheme.startswith("git+"):
        return _git_source(text[len("git+") :])
    raise FetchError(f"{shown(text)!r} names nothing that can be fetched. There are: {SYNTAX}")


def known_set(source: Source) -> tuple[str, Attribution] | None:
    """Return short name and attribution of a set that Beadwatch knows, or None.

    A version of the set on Kaggle, or another format of the one on Roboflow, is the same set.
    """
    for name, attribution in ATTRIBUTION.items():
        if parse_source(name).page == source.page:
            return name, attribution
    return None


def _git_source(text: str) -> GitSource:
    address, at, ref = text.rpartition("@")
    if not at or "/" not in urlsplit(address).path:  # the @ of ssh://git@host/repository
        address, ref = text, ""
    scheme, _, rest = address.partition("://")
    scheme = scheme.lower()
    address = f"{scheme}://{rest}"  # git itself knows no HTTPS in capitals
    if scheme not in _GIT_SCHEMES or "?" in address:
        raise FetchError(f"git+{shown(address)}: use git+https://..., git+ssh://... or git+file://...")
    _check_address(address, "use a credential helper of git", login_name=scheme == "ssh")
    if scheme == "http" and not is_private(address):
        raise FetchError(f"git+{shown(address)}: plain http can be tampered with; use https")
    if ref and not _REF.fullmatch(ref):
        raise FetchError(f"{ref!r} is no name of a branch, tag or commit")
    return GitSource(address, ref or None)


def _check_address(url: str, instead: str, login_name: bool = False) -> None:
    """Refuse an address without a host, and one that holds a password: it would land in the shell's history."""
    try:
        parts = urlsplit(url)
        sound = bool(parts.hostname or parts.scheme == "file") and (parts.port is None or parts.port > 0)
    except ValueError:
        sound = False
    if not sound:
        raise FetchError(f"{shown(url)!r} is no address")
    if parts.password is not None or (parts.username is not None and not login_name):
        raise FetchError(f"{shown(url)}: leave the login out of the address; {instead}")
