"""A folder copied with Beancount's cache in it is read as it stands, not as the old one."""

from __future__ import annotations

import pickle
import shutil
from pathlib import Path

from beancount import loader

from beancount_posguard.ledger.books import open_books

MAIN = """\
2026-01-01 open Assets:Cash
include "pos-claims.beancount"
"""


def test_a_copy_is_read_itself_though_the_old_ones_cache_lies_in_it(tmp_path: Path) -> None:
    old = tmp_path / "old"
    old.mkdir()
    (old / "main.beancount").write_text(MAIN, "utf-8")
    (old / "pos-claims.beancount").touch()
    loaded = loader.load_file(str(old / "main.beancount"))
    (old / ".main.beancount.picklecache").write_bytes(pickle.dumps(loaded))
    copy = tmp_path / "copy"
    shutil.copytree(old, copy)
    (copy / "main.beancount").write_text(f"{MAIN}2026-01-01 open Assets:Bank\n", "utf-8")

    books = open_books(copy / "main.beancount")

    assert {entry.account for entry in books.entries} == {"Assets:Bank", "Assets:Cash"}
    assert sorted(books.options["include"]) == [str(copy / "main.beancount"), str(copy / "pos-claims.beancount")]
