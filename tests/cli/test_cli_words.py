"""Whose language counts where: the reader's on the screen, the ledger's in the books."""

from __future__ import annotations

from typing import TYPE_CHECKING

from beancount import loader
from beancount.parser import printer

from beancount_posguard.words import speaking

if TYPE_CHECKING:
    from tests.cli.conftest import Shop

SETTING = '2026-01-01 custom "posguard" "language" "zh"\n'


def loaded(shop: Shop, reader: str) -> tuple[list[str], list[str]]:
    """Return the plugin's entries and the errors as ``reader`` gets them, past the cache that slow loads leave."""
    for cached in shop.folder.glob(".*.picklecache"):
        cached.unlink()
    with speaking(reader):
        entries, errors, _ = loader.load_file(str(shop.ledger))
    ours = [printer.format_entry(one) for one in entries if "posguard" in (getattr(one, "tags", None) or ())]
    assert ours
    return ours, [error.message for error in errors]


def test_the_same_files_give_the_same_entries_to_every_reader(shop: Shop) -> None:
    english, told = loaded(shop, "en")
    chinese, said = loaded(shop, "zh")
    assert english == chinese
    assert "approved, not settled: 128.00 CNY detected" in "".join(english)
    assert any("Next: posguard show" in one for one in told)
    assert any("下一步：posguard show" in one for one in said)


def test_the_ledger_says_in_which_language_it_is_written(shop: Shop) -> None:
    shop.ledger.write_text(shop.ledger.read_text() + SETTING)
    english, told = loaded(shop, "en")
    chinese, _ = loaded(shop, "zh")
    assert english == chinese
    assert "成功未清算：128.00 CNY 发现" in "".join(english)
    assert 'posguard-move: "detected"' in "".join(english)  # what programs read stays
    assert any("Next: posguard show" in one for one in told)


def test_corrections_are_written_in_the_ledgers_language(shop: Shop) -> None:
    shop.ledger.write_text(shop.ledger.read_text() + SETTING)
    a1 = shop.id_of("A1")
    shop.look("A1")
    told = shop.run("--lang", "en", "refund", a1, "--via", "card", "--date", shop.day)
    assert f'"退款 {a1}，途径 card"' in told.stdout
    assert "written to" in told.stderr
    assert f'"退款 {a1}，途径 card"' in shop.claims.read_text("utf-8")
    again = shop.run("--lang", "zh", "refund", a1, "--via", "card", "--date", shop.day)
    assert "无需办理" in again.stdout  # the same order, whatever its narration


def test_a_reader_of_chinese_writes_an_english_ledger(shop: Shop) -> None:
    a1 = shop.id_of("A1")
    shop.look("A1")
    told = shop.run("--lang", "zh", "refund", a1, "--via", "card", "--date", shop.day)
    assert f'"refund {a1} by card"' in told.stdout
    assert "已写入" in told.stderr


def test_a_language_that_nobody_speaks_is_an_error(shop: Shop) -> None:
    shop.ledger.write_text(shop.ledger.read_text() + SETTING.replace("zh", "fr"))
    _, told = loaded(shop, "en")
    assert "posguard: language: 'fr'; expected one of en, zh" in told


def test_refusals_speak_the_readers_language(shop: Shop) -> None:
    assert "没有编号为 NOBODY 的案件" in shop.run("--lang", "zh", "show", "NOBODY", code=2).stderr
    assert "哪些案件？" in shop.run("--lang", "zh", "verify", code=2).stderr
    assert "错误：没有选项 '--nobody'" in shop.run("--lang", "zh", "verify", "--nobody", code=2).stderr
    assert shop.run("verify", "--nobody", code=2).stderr.splitlines()[-1].startswith("Error: No such option '--nobody'")


def test_json_is_the_same_but_for_sentences(shop: Shop) -> None:
    english = shop.run("--lang", "en", "claims", "--format", "csv", code=1).stdout
    assert shop.run("--lang", "zh", "claims", "--format", "csv", code=1).stdout == english
