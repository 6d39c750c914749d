"""Every kind has its page; what a page shows is what the plugin does, and what it says to do can be done.

Title, entry, error and deadline of a page are made from its golden case: ``python tests/docs/test_kind_pages.py``
writes them anew. All else is written by hand.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from textwrap import wrap

import pytest
from beancount import loader
from beancount.core.data import Transaction
from beancount.parser import printer
from click.testing import CliRunner

from beancount_posguard.claims.deadlines import LIMITS, Limit
from beancount_posguard.claims.diagram import span
from beancount_posguard.cli.main import main
from beancount_posguard.kinds import KINDS

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "docs" / "kinds"
GOLDEN = ROOT / "tests" / "golden"

_CASE = re.compile(r"^From \[`([\w-]+)`\]\(\.\./\.\./tests/golden/\1/ledger\.beancount\)", re.MULTILINE)

#: Where each made part stands in a page.
_PARTS = {
    "title": re.compile(r"\A# .*?\n", re.DOTALL),
    "entry": re.compile(r"^```beancount\n.*?^```\n", re.DOTALL | re.MULTILINE),
    "error": re.compile(r"^```text\n.*?^```\n", re.DOTALL | re.MULTILINE),
    "deadline": re.compile(r"^\*\*Deadline\.\*\* .*?\n(?=\n|\Z)", re.DOTALL | re.MULTILINE),
}


def case_of(page: str) -> str:
    """Return the golden case that the text of a page is taken from."""
    (case,) = _CASE.findall(page)
    return str(case)


def made(case: str, kind: str) -> Mapping[str, str]:
    """Load the golden ``case`` and return the made parts of the page of ``kind``; the error may be empty."""
    load = loader._uncached_load_file  # noqa: SLF001  # leave no cache behind
    entries, errors, _ = load(str(GOLDEN / case / "ledger.beancount"), None, None, None)  # type: ignore[no-untyped-call]
    own = (one for one in entries if isinstance(one, Transaction) and one.meta.get("posguard-kind") == kind)
    (entry,) = own
    claim = entry.meta.get("posguard-claim")  # rounding is none
    said = [one for one in errors if claim and claim in one.message]
    remedies = [] if entry.meta.get("posguard-move") == "withdrawn" else entry.meta.get("posguard-remedy", "").split()
    return {
        "title": f"# {kind} {KINDS[kind].zh}: {KINDS[kind].en}\n",
        "entry": f"```beancount\n{printer.format_entry(entry)}```\n",
        "error": "".join(f"```text\nledger.beancount:{one.source['lineno']}: {one.message}\n```\n" for one in said),
        "deadline": _deadline(remedies),
    }


def _deadline(remedies: list[str]) -> str:
    said = [_said(limit) for remedy in dict.fromkeys(remedies) for limit in LIMITS if limit.remedy == remedy]
    if said:
        said.append("The contract and the day that a notice names come first.")
    else:
        said.append("No day is counted, unless a notice names one (`--by-date`).")
    return "\n".join(wrap(f"**Deadline.** {' '.join(said)}", 126)) + "\n"


def _said(limit: Limit) -> str:
    what = limit.remedy.replace("-", " ") + (f", {', '.join(limit.networks)}" if limit.networks else "")
    return f"{what}: {span(limit.term)} ({limit.source}; confidence: {limit.confidence})."


def filled(page: str, kind: str) -> str:
    """Return the text of a page with its made parts as they are today."""
    for part, text in made(case_of(page), kind).items():
        page, count = _PARTS[part].subn(lambda _, text=text: text, page)  # type: ignore[misc]
        assert count == bool(text), f"{kind}: {count} places for its {part}"
    return page


CODES = sorted(set(KINDS) - {"OK"})

#: A day on which the claims of all cases are known and no deadline of theirs has passed.
TODAY = "2026-12-04"

#: What a page takes for granted besides its golden case: accounts to pay from and to, who the shop is, a claims file.
SHOP = """
2026-01-01 open Assets:Cash                    CNY
2026-01-01 open Assets:Claims:Customer         CNY
2026-01-01 open Liabilities:Claims:Acquirer:ChinaUMS CNY
2026-01-01 custom "posguard" "shop-name" "Bluestone Tea"
2026-01-01 custom "posguard" "shop-phone" "021-5550100"
include "pos-claims.beancount"
"""

_COMMANDS = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)

#: What every page says, in this order.
HEADINGS = ["Why it happens.", "Who owes, and why.", "What to do.", "Usual false positives.", "Deadline."]


def page(code: str) -> str:
    return (PAGES / f"{code}.md").read_text("utf-8")


def test_every_kind_has_its_page_and_every_page_its_kind() -> None:
    assert sorted(path.stem for path in PAGES.glob("*.md")) == CODES


@pytest.mark.parametrize("code", CODES)
def test_a_page_shows_what_the_plugin_makes_of_its_golden_case(code: str) -> None:
    text = page(code)

    # What is raised by hand stands in the ledger itself.
    told = [(GOLDEN / case_of(text) / name).read_text("utf-8") for name in ("entries.beancount", "ledger.beancount")]
    assert any(f'posguard-kind: "{code}"' in one for one in told)
    assert text == filled(text, code), "run: python tests/docs/test_kind_pages.py"


@pytest.mark.parametrize("code", CODES)
def test_a_page_says_all_there_is_to_say(code: str) -> None:
    assert re.findall(r"^\*\*(.*?)\*\*", page(code), re.MULTILINE) == HEADINGS


@pytest.mark.parametrize("code", CODES)
def test_what_a_page_says_to_do_can_be_done_in_that_order(
    code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ledger = tmp_path / "ledger.beancount"
    case = GOLDEN / case_of(page(code)) / "ledger.beancount"
    ledger.write_text(case.read_text("utf-8") + SHOP, "utf-8")
    (tmp_path / "pos-claims.beancount").touch()
    (block,) = _COMMANDS.findall(page(code))

    for line in block.splitlines():
        program, verb, *words = shlex.split(line)
        for word in words:
            if word.endswith((".jpg", ".pdf")):
                (tmp_path / word).write_text(f"{word} of {code}", "utf-8")
        known = {name for parameter in main.commands[verb].params for name in parameter.opts}
        given = [("--date", TODAY), ("--by", "li")]
        words += [part for name, value in given if name in known for part in (name, value)]
        result = CliRunner().invoke(main, ["--ledger", str(ledger), verb, *words])
        # 1 says that something needs a person, which is what the page is about.
        assert program == "posguard"
        assert result.exit_code in {0, 1}, f"{line}: {result.output}"
        assert result.exit_code == 0 or verb in {"show", "explain"}, f"{line}: {result.output}"


if __name__ == "__main__":
    for one in sorted(PAGES.glob("*.md")):
        one.write_text(filled(one.read_text("utf-8"), one.stem), "utf-8")
