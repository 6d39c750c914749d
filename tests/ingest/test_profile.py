"""Profiles are data, and what they say wrong is said at its key."""

from __future__ import annotations

from pathlib import Path

import pytest

from beancount_posguard.ingest.errors import IngestError, ProfileError
from beancount_posguard.ingest.profile import load_profiles, read_profile
from beancount_posguard.ingest.read import identify, read_file

SMALL = """
name = "corner_bank"
title = "Corner Bank"
source = "settlement"
currency = "CNY"

[detect]
columns = ["settled", "amount"]

[columns]
settled = ["清算日"]
date = ["交易日"]
amount = ["金额"]
rrn = { names = ["参考号"], pad = 12 }

[kinds]
"" = "by sign"
"""


def test_the_catalogue() -> None:
    assert {one.name for one in load_profiles()} == {
        "chinaums_statement",
        "cn_bank_corporate",
        "cn_pos_terminal",
        "sales_register",
        "unionpay_zm",
    }


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('source = "settlement"', 'source = "acquirer"', "source: 'acquirer'; expected one of sale, terminal"),
        ('title = "Corner Bank"', "", "title: nothing; expected a value"),
        ('rrn = { names = ["参考号"], pad = 12 }', 'rnr = ["参考号"]', "columns.rnr: an unknown role"),
        ("pad = 12", "width = 12", "columns.rrn.width: an unknown key; expected one of names, pad, longer, first"),
        ("pad = 12", 'pad = "12"', "columns.rrn.pad: '12'; expected a whole number"),
        ('"" = "by sign"', '"消费" = "sold"', "kinds.消费: 'sold'; expected one of sale, refund"),
        ("[detect]", '[detect]\ncolour = "red"', "detect.colour: an unknown key; expected one of"),
        ('currency = "CNY"', 'currency = "CNY"\nencoding = "gbk"', "encoding: an unknown key; expected one of"),
        ('"amount"]', '"amount", "fee"]', "columns: no fee; expected every role under detect.columns and required"),
        ("[kinds]", '[cells]\ndates = ["%Q"]\n[kinds]', "cells.dates: ['%Q']; expected '%Q'"),
        ("[kinds]", '[rows]\ndrop = "("\n[kinds]', "rows.drop: '('; expected missing )"),
        ("[kinds]", "[kinds", "expected TOML"),
        ("[kinds]", "[amount.letters]\nfee = { DR = 1 }\n[kinds]", "amount.letters.fee"),
        (
            "[kinds]",
            '[[facts]]\nin = "body"\npattern = "x"\n[kinds]',
            "facts.in: 'body'; expected one of name, head, foot",
        ),
    ],
)
def test_a_wrong_profile_says_where(old: str, new: str, said: str) -> None:
    assert old in SMALL
    with pytest.raises(ProfileError) as caught:
        read_profile(SMALL.replace(old, new), "importers/corner/profile.toml")
    assert str(caught.value).startswith("importers/corner/profile.toml: found ")
    assert said in str(caught.value)


@pytest.fixture
def beside(tmp_path: Path) -> Path:
    """A ledger's folder with an importers/ folder that holds other things too."""
    folder = tmp_path / "importers"
    (folder / "corner").mkdir(parents=True)
    (folder / "corner" / "profile.toml").write_text(SMALL, "utf-8")
    (folder / "other").mkdir()
    (folder / "other" / "importer.py").write_text("raise SystemExit\n")
    return tmp_path


def test_a_users_profile_comes_first_and_reads(beside: Path) -> None:
    profiles = load_profiles(beside)
    assert profiles[0].name == "corner_bank"
    path = beside / "a.csv"
    path.write_text("清算日,交易日,金额,参考号\n2026-11-04,2026-11-03,-5,9\n", "utf-8")
    (batch,) = read_file(path, profiles).batches
    assert batch.slips[0].facts == {"rrn": "000000000009"}
    assert batch.slips[0].kind.value == "refund"


def test_a_users_profile_replaces_the_shipped_one_of_its_name(beside: Path) -> None:
    text = SMALL.replace('"corner_bank"', '"chinaums_statement"')
    (beside / "importers" / "corner" / "profile.toml").write_text(text, "utf-8")
    found = [one for one in load_profiles(beside) if one.name == "chinaums_statement"]
    assert [one.title for one in found] == ["Corner Bank"]


def test_two_profiles_for_one_file_must_be_told_apart(beside: Path) -> None:
    (beside / "importers" / "twin").mkdir()
    (beside / "importers" / "twin" / "profile.toml").write_text(SMALL.replace("corner_bank", "twin"), "utf-8")
    path = beside / "a.csv"
    path.write_text("清算日,交易日,金额\n2026-11-04,2026-11-03,5\n", "utf-8")
    with pytest.raises(IngestError, match="that corner_bank and twin both know"):
        read_file(path, load_profiles(beside))
    (beside / "importers" / "twin" / "profile.toml").write_text(
        SMALL.replace("corner_bank", "twin").replace('currency = "CNY"', 'currency = "CNY"\npriority = 1'), "utf-8"
    )
    assert identify(path, load_profiles(beside)).summary()["profile"] == "twin"
