"""posguard profile: check, new, schema; and why a file is known."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from beancount_posguard.cli.main import main
from beancount_posguard.ingest.institutions import read_profile

CATALOGUE = Path(__file__).resolve().parents[2] / "importers"


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(one) for one in arguments])


def test_a_good_folder() -> None:
    result = run("profile", "check", CATALOGUE / "alipay_trade")
    assert result.exit_code == 0
    assert "alipay-20261103.csv" in result.stdout
    assert "58.00" in result.stdout


@pytest.fixture
def own(tmp_path: Path) -> Path:
    folder = tmp_path / "alipay_trade"
    shutil.copytree(CATALOGUE / "alipay_trade", folder)
    return folder


def test_a_sample_that_breaks_its_promise(own: Path) -> None:
    sample = own / "alipay-20261103.csv"
    sample.write_bytes(sample.read_bytes().replace("2笔".encode("gb18030"), "3笔".encode("gb18030")))
    result = run("profile", "check", own)
    assert result.exit_code == 2
    assert "a stated count (sale) of 3 rows" in result.stderr


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"退款" = "refund"', '"退款" = "back"', "kinds.退款: 'back'; expected one of sale, refund"),
        ('name     = "alipay_trade"', 'name     = "other"', "its name is other, its folder's alipay_trade"),
        ('"退款" = "refund"', "", "found '退款' under 业务类型"),
    ],
)
def test_a_wrong_profile(own: Path, old: str, new: str, said: str) -> None:
    path = own / "profile.toml"
    assert old in path.read_text("utf-8")
    path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")
    result = run("profile", "check", own)
    assert result.exit_code == 2
    assert said in result.stderr


def test_a_folder_without_a_profile(tmp_path: Path) -> None:
    assert run("profile", "check", tmp_path).exit_code == 2


def test_a_draft_reads_its_own_file(tmp_path: Path) -> None:
    """All its words are known, so the draft reads the file at once: 128.00 less 36.00."""
    path = tmp_path / "shop.csv"
    rows = ("2026-11-03;128.00;消费;000045;成功", "2026-11-03;36.00;退货;000046;成功")
    path.write_bytes("\n".join(("交易日期;交易金额;交易类型;凭证号;状态", *rows)).encode("gb18030"))
    result = run("profile", "new", path)
    assert result.exit_code == 0
    assert 'encodings  = ["gb18030"]' in result.stdout
    assert 'delimiters = [";"]' in result.stdout
    drafted = read_profile(result.stdout, "shop/profile.toml")
    assert {"date", "amount", "type", "trace", "status"} == set(drafted.columns)
    folder = tmp_path / "importers" / "shop"
    folder.mkdir(parents=True)
    (folder / "profile.toml").write_text(result.stdout, "utf-8")
    told = run("identify", path, "--ledger", tmp_path / "main.beancount", "--format", "json")
    assert json.loads(told.stdout)["gross"] == "92.00"


def test_a_draft_leaves_open_what_nobody_knows(tmp_path: Path) -> None:
    path = tmp_path / "shop.csv"
    path.write_text("交易日期,交易金额,交易类型\n2026-11-03,5.00,奇怪\n", "utf-8")
    result = run("profile", "new", path)
    assert '# "奇怪" = ?' in result.stdout
    assert 'kinds: what does "奇怪" mean?' in result.stderr


def test_no_draft_for_a_file_without_a_header(tmp_path: Path) -> None:
    path = tmp_path / "shop.csv"
    path.write_text("1,2,3\n4,5,6\n")
    result = run("profile", "new", path)
    assert result.exit_code == 2
    assert "no row that could be a header" in result.stderr


def test_the_schema_is_json() -> None:
    assert "kinds" in json.loads(run("profile", "schema").stdout)["properties"]


def test_identify_says_why() -> None:
    result = run("identify", CATALOGUE / "camt053" / "statement.xml")
    assert "statement.xml: known by its content, camt" in result.stderr
