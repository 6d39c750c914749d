"""Loading a ledger, and what Beancount's cache beside it must not make of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from beancount import loader


def load(path: Path) -> tuple[list[Any], list[Any], dict[str, Any]]:
    """Return entries, errors and options of the ledger at ``path``, which is absolute.

    Beancount keeps what it loaded beside the ledger, as ``.main.beancount.picklecache``, and believes it as long as the
    files *named in it* are unchanged. Copied with its folder it still names the old folder's files: the copy would show
    what stands there. Such a cache is taken away.
    """
    loaded: tuple[list[Any], list[Any], dict[str, Any]] = loader.load_file(str(path))
    if str(path) not in loaded[2]["include"]:
        Path(loader.get_cache_filename(loader.PICKLE_CACHE_FILENAME, str(path))).unlink(missing_ok=True)
        loaded = loader.load_file(str(path))
    return loaded
