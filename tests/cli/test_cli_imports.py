"""import and identify: whole files or nothing, each told by name, twice is once."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from beancount import loader
from beancount.core.data import Document
from click.testing import CliRunner

from beancount_posguard.cli.main import main

if TYPE_CHECKING:
    from tests.cli.conftest import Shop

HEADER = "商户号,终端号,批次号,凭证号,参考号,授权码,卡号,卡类型,交易类型,交易状态,交易金额,交易日期,交易时间"
SALE = "898310012345678,98765432,000009,000101,200000000101,471120,622202******1234,借记卡,消费,交易成功"
REFUND = "898310012345678,98765432,000009,000102,200000000102,471121,622202******1234,借记卡,退货,交易成功"
ROWS = [f"{SALE},128.00,2026-11-10,14:03:22", f"{REFUND},28.00,2026-11-10,15:10:02"]
KEYS = ["file", "profile", "rows", "by_kind", "gross", "fee", "net", "currency", "control", "refused"]


@pytest.fixture
def inbox(shop: Shop) -> Path:
    """A folder with a good file, one whose word nobody knows, and one that is not ours."""
    folder = shop.folder / "inbox"
    folder.mkdir()
    write(folder / "good.csv", ROWS)
    write(folder / "bad.csv", [ROWS[0], ROWS[1].replace("退货", "易货")])
    (folder / "holiday.txt").write_text("photos of the sea\n")
    (folder / ".hidden").write_text("x")
    return folder


def write(path: Path, rows: list[str]) -> None:
    path.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")


def test_a_file_is_booked_kept_and_known_the_second_time(shop: Shop, inbox: Path) -> None:
    before = shop.imports.read_bytes()
    told = shop.run("import", str(inbox / "good.csv"))
    [row] = [line for line in told.stdout.splitlines() if line.startswith("good.csv")]
    assert row.split() == ["good.csv", "cn_pos_terminal", "2", "100.00", "booked", "as", "1", "transaction"]
    assert f"1 transaction written to {shop.imports}" in told.stderr
    content = shop.imports.read_bytes()
    assert content.startswith(before)
    assert content[len(before) :].count(b"Assets:POS:ChinaUMS:Clearing") == 2
    kept = shop.folder / "documents" / "Assets" / "POS" / "ChinaUMS" / "Clearing" / "2026-11-10.good.csv"
    assert kept.read_bytes() == (inbox / "good.csv").read_bytes()
    again = shop.run("import", str(inbox / "good.csv"))
    assert "nothing new" in again.stdout
    assert "in the ledger already" in again.stderr
    assert shop.imports.read_bytes() == content


def test_a_dry_run_prints_the_entries_and_keeps_nothing(shop: Shop, inbox: Path) -> None:
    before = shop.bytes()
    dry = shop.run("import", str(inbox / "good.csv"), "-n")
    assert f"Nothing was written; this would go to {shop.imports}" in dry.stderr
    assert shop.bytes() == before
    assert not (shop.folder / "documents").exists()
    shop.run("import", str(inbox / "good.csv"))
    assert shop.imports.read_text().endswith(dry.stdout)


def test_a_folder_gives_one_result_per_file(shop: Shop, inbox: Path) -> None:
    told = shop.run("import", str(inbox), code=2)
    results = {line.split()[0]: line for line in told.stdout.splitlines()[2:]}
    assert set(results) == {"bad.csv", "good.csv", "holiday.txt"}
    assert results["bad.csv"].endswith("refused")
    assert results["good.csv"].endswith("booked as 1 transaction")
    assert results["holiday.txt"].endswith("not ours, left")
    assert "bad.csv, row 3" in told.stderr
    assert "易货" in told.stderr
    assert "200000000101" in shop.imports.read_text()
    (inbox / "bad.csv").unlink()
    assert "holiday.txt" in shop.run("import", str(inbox)).stdout


def test_a_file_that_is_named_and_not_ours_is_a_mistake(shop: Shop, inbox: Path) -> None:
    before = shop.imports.read_bytes()
    told = shop.run("import", str(inbox / "holiday.txt"), code=2)
    assert "holiday.txt" in told.stderr
    assert shop.imports.read_bytes() == before


def test_rows_that_two_files_share_are_booked_once(shop: Shop, inbox: Path) -> None:
    more = ROWS[0].replace("000101", "000103").replace("128.00", "7.00")
    write(inbox / "later.csv", [*ROWS, more])
    (inbox / "bad.csv").unlink()
    shop.run("import", str(inbox))
    text = shop.imports.read_text()
    assert [text.count(f'rrn: "20000000010{number}"') for number in (1, 2, 3)] == [1, 1, 1]


def test_an_account_that_is_not_open_refuses_the_file_and_not_the_others(shop: Shop, inbox: Path) -> None:
    (inbox / "till.csv").write_text(
        "营业日期,时间,小票号,门店,收银员,金额,支付方式,类型,终端号,凭证号,参考号\n"
        "2026-11-10,09:00:00,0001,总店,02,5.00,现金,销售,,,\n"
        "2026-11-10,09:05:00,0002,总店,02,128.00,银行卡,销售,98765432,000101,200000000101\n",
        encoding="utf-8",
    )
    told = shop.run(
        "import", str(inbox / "till.csv"), str(inbox / "good.csv"), "--other-lines", "Assets:Nowhere", code=2
    )
    assert "account Assets:Nowhere is not open on 2026-11-10" in told.stderr
    text = shop.imports.read_text()
    assert 'posguard-file: "good.csv"' in text
    assert "till.csv" not in text
    assert [path.name for path in (shop.folder / "documents").rglob("*.csv")] == ["2026-11-10.good.csv"]
    shop.run("import", str(inbox / "till.csv"), "--other-lines", "Assets:Cash")
    assert "Assets:Cash" in shop.imports.read_text()


def test_a_profile_can_be_named(shop: Shop, inbox: Path) -> None:
    shop.run("import", str(inbox / "good.csv"), "--profile", "sales_register", code=2)
    told = shop.run("import", str(inbox / "good.csv"), "--profile", "no_such", code=2)
    assert "there is no profile no_such; the catalogue has adyen_payments_accounting, " in told.stderr
    shop.run("import", str(inbox / "good.csv"), "--profile", "cn_pos_terminal")


def test_a_ledger_without_the_include_is_told_the_line(shop: Shop, inbox: Path) -> None:
    shop.ledger.write_text(shop.ledger.read_text().replace('include "pos-imports.beancount"\n', ""))
    told = shop.run("import", str(inbox / "good.csv"), code=2)
    assert 'add this line to it: include "pos-imports.beancount"' in told.stderr


def test_two_imports_at_once_lose_nothing_and_double_nothing(shop: Shop, inbox: Path) -> None:
    other = [row.replace("98765432", "98765433").replace("2000000001", "3000000001") for row in ROWS]
    write(inbox / "other.csv", other)
    names = ["good.csv", "other.csv", "good.csv"]
    running = [shop.start("import", str(inbox / name)) for name in names]
    ends = [(*process.communicate(), process.returncode) for process in running]
    assert [code for _, _, code in ends] == [0, 0, 0], ends
    text = shop.imports.read_text()
    assert [text.count(f'rrn: "{number}00000000101"') for number in (2, 3)] == [1, 1]
    shop.run("check", code=1)


def test_identify_says_what_a_file_is(inbox: Path) -> None:
    result = CliRunner().invoke(main, ["identify", str(inbox / "good.csv"), "--format", "json"])
    assert result.exit_code == 0
    told = json.loads(result.stdout)
    assert [*told] == KEYS
    control = told.pop("control")
    assert isinstance(control, str)
    assert told == {
        "file": "good.csv",
        "profile": "cn_pos_terminal",
        "rows": 2,
        "by_kind": {"refund": 1, "sale": 1},
        "gross": "100.00",
        "fee": None,
        "net": None,
        "currency": "CNY",
        "refused": None,
    }


def test_identify_tells_what_it_refuses(inbox: Path) -> None:
    one = CliRunner().invoke(main, ["identify", str(inbox / "bad.csv"), "--format", "json"])
    assert one.exit_code == 2
    assert [*json.loads(one.stdout)] == KEYS
    assert "易货" in json.loads(one.stdout)["refused"]
    several = CliRunner().invoke(main, ["identify", str(inbox), "--format", "json"])
    assert several.exit_code == 2
    assert [told["refused"] is None for told in json.loads(several.stdout)] == [False, True, False]
    text = CliRunner().invoke(main, ["identify", str(inbox / "holiday.txt")])
    assert text.exit_code == 2
    assert "holiday.txt: " in text.stderr


def test_identify_as_text_and_csv(inbox: Path) -> None:
    text = CliRunner().invoke(main, ["identify", str(inbox / "good.csv")])
    assert "1 refund, 1 sale" in text.stdout
    rows = list(
        csv.DictReader(io.StringIO(CliRunner().invoke(main, ["identify", str(inbox), "--format", "csv"]).stdout))
    )
    assert [row["file"] for row in rows] == ["bad.csv", "good.csv", "holiday.txt"]
    assert rows[1]["by_kind"] == "1 refund, 1 sale"


def test_a_file_that_is_not_there_is_wrong_usage(shop: Shop) -> None:
    assert "does not exist" in shop.run("import", "nowhere.csv", code=2).stderr


def test_profiles_beside_the_ledger_come_first(shop: Shop, inbox: Path) -> None:
    catalogue = Path(__file__).parents[2] / "importers" / "cn_pos_terminal" / "profile.toml"
    own = shop.folder / "importers" / "cn_pos_terminal" / "profile.toml"
    own.parent.mkdir(parents=True)
    own.write_text(catalogue.read_text(encoding="utf-8").replace('"退货"', '"易货"'), encoding="utf-8")
    shop.run("identify", str(inbox / "bad.csv"))
    shop.run("identify", "--ledger", str(shop.ledger), str(inbox / "bad.csv"), BEANCOUNT_FILE="")
    shop.run("identify", str(inbox / "bad.csv"), BEANCOUNT_FILE="", code=2)
    assert "booked as 1 transaction" in shop.run("import", str(inbox / "bad.csv")).stdout


def test_a_new_shop_can_import_at_once(tmp_path: Path, inbox: Path) -> None:
    folder = tmp_path / "new"
    ledger = ["--ledger", str(folder / "main.beancount")]
    for words in (
        ["init", str(folder), "--yes", "--since", "2026-01-01"],
        [*ledger, "import", str(inbox / "good.csv")],
        [*ledger, "check"],
    ):
        assert CliRunner().invoke(main, words).exit_code == 0
    entries, errors, _ = loader.load_file(str(folder / "main.beancount"))
    assert errors == []
    assert [Path(entry.filename).name for entry in entries if isinstance(entry, Document)] == ["2026-11-10.good.csv"]


def test_card_numbers_in_file_names_stay_out_of_everything(shop: Shop, inbox: Path) -> None:
    number = "6222021234567890128"
    write(inbox / f"{number}.csv", ROWS)
    told = shop.run("import", str(inbox / f"{number}.csv"))
    assert number not in told.output
    assert number not in shop.imports.read_text()
    assert not list((shop.folder / "documents").rglob(f"*{number}*"))


def test_that_a_day_has_no_file_is_said_once_and_only_where_none_came(shop: Shop, inbox: Path) -> None:
    shop.run("import", str(inbox / "good.csv"))
    before = shop.imports.read_text()
    words = ("no-file", "terminal", "2026-11-09", "--of", "98765432")
    told = shop.run(*words, "--dry-run")
    assert told.stdout.startswith('2026-11-09 custom "posguard-no-file" "terminal" "98765432"\n')
    assert shop.imports.read_text() == before
    shop.run(*words)
    shop.run(*words)
    assert shop.imports.read_text().count("posguard-no-file") == 1
    assert "2026-11-10 is there" in shop.run("no-file", "terminal", "2026-11-10", code=2).stderr
    stranger = shop.run("no-file", "terminal", "2026-11-09", "--of", "11111111", code=2)
    assert "no file of terminal ever came from 11111111; files come from 98765432, ChinaUMS" in stranger.stderr
