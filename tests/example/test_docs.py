"""What the documentation shows is what the program does."""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from beancount import loader
from beancount.core.data import Transaction
from beancount.parser import printer
from click.testing import CliRunner

from beancount_posguard.cli.main import main
from beancount_posguard.kinds import KINDS
from beancount_posguard.words import speaking

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "README.zh-CN.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]

Balance = Callable[[list[Any], str], Decimal]

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\((?!https?://)([^)#]*)(?:#([^)]*))?\)")


def blocks(page: Path, language: str) -> list[str]:
    return [text for word, text in _FENCE.findall(page.read_text("utf-8")) if word == language]


def anchors(page: Path) -> set[str]:
    titles = re.findall(r"^#+ (.*)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target, anchor in _LINK.findall(page.read_text("utf-8")):
        there = (page.parent / target).resolve() if target else page
        assert there.exists(), f"{page.name} links to {target}"
        if anchor:
            assert anchor in anchors(there), f"{page.name} links to {target}#{anchor}"


@pytest.fixture(params=[("worked-example.md", "en"), ("worked-example.zh-CN.md", "zh")], ids=["en", "zh"])
def worked(request: pytest.FixtureRequest) -> tuple[Path, str]:
    """Return a page with the worked example, and its language."""
    return ROOT / "docs" / request.param[0], request.param[1]


class TestWorkedExample:
    def test_the_plugin_adds_the_entry_shown_and_reports_it(self, worked: tuple[Path, str], tmp_path: Path) -> None:
        page, language = worked
        ledger, entry, *_ = blocks(page, "beancount")
        path = tmp_path / "main.beancount"
        path.write_text(ledger, "utf-8")

        with speaking(language):
            entries, errors, _ = loader.load_file(str(path))

        claims = [one for one in entries if isinstance(one, Transaction) and "posguard" in one.tags]
        assert [_squeezed(printer.format_entry(one)) for one in claims] == [_squeezed(entry)]
        assert [f"main.beancount:{error.source['lineno']}: {error.message}".split() for error in errors] == [
            blocks(page, "")[0].split()
        ]

    def test_the_commands_write_what_is_shown(self, worked: tuple[Path, str], tmp_path: Path) -> None:
        page, _ = worked
        ledger, _, written, _ = blocks(page, "beancount")
        path = tmp_path / "main.beancount"
        path.write_text(f'{ledger}\ninclude "pos-claims.beancount"\n', "utf-8")
        claims = tmp_path / "pos-claims.beancount"
        claims.touch()

        for command in blocks(page, "sh")[0].splitlines():
            _, verb, *words = shlex.split(command)
            done = CliRunner().invoke(main, ["--ledger", str(path), verb, *words])
            assert done.exit_code == 0, done.output

        assert _squeezed(claims.read_text("utf-8")) == _squeezed(written)

    @pytest.mark.parametrize(("page", "language"), [("README.md", "en"), ("README.zh-CN.md", "zh")])
    def test_the_readme_shows_its_entry(self, tmp_path: Path, page: str, language: str) -> None:
        path = tmp_path / "main.beancount"
        ledger = blocks(ROOT / "docs" / "worked-example.md", "beancount")[0]
        path.write_text(f'{ledger}\n2026-01-01 custom "posguard" "language" "{language}"\n', "utf-8")

        entries, _, _ = loader.load_file(str(path))

        (claim,) = [one for one in entries if isinstance(one, Transaction) and "posguard" in one.tags]
        printed = {" ".join(line.split()) for line in printer.format_entry(claim).splitlines()}
        shown = [" ".join(line.split()) for line in blocks(ROOT / page, "beancount")[0].splitlines()]
        assert [line for line in shown if line != "…" and line not in printed] == []

    def test_in_the_end_every_promise_is_kept(self, worked: tuple[Path, str], tmp_path: Path, balance: Balance) -> None:
        ledger, _, correction, later = blocks(worked[0], "beancount")
        path = tmp_path / "main.beancount"
        path.write_text(f"{ledger}\n{correction}\n{later}", "utf-8")

        entries, errors, _ = loader.load_file(str(path))

        assert errors == []
        ends = {
            "Assets:POS:Till": "0",
            "Assets:POS:ChinaUMS:Clearing": "0",
            "Liabilities:Claims:Customer": "0",
            "Assets:POS:ChinaUMS:Payout": "-1119.22",
            "Income:Sales": "-154.00",
            "Expenses:POS:Fees": "0.90",
        }
        assert {account: balance(entries, account) for account in ends} == {
            account: Decimal(amount) for account, amount in ends.items()
        }


def _squeezed(entry: str) -> list[list[str]]:
    """An entry without what the printer aligns."""
    return [line.split() for line in entry.strip().splitlines()]


def test_the_profile_shown_is_a_valid_one() -> None:
    from beancount_posguard.ingest.institutions import read_profile  # noqa: PLC0415  # only this test reads profiles

    (text,) = blocks(ROOT / "docs" / "importing.md", "toml")

    profile = read_profile(text, "importers/corner_bank_pos/profile.toml")
    assert profile.name == tomllib.loads(text)["name"]


def shown_commands() -> list[tuple[str, str, list[str]]]:
    """Return each ``posguard`` command in a shell block or in code: the page, the verb, its options."""
    found = []
    for page in PAGES:
        text = page.read_text("utf-8")
        lines = [line for block in blocks(page, "sh") for line in block.splitlines()]
        lines += re.findall(r"`(posguard [^`\n]*)`", text)
        for line in lines:
            match = re.match(r"posguard (?:--lang zh )?([a-z][a-z-]*)(.*)", line.partition("#")[0])
            if match:
                found.append((page.name, match[1], re.findall(r"(?<=\s)--?[a-z][a-z-]*", match[2])))
    return found


def test_the_commands_shown_exist_with_the_options_shown() -> None:
    shown = shown_commands()

    assert len(shown) > 10
    for page, verb, options in shown:
        command = main.commands.get(verb)
        assert command, f"{page} shows posguard {verb}"
        known = {option for parameter in command.params for option in parameter.opts}
        assert set(options) <= known, f"{page} shows posguard {verb} {options}"


@pytest.mark.parametrize("page", ["README.md", "README.zh-CN.md", "CONTRIBUTING.md"])
def test_the_make_targets_shown_exist(page: str) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))

    assert set(re.findall(r"\bmake ([a-z]+)", (ROOT / page).read_text("utf-8"))) <= targets


def test_every_kind_has_its_row_with_its_names() -> None:
    rows = re.findall(
        r"^\| \[([A-Z]\w+)\]\(kinds/\1\.md\) \| ([^|]+) \| ([^|]+) \|",
        (ROOT / "docs" / "kinds.md").read_text("utf-8"),
        re.MULTILINE,
    )

    assert {code: (zh, en) for code, zh, en in rows} == {
        code: (kind.zh, kind.en) for code, kind in KINDS.items() if code != "OK"
    }


@pytest.mark.parametrize(("page", "language"), [("README.md", "en"), ("README.zh-CN.md", "zh")])
def test_the_readme_shows_what_the_program_prints(imported: Path, page: str, language: str) -> None:
    """A line of the README is one of the program's, blanks and rules aside."""
    claims, show = (shown.splitlines() for shown in blocks(ROOT / page, "text"))
    asked = ["--lang", language, "--ledger", str(imported)]
    told = CliRunner().invoke(main, [*asked, "claims"]).output
    (overcharge,) = (line.split()[0] for line in told.splitlines() if " A1 " in line)
    told += CliRunner().invoke(main, [*asked, "show", overcharge]).output

    known = {tuple(line.split()) for line in told.splitlines()}
    for line in (*claims, *show):
        assert line == "…" or set(line) <= {"─"} or tuple(line.split()) in known, line


def test_the_catalogue_is_documented() -> None:
    rows = re.findall(r"^\| `(\w+)` \|", (ROOT / "docs" / "catalogue.md").read_text("utf-8"), re.MULTILINE)

    assert sorted(rows) == sorted(profile.parent.name for profile in (ROOT / "importers").glob("*/profile.toml"))


def test_both_readmes_admit_as_much() -> None:
    def admitted(page: str, title: str) -> int:
        (part,) = re.findall(rf"^## {title}\n(.*?)^## ", (ROOT / page).read_text("utf-8"), re.MULTILINE | re.DOTALL)
        return len(re.findall(r"^\* ", part, re.MULTILINE))

    assert admitted("README.md", "What it does not do yet") == admitted("README.zh-CN.md", "还做不到什么") > 0


def test_what_a_bookkeeper_reads_is_there_in_chinese() -> None:
    """Each page for newcomers and bookkeepers has a counterpart, and each says where the other is."""
    rows = re.findall(
        r"^\| \[([\w-]+)\.md\]\(\1\.md\) \| (?:newcomer|bookkeeper) \| (.*) \|$",
        (ROOT / "docs" / "index.md").read_text("utf-8"),
        re.MULTILINE,
    )

    assert rows
    for name, said in rows:
        english, chinese = ((ROOT / "docs" / f"{name}{end}").read_text("utf-8") for end in (".md", ".zh-CN.md"))
        assert said.endswith(f"([中文]({name}.zh-CN.md))")
        assert f"\nEnglish | [简体中文]({name}.zh-CN.md)\n" in english
        assert f"\n[English]({name}.md) | 简体中文\n" in chinese
