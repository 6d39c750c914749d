"""The downloads: importing them gives the ledger that the simulator writes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
from beancount import loader
from beancount.core.data import Transaction

from beancount_posguard.ingest.importer import import_file
from beancount_posguard.ingest.institutions import load_profiles
from beancount_posguard.ingest.known import Known
from beancount_posguard.ledger.contracts import read_contracts
from beancount_posguard.simulate import KINDS, PRESETS, World
from beancount_posguard.simulate.exports import exports
from beancount_posguard.simulate.write import write

MakeWorld = Callable[..., World]

#: What no export of the catalogue can say yet: response codes, the till's tips, offline slips, retrievals.
IN_THE_LEDGER_ONLY = {"A6", "A8", "X6", "D1"}


def legs(entries: Iterable[Any]) -> Counter[tuple[object, ...]]:
    """Count what the batches among ``entries`` say, without the files they came in."""
    found: Counter[tuple[object, ...]] = Counter()
    for entry in entries:
        if not isinstance(entry, Transaction) or "posguard-source" not in entry.meta:
            continue
        head = tuple(entry.meta.get(key, "") for key in ("posguard-source", "merchant", "terminal", "batch", "store"))
        for posting in entry.postings:
            if facts := said(posting.meta):
                found[(entry.date, entry.payee, entry.narration, *head, posting.account, posting.units, facts)] += 1
    return found


def said(meta: Mapping[str, Any] | None) -> tuple[tuple[str, Any], ...]:
    return tuple(sorted((key, value) for key, value in (meta or {}).items() if key not in {"filename", "lineno"}))


def imported(ledger: Path, downloads: Path) -> list[Transaction]:
    entries, errors, _ = loader.load_string(ledger.read_text(encoding="utf-8").split("include")[0])
    assert isinstance(errors, list)
    contracts, _ = read_contracts(entries)
    known = Known(entries)
    found: list[Transaction] = []
    for path in sorted(downloads.iterdir()):
        result = import_file(path, known, contracts, load_profiles(None))
        known.add(result.entries)
        found += result.entries
    return found


@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_importing_the_downloads_gives_the_same_legs(make_world: MakeWorld, tmp_path: Path, preset: str) -> None:
    kinds = tuple(kind for kind in KINDS if kind not in IN_THE_LEDGER_ONLY)
    world = make_world(5, 15, preset, "0.05", kinds=kinds, damage="0.03")
    write(world, tmp_path / "shop")
    entries, _, _ = loader.load_string(world.ledger_text().replace('plugin "beancount_posguard"', ""))
    brought = legs(imported(tmp_path / "shop" / "main.beancount", tmp_path / "shop" / "exports"))
    written = legs(entries)
    assert brought - written == Counter()
    assert written - brought == Counter()


def test_quiet_days_have_files_too(make_world: MakeWorld, tmp_path: Path) -> None:
    """Files without rows are alike to the byte, and each tells its own day."""
    shop = tmp_path / "shop"
    write(make_world(5, 40, "retail", "0.04", volume=4), shop)
    written = bare(loader.load_file(str(shop / "main.beancount"))[0])
    assert len(written) > 10
    assert len(written) == len(set(written))
    assert bare(imported(shop / "main.beancount", shop / "exports")) == written


def bare(entries: Iterable[Any]) -> list[tuple[object, ...]]:
    """Return day and digest of the files without rows; a bank's other file of the day says as much."""
    metas = [(entry.date, entry.meta) for entry in entries if isinstance(entry, Transaction)]
    return sorted(
        (day, meta.get("terminal", ""), meta["posguard-sha256"])
        for day, meta in metas
        if meta.get("posguard-receipt", "").startswith("0 rows") and meta["posguard-source"] != "bank"
    )


def test_downloads_have_the_noise_of_real_ones(make_world: MakeWorld) -> None:
    world = make_world(5, 60, "retail", "0.03")
    files = [*exports(world.files, world.plan.seed)]
    texts = {one.name: one.content for one in files}
    encodings = Counter(_encoding(content) for content in texts.values())
    assert set(encodings) == {"gb18030", "utf-8", "utf-8-sig"}
    twice = [one for one in files if one.name.endswith("(1).csv")]
    assert twice
    assert all(texts[f"{one.of}.csv"] == one.content for one in twice)
    decoded = [content.decode(_encoding(content)) for content in texts.values()]
    assert any("合计 共" in text for text in decoded)
    assert any(",'0" in text for text in decoded)
    assert any('"1,' in text for text in decoded)


def _encoding(content: bytes) -> str:
    if content.startswith(b"\xef\xbb\xbf"):
        return "utf-8-sig"
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return "gb18030"
    return "utf-8"


def test_without_noise_each_file_comes_once_and_clean(make_world: MakeWorld) -> None:
    world = make_world(5, 60, "retail", "0.03")
    files = [*exports(world.files, world.plan.seed, noise=False)]
    assert len(files) == len({one.name for one in files}) == len(world.files)
    assert all("'" not in one.content.decode("utf-8") for one in files)
