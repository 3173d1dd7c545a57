"""Folders and files that are for the station's own user alone, whatever the umask, as pictures and accounts are.

A group may share them where somebody set that up on purpose: a folder that its group may write to, and others may not
enter, or whose files get its group (setgid). Knows modes of files. Does not know what is in them.
"""

import contextlib
import os
import stat
from pathlib import Path

_OTHERS = stat.S_IRWXO
_GROUP_AND_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def make_private_folder(folder: Path) -> None:
    """Make a folder and those above it that are missing; one that is there stays as it is.

    Raises:
        OSError: it cannot be made.
    """
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    for path in reversed(missing):
        mode = 0o770 if _is_shared(path.parent) else 0o700
        with contextlib.suppress(FileExistsError):
            path.mkdir(mode=mode)
            path.chmod(mode | path.stat().st_mode & stat.S_ISGID)


def create_private(path: Path) -> int:
    """Make a file for the station's user alone; return the descriptor that it is written by.

    Raises:
        OSError: it cannot be made, or there is one.
    """
    mode = 0o660 if _is_shared(path.parent) else 0o600
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    if mode != 0o600:
        os.fchmod(descriptor, mode)  # the umask may have taken it from the group
    return descriptor


def tighten(path: Path) -> None:
    """Take what others, and a group that shares nothing on purpose, may do with a file of ours, if it is there."""
    with contextlib.suppress(OSError):  # it is another user's, whom we cannot tell what to do
        mode = stat.S_IMODE(path.stat().st_mode)
        kept = mode & ~(_OTHERS if _is_shared(path if path.is_dir() else path.parent) else _GROUP_AND_OTHERS)
        if kept != mode:
            path.chmod(kept)


def is_open_to_others(folder: Path) -> bool:
    """Say whether users beside our own, and a group that shares it on purpose, may look into a folder."""
    if not folder.is_dir():
        return False
    mode = folder.stat().st_mode
    return bool(mode & (_OTHERS if _is_shared(folder) else _GROUP_AND_OTHERS))


def _is_shared(folder: Path) -> bool:
    if not folder.is_dir():
        return False
    mode = folder.stat().st_mode
    closed = not mode & _OTHERS
    return bool(mode & stat.S_IWGRP and (closed or mode & stat.S_ISGID) and not mode & stat.S_ISVTX)
