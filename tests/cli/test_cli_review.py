"""check, claims, show: what they print is what others build on."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

import pytest
from beancount import loader
from click.testing import CliRunner

from beancount_posguard.cli.main import main
from beancount_posguard.cli.output import print_csv, printable

if TYPE_CHECKING:
    from tests.cli.conftest import Shop

KEYS = [
    "id",
    "kind",
    "acquirer",
    "counterparty",
    "remedy",
    "currency",
    "amount",
    "balance",
    "detected",
    "deadline",
    "stage",
    "legs",
]


def claims(shop: Shop, *words: str, code: int = 1) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(shop.run("claims", *words, "--format", "json", code=code).stdout)
    return found


def test_claims_as_json_have_one_object_per_part(shop: Shop) -> None:
    rows = claims(shop)
    assert all([*row] == KEYS for row in rows)
    told = {(row["kind"], row["counterparty"], row["amount"], row["balance"], row["currency"]) for row in rows}
    assert told == {
        ("X1", "acquirer", "128.00", "128.00", "CNY"),
        ("A1", "customer", "-180.00", "-180.00", "CNY"),
        ("A2", "customer", "40.00", "40.00", "CNY"),
        ("MIX", "customer", "10.00", "10.00", "CNY"),
        ("MIX", "acquirer", "10.00", "10.00", "CNY"),
    }
    assert [row["id"] for row in rows] == sorted(row["id"] for row in rows)
    assert {row["stage"] for row in rows} == {"new"}
    assert {row["acquirer"] for row in rows} == {"ChinaUMS"}
    [x1] = [row for row in rows if row["kind"] == "X1"]
    assert x1["detected"] == "2026-11-06"  # the first statement after due (4th) and grace (5th)
    line = {"amount": "128.00", "date": "2026-11-03", "ref": "100000000001"}
    assert x1["legs"] == {
        "sale": [line | {"source": "pos-imports.beancount:3"}],
        "terminal": [line | {"source": "pos-imports.beancount:18"}],
        "settlement": [],
        "bank": [],
    }


@pytest.mark.parametrize(
    ("words", "kinds", "code"),
    [
        (["--kind", "x1"], {"X1"}, 1),
        (["--kind", "A1", "--kind", "A2"], {"A1", "A2"}, 1),
        (["--counterparty", "acquirer"], {"X1", "MIX"}, 1),
        (["--stage", "new"], {"X1", "A1", "A2", "MIX"}, 1),
        (["--stage", "closed"], set(), 0),
        (["--acquirer", "ChinaUMS", "--kind", "A2"], {"A2"}, 1),
        (["--acquirer", "Nobody"], set(), 0),
    ],
)
def test_claims_can_be_chosen(shop: Shop, words: list[str], kinds: set[str], code: int) -> None:
    assert {row["kind"] for row in claims(shop, *words, code=code)} == kinds


def test_claims_as_text_name_kinds_in_both_languages_and_add_up_by_counterparty(shop: Shop) -> None:
    lines = shop.run("claims", code=1).stdout.splitlines()
    [a1] = [line for line in lines if " A1 " in line]
    assert "多刷" in a1
    assert "customer charged too much" in a1
    assert a1.split()[-6:] == ["-180.00", "-180.00", "CNY", "2026-11-05", "2027-05-02", "new"]
    assert lines[-3:] == [
        "acquirer: 138.00 CNY owed to you (2)",
        "customer: 180.00 CNY owed by you (1)",
        "customer: 50.00 CNY owed to you (2)",
    ]


def test_claims_as_csv_can_be_read_back(shop: Shop) -> None:
    rows = list(csv.DictReader(io.StringIO(shop.run("claims", "--format", "csv", code=1).stdout)))
    [a2] = [row for row in rows if row["kind"] == "A2"]
    assert (a2["amount"], a2["deadline"]) == ("40.00", "2027-01-02")
    assert (a2["sale"], a2["terminal"]) == ("60.00 2026-11-03 100000000003", "20.00 2026-11-03 100000000003")
    [a1] = [row for row in rows if row["kind"] == "A1"]
    assert a1["balance"] == "-180.00"  # a number stays a number though it begins like a formula


def test_claims_in_hand_need_nobody(shop: Shop) -> None:
    shop.run("verify", "--all", "--date", shop.day)
    assert {row["stage"] for row in claims(shop, code=0)} == {"verified"}


def test_show_tells_everything_about_one_claim(shop: Shop) -> None:
    a1 = shop.id_of("A1")
    told = json.loads(shop.run("show", a1[-5:].lower(), "--format", "json", code=1).stdout)
    assert (told["id"], told["kind"], told["kind_zh"], told["stage"]) == (a1, "A1", "多刷(长款)", "new")
    assert [part | {"remedy": ""} for part in told["parts"]] == [
        {
            "counterparty": "customer",
            "remedy": "",
            "amount": "-180.00",
            "balance": "-180.00",
            "account": "Liabilities:Claims:Customer",
        }
    ]
    assert [leg["amount"] for side in ("sale", "terminal", "settlement") for leg in told["legs"][side]] == [
        "20.00",
        "200.00",
        "200.00",
    ]
    assert told["source"] == "pos-imports.beancount:22"
    assert told["next"] == f"Compare slip, statement and till, then: posguard verify {a1[-5:]}"
    shop.run("verify", a1, "--cause", "OP_KEY", "--note", "slip says 200", "--date", shop.day)
    told = json.loads(shop.run("show", a1, "--format", "json").stdout)
    assert told["history"][-1] == {
        "date": shop.day,
        "what": "verify",
        "by": "li",
        "text": "OP_KEY; slip says 200",
        "amount": None,
    }
    assert told["next"] == (
        f"Give the difference back to the customer; when the money moves: posguard refund {a1[-5:]} --via card"
    )


def test_show_as_text_puts_the_slips_side_by_side(shop: Shop) -> None:
    text = shop.run("show", shop.id_of("A1"), code=1).stdout
    legs = [line.split() for line in text.splitlines() if line.split()[:1] in (["sale"], ["terminal"], ["settlement"])]
    assert [leg[:4] for leg in legs] == [
        ["sale", "20.00", "2026-11-03", "100000000002"],
        ["terminal", "200.00", "2026-11-03", "100000000002"],
        ["settlement", "200.00", "2026-11-03", "100000000002"],
    ]
    assert "180.00 of 180.00 CNY open, owed by you to the customer" in text


def test_show_as_csv_has_a_row_per_part(shop: Shop) -> None:
    rows = list(csv.DictReader(io.StringIO(shop.run("show", shop.id_of("MIX"), "--format", "csv", code=1).stdout)))
    assert [(row["counterparty"], row["balance"]) for row in rows] == [("customer", "10.00"), ("acquirer", "10.00")]
    assert {row["settlement"] for row in rows} == {"80.00 2026-11-03 100000000004"}


def test_nothing_chosen_is_said(shop: Shop) -> None:
    assert shop.run("claims", "--stage", "closed").stdout == "No such claim.\n"


def test_an_id_must_be_clear(shop: Shop) -> None:
    assert "no claim is called ZZZZZZ" in shop.run("show", "ZZZZZZ", code=2).stderr
    ids = sorted({row["id"] for row in claims(shop)})
    assert f"could be {', '.join(ids)}; give more of it" in shop.run("show", "PG-20261103", code=2).stderr


def test_check_counts_what_needs_a_person(shop: Shop) -> None:
    told = json.loads(shop.run("check", "--format", "json", code=1).stdout)
    assert told["as_of"] == "2026-11-06"
    assert told["counts"] == {
        "ledger": 0,
        "input": 0,
        "missing-file": 0,
        "new": 4,
        "overdue": 0,
        "stirred": 0,
        "near": 0,
        "hold": 0,
        "evidence": 0,
        "uncertain": 0,
        "repeated": 0,
        "waiting": 0,
    }
    [x1] = [one for one in told["findings"] if " X1 " in one["text"]]
    assert (x1["matter"], x1["file"], x1["line"]) == ("new", "pos-imports.beancount", 18)
    result = shop.run("check", code=1)
    assert "4   claims nobody has looked at" in result.stdout
    assert "as of 2026-11-06; 4 open claims" in result.stderr


def test_check_is_content_when_all_are_in_hand(shop: Shop) -> None:
    shop.run("verify", "--all", "--date", shop.day)
    assert shop.run("check").stdout == "Nothing needs you.\n"


def test_check_puts_broken_input_first(shop: Shop) -> None:
    with shop.imports.open("a") as file:
        file.write('\n2026-11-07 * "Till"\n  posguard-source: "sales"\n  Assets:POS:Till 1.00 CNY\n  Income:Sales\n')
        file.write("2026-11-07 balance Assets:Cash 5.00 CNY\n")
    result = shop.run("check", code=2)
    told = json.loads(shop.run("check", "--format", "json", code=2).stdout)
    assert (told["counts"]["ledger"], told["counts"]["input"]) == (1, 1)
    assert [one["matter"] for one in told["findings"]][:2] == ["ledger", "input"]
    assert "Balance failed for 'Assets:Cash'" in result.stdout
    assert "posguard-source: 'sales'; expected one of sale, terminal, settlement, bank" in result.stdout


def test_check_tells_a_passed_deadline(shop: Shop) -> None:
    shop.run("verify", "--all", "--date", shop.day)
    with shop.imports.open("a") as file:  # a day of business after the deadlines of 2027-01-02
        file.write('\n2027-01-04 * "Till"\n  posguard-source: "sale"\n  Assets:POS:Till 1.00 CNY\n  Income:Sales\n')
    told = json.loads(shop.run("check", "--format", "json", code=1).stdout)
    assert {one["text"].split()[1] for one in told["findings"] if one["matter"] == "overdue"} == {"X1", "A2", "MIX"}


def test_check_as_csv(shop: Shop) -> None:
    rows = list(csv.DictReader(io.StringIO(shop.run("check", "--format", "csv", code=1).stdout)))
    assert [row["matter"] for row in rows] == ["new"] * 4
    assert {row["file"] for row in rows} == {"pos-imports.beancount"}


@pytest.mark.parametrize(
    ("cell", "printed"),
    [
        ("=1+1", "'=1+1"),
        ("+86 10", "'+86 10"),
        ("-rm", "'-rm"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("-36.00", "-36.00"),
        ("+1", "+1"),
        ("plain, with comma", '"plain, with comma"'),
    ],
)
def test_csv_cells_are_no_formulas(cell: str, printed: str, capsys: pytest.CaptureFixture[str]) -> None:
    print_csv([{"a": cell}], ["a"])
    assert capsys.readouterr().out == f"a\n{printed}\n"


def test_a_terminal_is_not_driven_by_text_from_a_bank() -> None:
    assert printable("a\x1b[31mred\u202e\x07 6222 0212 3456 7890 128") == "a�[31mred�� 622202******0128"


def test_hostile_text_in_the_ledger_is_shown_harmless(shop: Shop) -> None:
    x1 = shop.id_of("X1")
    with shop.claims.open("a") as file:
        file.write(f'\n2026-11-08 custom "posguard-claim" "{x1}" "note"\n  by: "li"\n  note: "=A1 \x1b[2J <b> 很好"\n')
    text = shop.run("show", x1, code=1).stdout
    assert "\x1b" not in text
    assert "=A1 �[2J <b> 很好" in text
    assert "\\u001b" in shop.run("show", x1, "--format", "json", code=1).stdout


def submitted(shop: Shop) -> str:
    """Take X1 to its case number on the 9th; the notice gives time until the 20th."""
    x1 = shop.id_of("X1")
    shop.look("X1")
    waive = ("--waive", "slip batch-slip", "--note", "lost")
    shop.run("prepare", x1, "--route", "application", *waive, "--date", shop.day)
    shop.run("submit", x1, "--date", shop.day)
    shop.run("acknowledge", x1, "--case", "U-1", "--by-date", "2026-11-20", "--date", shop.day)
    return x1


def matters(shop: Shop, name: str, on: str) -> list[str]:
    """Return what check says of a matter once the files reach a day."""
    before = shop.imports.read_text()
    line = f'2026-11-28 custom "posguard-no-file" "sale"\n{on} * "Till"\n  posguard-source: "sale"\n'
    shop.imports.write_text(f'{before}\n{line}  posguard-receipt: "0 rows, gross 0.00 CNY"\n')
    told = json.loads(CliRunner(env=shop.environment).invoke(main, ["check", "--format", "json"]).stdout)
    shop.imports.write_text(before)
    return [str(one["text"]) for one in told["findings"] if one["matter"] == name]


@pytest.mark.parametrize(
    ("on", "near", "overdue"),
    [
        ("2026-11-17", "", ""),  # eleven days from the 9th: 80 % are over on the 18th
        ("2026-11-18", "80 % of the time is over; by 2026-11-20: the outcome", ""),
        ("2026-11-20", "100 % of the time is over; by 2026-11-20", ""),
        ("2026-11-21", "", " X1 "),
        ("2026-11-25", "", "due on 2026-11-20, take it to the manager"),
    ],
)
def test_a_deadline_is_told_before_and_after_it(shop: Shop, on: str, near: str, overdue: str) -> None:
    submitted(shop)
    for name, text in (("near", near), ("overdue", overdue)):
        found = matters(shop, name, on)
        assert len(found) == bool(text)
        assert all(text in one for one in found)


def test_the_manager_is_named_where_there_is_one(shop: Shop) -> None:
    submitted(shop)
    with shop.ledger.open("a") as file:
        file.write('2026-11-15 custom "posguard" "person" "chen" "manager"\n')
        file.write('2026-11-15 custom "posguard" "person" "wang" "checker"\n')
    assert "due on 2026-11-20, take it to chen" in matters(shop, "overdue", "2026-11-25")[0]


def test_a_done_claim_on_which_money_is_open_again_is_told(shop: Shop) -> None:
    x1 = shop.id_of("X1")
    shop.look("X1")
    shop.run("top-up", x1, "--via", "cash", "--date", shop.day)
    shop.run("close", x1, "--cause", "ACQ_POST", "--date", shop.day)
    with shop.imports.open("a") as file:
        file.write("""
2026-11-12 * "ChinaUMS" "Statement 2026-11-12"
  posguard-source: "settlement"
  Assets:POS:ChinaUMS:Clearing  -128.00 CNY
    rrn: "100000000001"
    date: "2026-11-03"
  Assets:POS:ChinaUMS:Payout
""")
    (text,) = matters(shop, "stirred", "2026-11-12")
    assert f"closed, yet 128.00 CNY are open again: posguard reopen {x1}" in text
    assert (
        f"Next: Money is open again, so it is not done: posguard reopen {x1[-5:]}"
        in shop.run("show", x1, code=1).stdout
    )
    errors = [one.message for one in loader.load_file(str(shop.ledger))[1]]
    assert [one for one in errors if "are open again. Next: posguard reopen" in one]
    shop.run("reopen", x1, "--note", "the line came late", "--date", "2026-11-13")
    assert matters(shop, "stirred", "2026-11-13") == []
