"""Profiles are data, and what they say wrong is said at its key."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from beancount_posguard.ingest.errors import IngestError, ProfileError
from beancount_posguard.ingest.institutions import load_profiles, read_profile
from beancount_posguard.ingest.read import Reading, identify, read_file

CATALOGUE = Path(__file__).resolve().parents[2] / "importers"

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


def test_every_profile_has_the_name_of_its_folder() -> None:
    assert {one.name for one in load_profiles()} == {path.parent.name for path in CATALOGUE.glob("*/profile.toml")}


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


FULL = SMALL.replace(
    '"" = "by sign"',
    """
"消费" = "sale"
"广告" = "skip"

[cells]
empty = ["*"]
dates = ["%d.%m.%Y"]

[currencies]
"人民币" = "CNY"
"港币" = "HKD"

[rows]
drop = "^小计"

[[facts]]
in = "head"
pattern = "商户：(?P<merchant>[0-9]+)"

[[facts]]
in = "head"
pattern = "期间：(?P<from>[0-9]{8})-(?P<to>[0-9]{8})"

[[facts]]
in = "foot"
pattern = "终端：(?P<terminal>[0-9]+)"

[footer]
rows = "^总计"
gross = "总计 (.+)"
""",
).replace('amount = ["金额"]', 'amount = ["金额"]\ntype = ["类型"]\ncurrency = ["币种"]\nauth = ["授权"]')

TOP = ["商户：898310012345678", "期间：20261101-20261107", "", "清算日,交易日,金额,类型,币种,授权"]


def full(tmp_path: Path, *rows: str) -> Reading:
    path = tmp_path / "full.csv"
    path.write_text("\n".join([*TOP, *rows]), "utf-8")
    return read_file(path, [read_profile(FULL, "importers/full/profile.toml")])


def test_what_a_file_says_once(tmp_path: Path) -> None:
    reading = full(
        tmp_path,
        "04.11.2026,03.11.2026,5,消费,人民币,*",
        "小计,,5,,,",
        "04.11.2026,,,广告,,",
        "总计 5.00",
        "终端：98765432",
    )
    first, last = reading.batches
    assert first.facts == {"merchant": "898310012345678"}
    assert first.slips[0].facts == {"terminal": "98765432"}
    assert first.slips[0].row == 5
    assert dict(reading.skipped) == {"广告": 1}
    assert first.days is not None
    assert [day.day for day in first.days] == [1, 4]
    assert (last.date.day, last.slips) == (7, ())
    assert reading.control == "ok (footer gross)"


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (("04.11.2026,03.11.2026,5,消费,人民币,", "总计 fünf"), "row 6: found 'fünf' as gross; expected a total"),
        ((",03.11.2026,5,消费,人民币,",), "row 5: found an empty cell under 清算日; expected a date"),
        (("04.11.2026,03.11.2026,5,消费\x07,人民币,",), "row 5: found '消费' under 类型"),
    ],
)
def test_what_a_file_must_not_say(tmp_path: Path, rows: tuple[str, ...], said: str) -> None:
    with pytest.raises(IngestError, match=said):
        full(tmp_path, *rows)


def test_currencies_are_added_up_apart(tmp_path: Path) -> None:
    reading = full(tmp_path, "04.11.2026,03.11.2026,5,消费,人民币,", "04.11.2026,03.11.2026,7,消费,港币,")
    assert (reading.summary()["gross"], reading.currency) == ({"CNY": "5.00", "HKD": "7.00"}, "CNY, HKD")


def test_a_role_no_row_may_leave_empty(tmp_path: Path) -> None:
    path = tmp_path / "full.csv"
    path.write_text("\n".join([*TOP, "04.11.2026,03.11.2026,5,消费,人民币,"]), "utf-8")
    text = FULL.replace('currency = "CNY"', 'currency = "CNY"\nrequired = ["auth"]', 1)
    with pytest.raises(IngestError, match="row 5: found an empty cell under 授权; expected a value in every row"):
        read_file(path, [read_profile(text, "p")])


def test_a_year_must_come_from_somewhere(tmp_path: Path) -> None:
    path = tmp_path / "full.csv"
    path.write_text("\n".join([*TOP, "04.11.2026,0311,5,消费,人民币,"]), "utf-8")
    text = FULL.replace('dates = ["%d.%m.%Y"]', 'dates = ["%d.%m.%Y", "%d%m"]')
    with pytest.raises(IngestError, match=r"row 5: found '0311' under 交易日; .*the file's name does not tell it"):
        read_file(path, [read_profile(text, "p")])


@pytest.mark.parametrize(
    ("columns", "row", "expected"),
    [
        ('net = ["净额"]', "9.90", ("0.10", "9.90")),  # the fee is what the net lacks
        ('fee = ["手续费"]', "0.10", ("0.10", None)),
        ('fee = ["手续费"]', "", ("0.00", None)),
    ],
)
def test_a_fee_without_a_net_and_the_other_way_round(
    tmp_path: Path, columns: str, row: str, expected: tuple[str, str | None]
) -> None:
    text = SMALL.replace('rrn = { names = ["参考号"], pad = 12 }', columns)
    path = tmp_path / "a.csv"
    header = "净额" if columns.startswith("net") else "手续费"
    path.write_text(f"清算日,交易日,金额,{header}\n20261104,20261103,10,{row}\n", "utf-8")
    (batch,) = read_file(path, [read_profile(text, "p")]).batches
    fee, net = expected
    assert (batch.slips[0].fee, batch.slips[0].net) == (Decimal(fee), None if net is None else Decimal(net))
