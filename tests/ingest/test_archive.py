"""Files are kept beside the ledger: safe names, nothing overwritten, once."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beancount_posguard.ingest.archive import keep, kept_name

DAY = date(2026, 11, 3)


def test_a_file_is_kept_under_its_account_once(tmp_path: Path) -> None:
    source = tmp_path / "slips.csv"
    source.write_bytes(b"one")
    target = keep(source, tmp_path / "documents", "Assets:POS:ChinaUMS:Clearing", DAY)
    assert target == tmp_path / "documents/Assets/POS/ChinaUMS/Clearing/2026-11-03.slips.csv"
    assert target.read_bytes() == b"one"
    assert keep(source, tmp_path / "documents", "Assets:POS:ChinaUMS:Clearing", DAY) == target
    assert [path.name for path in target.parent.iterdir()] == [target.name]


def test_another_file_of_the_name_is_never_overwritten(tmp_path: Path) -> None:
    source = tmp_path / "slips.csv"
    source.write_bytes(b"one")
    first = keep(source, tmp_path, "Assets:A", DAY)
    source.write_bytes(b"two")
    second = keep(source, tmp_path, "Assets:A", DAY)
    # The beginning of SHA-256 of "two".
    assert second.name == "2026-11-03.slips.3fc4ccfe.csv"
    assert (first.read_bytes(), second.read_bytes()) == (b"one", b"two")
    assert keep(source, tmp_path, "Assets:A", DAY) == second


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("slips.csv", "slips.csv"),
        ("../../etc/passwd", "-..-etc-passwd"),
        ("2026-11-03.slips.csv", "slips.csv"),
        ("卡6222021234567894.csv", "卡622202-7894.csv"),
        ("a:b*c?.csv", "a-b-c-.csv"),
        ("...", "file"),
        ("INN26110488ZM_898310012345678", "INN26110488ZM_898310012345678"),
    ],
)
def test_names(name: str, kept: str) -> None:
    assert kept_name(name) == kept


@given(st.text(max_size=300))
def test_any_name_becomes_a_plain_file_name(name: str) -> None:
    kept = kept_name(name)
    assert kept
    assert kept not in {".", ".."}
    assert not set(kept) & set('/\\:\0<>"|?*')
    assert len(kept.encode()) <= 200
