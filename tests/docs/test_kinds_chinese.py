"""The Chinese page of the kinds has a section for each; what it shows is what the plugin writes in a Chinese ledger.

A section's title, its entry, its commands and its deadline are made, from the golden case of the kind's English page:
``python -m tests.docs.test_kinds_chinese`` writes them anew. All else is written by hand.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from beancount import loader
from beancount.core.data import Transaction

from beancount_posguard.claims import names
from beancount_posguard.claims.causes import CAUSES
from beancount_posguard.claims.deadlines import LIMITS, Limit
from beancount_posguard.claims.diagram import span
from beancount_posguard.kinds import KINDS
from beancount_posguard.words import _, speaking
from tests.docs.test_kind_pages import CODES, GOLDEN, ROOT, case_of, page

PAGE = ROOT / "docs" / "kinds.zh-CN.md"
LANGUAGE = '\n2026-01-01 custom "posguard" "language" "zh"\n'

_SECTION = re.compile(r"^### ([A-Z]\w+) .*?(?=^##|\Z)", re.MULTILINE | re.DOTALL)
_COMMANDS = re.compile(r"^```sh\n.*?^```\n", re.MULTILINE | re.DOTALL)

#: Where each made part stands in a section.
_PARTS = {
    "title": re.compile(r"\A### .*?\n"),
    "entry": re.compile(r"^```text\n.*?^```\n", re.DOTALL | re.MULTILINE),
    "commands": _COMMANDS,
    "deadline": re.compile(r"^\*\*期限。\*\*.*?\n", re.MULTILINE),
}

#: What every section says, in this order.
HEADINGS = ["例子。", "原因。", "谁欠谁。", "怎么办。", "容易误认。", "期限。"]


def sections(text: str) -> dict[str, str]:
    """Return the section of each kind."""
    return {found[1]: found[0] for found in _SECTION.finditer(text)}


def made(code: str) -> dict[str, str]:
    """Load the golden case of a kind in Chinese and return the made parts of its section."""
    english = page(code)
    (commands,) = _COMMANDS.findall(english)
    entry = _entry(code, case_of(english))
    withdrawn = entry.meta.get("posguard-move") == "withdrawn"
    remedies = [] if withdrawn else entry.meta.get("posguard-remedy", "").split()
    return {
        "title": f"### {code} {KINDS[code].zh}\n",
        "entry": "```text\n" + "".join(f"{line}\n" for line in _shown(entry)) + "```\n",
        "commands": commands,
        "deadline": _deadline(remedies),
    }


def _entry(code: str, case: str) -> Transaction:
    load = loader._uncached_load_file  # noqa: SLF001  # leave no cache behind
    with tempfile.TemporaryDirectory() as folder:
        ledger = Path(folder) / "ledger.beancount"
        ledger.write_text((GOLDEN / case / "ledger.beancount").read_text("utf-8") + LANGUAGE, "utf-8")
        entries = load(str(ledger), None, None, None)[0]  # type: ignore[no-untyped-call]
    (entry,) = (one for one in entries if isinstance(one, Transaction) and one.meta.get("posguard-kind") == code)
    return entry


def _shown(entry: Transaction) -> Iterator[str]:
    """Yield what the journal says of an entry: its narration, why, and where the money goes."""
    yield str(entry.narration)
    if why := entry.meta.get("posguard-why"):
        yield why
    wide = max((len(one.account) for one in entry.postings), default=0)
    right = max((len(str(one.units)) for one in entry.postings), default=0)
    for one in entry.postings:
        yield f"{one.account:{wide}}  {one.units!s:>{right}}"


def _deadline(remedies: list[str]) -> str:
    with speaking("zh"):
        said = dict.fromkeys(_limited(one) for remedy in remedies for one in LIMITS if one.remedy == remedy)
    if not said:
        return "**期限。** 没有固定的天数，除非通知上写明（`--by-date`）。\n"
    return f"**期限。** {'；'.join(said)}。合同和通知上写明的期限优先。\n"


def _limited(limit: Limit) -> str:
    whose = f"{'、'.join(limit.networks)}：" if limit.networks else ""
    return f"{whose}{span(limit.term)}（{_(limit.source)}，{names.confidence(limit.confidence)}）"


def filled(text: str) -> str:
    """Return the text of the page with its made parts as they are today."""

    def section(found: re.Match[str]) -> str:
        whole = found[0]
        for part, new in made(found[1]).items():
            whole, count = _PARTS[part].subn(lambda _old, new=new: new, whole)  # type: ignore[misc]
            assert count == 1, f"{found[1]}: {count} places for its {part}"
        return whole

    return _SECTION.sub(section, text)


TEXT = PAGE.read_text("utf-8")


def test_every_kind_has_its_section_and_its_row() -> None:
    rows = re.findall(r"^\| \[([A-Z]\w+) ([^\]]+)\]\(#", TEXT, re.MULTILINE)

    assert sorted(sections(TEXT)) == CODES
    assert [code for code, _name in rows] == list(sections(TEXT))
    assert dict(rows) == {code: KINDS[code].zh for code in CODES}


@pytest.mark.parametrize("code", CODES)
def test_a_section_shows_what_the_plugin_makes_of_the_golden_case(code: str) -> None:
    section = sections(TEXT)[code]

    assert section == filled(section), "run: python -m tests.docs.test_kinds_chinese"


@pytest.mark.parametrize("code", CODES)
def test_a_section_and_the_english_page_lead_to_each_other(code: str) -> None:
    assert f"(kinds/{code}.md)" in sections(TEXT)[code]
    assert re.search(rf"^\[中文\]\(\.\./kinds\.zh-CN\.md#{code.lower()}-\w+\)$", page(code), re.MULTILINE)


@pytest.mark.parametrize("code", CODES)
def test_a_section_says_all_there_is_to_say(code: str) -> None:
    assert re.findall(r"^\*\*(.*?。)\*\*", sections(TEXT)[code], re.MULTILINE) == HEADINGS


def test_the_causes_in_the_commands_are_explained() -> None:
    explained = dict(re.findall(r"`([A-Z]+(?:_[A-Z]+)?)` (\w+)", TEXT))

    for code in set(re.findall(r"--cause (\w+)", TEXT)):
        assert explained[code] == CAUSES[code].zh


if __name__ == "__main__":
    PAGE.write_text(filled(TEXT), "utf-8")
