"""Files: one writer at a time, and the new content whole or not at all.

The lock lies beside the file as ``.<name>.lock``; it stays there, empty, because deleting a lock file that others may
be waiting for is how two of them get in at once. It binds every posguard process (command line, Fava), not editors.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex

from filelock import FileLock, Timeout

from beancount_posguard.words import _

#: Seconds to wait for another posguard process before giving up with a message.
PATIENCE = 60

_TEMPORARY = ".posguard-new"
_ANEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)


class BusyError(ValueError):
    """Another process holds the file; the message says which file."""


def real(path: Path) -> Path:
    """Return the file that ``path`` means, symbolic links followed, so that a link is never replaced by a copy."""
    return Path(os.path.realpath(path))


@contextmanager
def locked(path: Path) -> Iterator[Path]:
    """Hold the lock of the file at ``path`` and give its real path. The same thread may take it again.

    Raises:
        BusyError: when another process keeps it for longer than :data:`PATIENCE` seconds.
    """
    target = real(path)
    lock = FileLock(target.with_name(f".{target.name}.lock"), timeout=PATIENCE, is_singleton=True)
    try:
        lock.acquire()
    except Timeout as error:
        raise BusyError(
            _("{name} is being written by another posguard; try again when it is done").format(name=target.name)
        ) from error
    try:
        yield target
    finally:
        lock.release()


def replace(target: Path, content: bytes) -> None:
    """Put ``content`` in the place of the existing file ``target``, keeping its mode and owner.

    A reader, and a machine that stops at any moment, sees the old file or the new one. Call it under :func:`locked`:
    it clears away what an earlier process that was killed here left behind.
    """
    _land(target, content)


def put(target: Path, content: bytes, *, mode: int = 0o666) -> None:
    """Put ``content`` at ``target``, whether or not a file is there; as safe as :func:`replace`.

    Folders that are missing are made. A new file gets the permissions ``mode``, less what the system takes off.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    _land(target, content, mode)


def _land(target: Path, content: bytes, mode: int = 0o666) -> None:
    _sweep(target)
    new = target.with_name(f".{target.name}.{os.getpid()}-{token_hex(4)}{_TEMPORARY}")
    # What stands in the file that is replaced may be for its owner alone.
    handle = os.open(new, _ANEW, 0o600 if target.exists() else mode)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            _keep_mode(target, new)
        new.replace(target)
    except BaseException:
        new.unlink(missing_ok=True)
        raise
    _sync_folder(target.parent)


def _sweep(target: Path) -> None:
    for path in target.parent.iterdir():
        if path.name.startswith(f".{target.name}.") and path.name.endswith(_TEMPORARY):
            path.unlink(missing_ok=True)


def _keep_mode(target: Path, new: Path) -> None:
    if hasattr(os, "chown"):
        state = target.stat()
        with suppress(PermissionError):  # only root may give a file away; for others it stays theirs
            os.chown(new, state.st_uid, state.st_gid)
    shutil.copymode(target, new)


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":  # Windows has no handle on a folder to flush
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
