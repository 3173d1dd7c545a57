"""Git repositories, by the git program: one commit, without its history.

Nothing of the repository can run or reach out: no hooks, no submodules, links become plain files. Git asks no
questions; where a login is needed, a credential helper has it. Does not resume: git cannot.
"""

import os
import shutil
import subprocess
from pathlib import Path

from beadwatch.datasets.fetch.disk import amount
from beadwatch.datasets.fetch.options import FetchOptions
from beadwatch.datasets.fetch.sources import GitSource
from beadwatch.datasets.fetch.unpack import Contents
from beadwatch.domain.errors import FetchError, NetworkError

_SAFE = ("-c", "core.hooksPath=/dev/null", "-c", "core.symlinks=false", "-c", "protocol.ext.allow=never")
_QUIET = {"GIT_TERMINAL_PROMPT": "0", "GCM_INTERACTIVE": "never", "LC_ALL": "C"}
_ELSEWHERE = {"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR"}  # set in hooks

_MEANINGS = (  # of git's words, in lower case; the first that fits
    (("remote ref", "not our ref", "unadvertised object"), FetchError,
     "has no such branch, tag or commit (give a commit in full)"),
    (("could not read username", "could not read password", "authentication failed", "permission denied",
      "error: 401", "error: 403"), FetchError,
     "is not there, or not allowed; a login goes into a credential helper of git"),
    (("not found", "error: 404", "does not appear to be a git repository", "does not exist"), FetchError,
     "there is no such repository; check how it is spelt"),
    (("no space left", "disk quota"), FetchError, "the disk is full"),
    (("could not resolve", "could not connect", "failed to connect", "connection", "timed out"), NetworkError,
     "cannot be reached; is there a network?"),
)  # fmt: skip


def clone(source: GitSource, into: Path, options: FetchOptions) -> tuple[Contents, str]:
    """Write the files of one commit into the new folder `into`; return how much it is, and the commit's hash.

    Raises:
        NetworkError: the server cannot be reached.
        FetchError: no git program, no such repository or commit, not allowed, or more than is allowed.
    """
    program = shutil.which("git")
    if program is None:
        raise FetchError(f"{source}: there is no git program here; install git (Debian: apt-get install git)")
    options.progress("cloning", 0, None)
    _git(program, source, "init", "--quiet", "--", str(into))
    here = ("-C", str(into))
    _git(
        program, source, *here, "fetch", "--quiet", "--depth", "1", "--no-tags", "--", source.url, source.ref or "HEAD"
    )
    _git(program, source, *here, "checkout", "--quiet", "--detach", "FETCH_HEAD")
    commit = _git(program, source, *here, "rev-parse", "HEAD").strip()
    shutil.rmtree(into / ".git")
    return _measured(into, source, options), commit


def _git(program: str, source: GitSource, *arguments: str) -> str:
    environment = {name: value for name, value in os.environ.items() if name not in _ELSEWHERE} | _QUIET
    done = subprocess.run(  # noqa: S603 - no shell, and `parse_source` lets no option through
        [program, *_SAFE, *arguments], capture_output=True, text=True, errors="replace", env=environment, check=False,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    if done.returncode == 0:
        return done.stdout
    complaint = done.stderr.lower()
    for words, kind, meaning in _MEANINGS:
        if any(word in complaint for word in words):
            raise kind(f"{source}: {meaning}")
    last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
    raise FetchError(f"{source}: git failed: {last}")


def _measured(folder: Path, source: GitSource, options: FetchOptions) -> Contents:
    sizes = [path.lstat().st_size for path in folder.rglob("*") if path.is_file()]
    if not sizes:
        raise FetchError(f"{source}: the commit holds no file")
    if len(sizes) > options.max_files or sum(sizes) > options.max_bytes:
        raise FetchError(f"{source}: more than {options.max_files} files or {amount(options.max_bytes)}; see --max-gb")
    return Contents(len(sizes), sum(sizes))
