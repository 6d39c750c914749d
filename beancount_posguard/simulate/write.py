"""A world on disk: exports, ledger and truth."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from beancount_posguard.simulate.exports import Export, exports
from beancount_posguard.simulate.world import World

_CLAIMS = '; Steps and corrections: "posguard verify", "refund", "top-up" and their like append here.\n'
_IMPORTS = '; Imported batches: "posguard import" appends here.\n'
_INCLUDES = '\ninclude "pos-imports.beancount"\ninclude "pos-claims.beancount"\n'

#: The names of what is written, besides the folder ``exports``.
MAIN, IMPORTS, CLAIMS, TRUTH, EXPORTS = (
    "main.beancount",
    "pos-imports.beancount",
    "pos-claims.beancount",
    "truth.json",
    "exports",
)


def write(world: World, folder: Path, *, with_exports: bool = True, with_ledger: bool = True) -> list[str]:
    """Write ``world`` into ``folder`` and return the names of what was written there.

    Without the ledger's batches ``pos-imports.beancount`` stays empty, ready for ``posguard import exports``.

    Raises:
        FileExistsError: when one of the files stands there already; nothing is written then.
    """
    names = [MAIN, IMPORTS, CLAIMS, TRUTH, *([EXPORTS] if with_exports else [])]
    for name in names:
        if (folder / name).exists():
            raise FileExistsError(f"{folder / name} exists; choose an empty folder")
    folder.mkdir(parents=True, exist_ok=True)
    digests = _write_exports(world, folder / EXPORTS) if with_exports else {}
    _text(folder / MAIN, world.head_text() + _INCLUDES)
    _text(folder / CLAIMS, _CLAIMS)
    with (folder / IMPORTS).open("x", encoding="utf-8", newline="\n") as file:
        file.write(_IMPORTS)
        if with_ledger:
            for text in world.batch_texts(digest=digests.__getitem__) if digests else world.batch_texts():
                file.write("\n" + text)
    _text(folder / TRUTH, json.dumps(world.truth, ensure_ascii=False, indent=1) + "\n")
    return names


def _write_exports(world: World, folder: Path) -> Mapping[str, str]:
    """Write the exports and return the digest of each by its stem."""
    folder.mkdir()
    digests: dict[str, str] = {}
    for one in exports(world.files, world.plan.seed):
        (folder / one.name).write_bytes(one.content)
        digests.setdefault(one.of, _digest(one))
    return digests


def _digest(one: Export) -> str:
    """Return what tells a download from every other: its content, of one without rows its name too."""
    content = hashlib.sha256(one.content).hexdigest()
    return hashlib.sha256(f"{one.of}.csv\n{content}".encode()).hexdigest() if one.bare else content


def _text(path: Path, text: str) -> None:
    with path.open("x", encoding="utf-8", newline="\n") as file:
        file.write(text)
