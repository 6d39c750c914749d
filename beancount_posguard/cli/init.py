"""Starting: a ledger that works, in an empty folder."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import click

from beancount_posguard.cli import lingo
from beancount_posguard.cli.common import DAY, Failure, say, today
from beancount_posguard.words import N_, _, listed

#: What is asked, with what most answer.
_QUESTIONS: dict[str, tuple[str, str]] = {
    "title": (N_("What is the shop called?"), N_("My shop")),
    "acquirer": (N_("The acquirer, as part of an account's name"), "ChinaUMS"),
    "merchant": (N_("Your merchant number(s) with it (商户号); empty: any"), ""),
    "currency": (N_("Currency"), "CNY"),
    "bank": (N_("The account its deposits arrive on"), "Assets:Bank"),
    "settles": (N_("When it settles"), "T+1 cutoff 23:00 calendar CN"),
    "fee": (N_("Its fees, as in: debit 0.50% max 20.00; credit 0.60%; empty: no audit"), ""),
}


def _asked(command: Callable[..., Any]) -> Callable[..., Any]:
    for key, (question, default) in reversed(_QUESTIONS.items()):
        command = lingo.option(f"--{key}", metavar="TEXT", usual=default, help=question)(command)
    return command


@lingo.command()
@lingo.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@_asked
@lingo.option("--no-sales", is_flag=True, help="The shop keeps no sale records: the terminal's slips are the sales.")
@lingo.option("--since", type=DAY, metavar="DAY", help="From when the accounts are open [1 January of last year].")
@lingo.option("-y", "--yes", is_flag=True, help="Do not ask; take the usual answer where no option gives one.")
def init(*, folder: Path, no_sales: bool, since: date | None, yes: bool, **given: str | None) -> None:
    """Write a new ledger that works into the folder DIR. Nothing that stands there is touched."""
    from beancount_posguard.cli import skeleton  # noqa: PLC0415  # Beancount comes with it

    answers = {key: _answer(key, given[key], ask=not yes) for key in _QUESTIONS}
    shop = skeleton.Shop(**answers, sales=not no_sales, since=since or date(today().year - 1, 1, 1))
    try:
        files = skeleton.files(shop)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    _write(folder, files)
    click.echo(_("Wrote {files} in {folder}").format(files=listed(files), folder=folder))
    say(
        _("Next: export BEANCOUNT_FILE={folder}; put downloads into exports/; posguard import exports").format(
            folder=folder / "main.beancount"
        )
    )


def _answer(key: str, given: str | None, *, ask: bool) -> str:
    question, default = _QUESTIONS[key]
    if given is not None:
        return given.strip()
    return str(click.prompt(_(question), default=_(default))).strip() if ask else _(default)


def _write(folder: Path, files: dict[str, str]) -> None:
    there = [name for name in files if (folder / name).exists()]
    if there:
        raise Failure(
            _("{folder} holds {there} already; nothing was written: choose another folder").format(
                folder=folder, there=listed(there)
            )
        )
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
