"""Papers and figures: report, lessons, packet, legal-file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from beancount_posguard.cli import lingo
from beancount_posguard.cli.common import FORMATS, finish, format_option, ledger_option, say
from beancount_posguard.cli.output import print_csv, print_json, print_table
from beancount_posguard.reports.figures import (
    GROUPINGS,
    LESSONS,
    REPORTS,
    business,
    columns_of,
    counted,
    figures_of,
    in_words,
    lessons,
)
from beancount_posguard.words import LANGUAGES, _, listed, speaking

if TYPE_CHECKING:
    from beancount_posguard.reports.papers import Folder
    from beancount_posguard.reports.pdf import Enclosed

_FILE = click.Path(dir_okay=False, path_type=Path)


def _print(rows: list[dict[str, Any]], columns: Sequence[str], form: str) -> None:
    if form == "json":
        print_json(rows)
    elif form == "csv":
        print_csv(rows, columns)
    elif not rows:
        click.echo(_("Nothing to report."))
    else:
        said = [[in_words(key, row.get(key, "")) for key in columns] for row in rows]
        print_table(said, columns, right=figures_of(columns, rows))


@lingo.command()
@lingo.argument("name", type=click.Choice([*REPORTS]), metavar="REPORT")
@lingo.option("--by", "grouping", type=click.Choice(GROUPINGS), help="For causes: count by this instead.")
@ledger_option
@lingo.option(
    "--format", "form", type=click.Choice((*FORMATS, "html")), default="text", show_default=True, help="How to print."
)
@lingo.option(
    "--out", type=_FILE, metavar="FILE", help="Write it there; for html, a page with charts that prints well."
)
def report(*, ledger: Path, name: str, grouping: str | None, form: str, out: Path | None) -> None:
    """Print a REPORT: causes, gaps, measures, ageing, fees, holds, deadlines or acquirers."""
    from beancount_posguard.ledger.books import open_books  # noqa: PLC0415  # Beancount comes with it

    if grouping and name != "causes":
        raise click.UsageError(_("--by is for the report on causes"))
    if out and form != "html":
        raise click.UsageError(_("--out is for --format html; other formats are printed: posguard report … > FILE"))
    books = open_books(ledger)
    told, done = REPORTS[name], business(books.survey)
    if form == "html":
        from beancount_posguard.reports.pages import report_page  # noqa: PLC0415

        _deliver(report_page(name, done, books.shop.get("shop-name", ""), grouping or ""), out)
    else:
        rows = counted(done, grouping) if grouping else told.rows(done)
        _print(rows, columns_of(grouping) if grouping else told.columns, form)
    if books.as_of == date.min:
        say(_("no card business yet"))
        return
    say(
        _("{about}, as of {as_of}, {total} slips").format(
            about=_(told.about), as_of=books.as_of, total=done.exposure.total
        )
    )


def _deliver(text: str, out: Path | None) -> None:
    if out is None:
        click.echo(text, nl=False)
        return
    out.write_text(text, "utf-8", newline="\n")
    say(_("written to {file}").format(file=out))


@lingo.command("lessons")
@ledger_option
@format_option
def lessons_(*, ledger: Path, form: str) -> None:
    """Print what the closed claims taught: cause, days, what was lost, what was done about it."""
    from beancount_posguard.ledger.books import open_books  # noqa: PLC0415  # Beancount comes with it

    _print(lessons(open_books(ledger).claims), LESSONS, form)


@lingo.command()
@ledger_option
@lingo.argument("wanted", metavar="ID")
@lingo.option("--lang", type=click.Choice(LANGUAGES), default="zh", show_default=True, help="In which language.")
@lingo.option("--output", type=_FILE, required=True, metavar="FILE", help="Where to write it (.html or .pdf).")
def packet(*, ledger: Path, wanted: str, lang: str, output: Path) -> None:
    """Write the application to the acquirer about the prepared claim ID: one page that prints well, or a PDF."""
    from beancount_posguard.reports.packet import application, lacking  # noqa: PLC0415  # Beancount comes with it

    folder = _folder(ledger, wanted)
    _write(folder, application, lang, output)
    lacks = lacking(folder.claim)
    if lacks:
        say(_("It goes without {lacks}.").format(lacks=listed(lacks)))
    finish(1 if lacks else 0)


@lingo.command("legal-file")
@ledger_option
@lingo.argument("wanted", metavar="ID")
@lingo.option("--lang", type=click.Choice(LANGUAGES), default="zh", show_default=True, help="In which language.")
@lingo.option("--output", type=_FILE, required=True, metavar="FILE", help="Where to write it (.html or .pdf).")
def legal_file(*, ledger: Path, wanted: str, lang: str, output: Path) -> None:
    """Write what a lawyer needs about the claim ID: what happened, what was demanded, the sum, the exhibits."""
    from beancount_posguard.reports.legal import legal_file as written  # noqa: PLC0415  # Beancount comes with it

    _write(_folder(ledger, wanted), written, lang, output)


def _folder(ledger: Path, wanted: str) -> Folder:
    """Return the claim with all that its papers are made of."""
    from beancount_posguard import desk  # noqa: PLC0415  # Beancount comes with it
    from beancount_posguard.ledger.books import open_books  # noqa: PLC0415
    from beancount_posguard.reports.papers import Folder  # noqa: PLC0415

    books = open_books(ledger)
    claim = desk.find_claim(books, wanted)
    contract = desk.contract_for(books, claim.acquirer, claim.detected)
    event, policy = books.survey.events.get(claim.id), books.docket.policy
    terms = desk.contracts_with(books, contract.name)
    return Folder(claim, event, contract, policy, books.shop, books.path.parent, books.as_of, terms)


def _write(folder: Folder, paper: Callable[[Folder, str], str], lang: str, output: Path) -> None:
    """Write a paper as the ending of ``output`` says, whole or not at all."""
    from beancount_posguard.ledger.files import put  # noqa: PLC0415  # Beancount comes with it
    from beancount_posguard.reports.papers import require_size  # noqa: PLC0415
    from beancount_posguard.reports.pdf import pdf  # noqa: PLC0415

    if output.suffix.lower() not in {".html", ".pdf"}:
        raise click.UsageError(_("--output {file}: expected a name that ends in .html or .pdf").format(file=output))
    content = paper(folder, lang).encode()
    if output.suffix.lower() == ".pdf":
        content = pdf(content.decode(), _enclosed(folder, lang))
        require_size(folder, len(content))
    put(output, content)
    say(_("{id}: written to {output}").format(id=folder.claim.id, output=output))


def _enclosed(folder: Folder, lang: str) -> list[Enclosed]:
    from beancount_posguard.reports.papers import enclosed, exhibit_name  # noqa: PLC0415
    from beancount_posguard.reports.pdf import Enclosed  # noqa: PLC0415

    with speaking(lang):
        return [
            Enclosed(path.name, exhibit_name(one.what), path.read_bytes(), one.day) for one, path in enclosed(folder)
        ]
