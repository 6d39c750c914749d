"""Personal data: how the customers of claims are reached, and that it goes when its time is over."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import date
from pathlib import Path

import click

from beancount_posguard.cli import lingo
from beancount_posguard.cli.common import DONE, LOOK, date_option, dry_run_option, finish, ledger_option, say
from beancount_posguard.cli.output import print_table, printable
from beancount_posguard.words import N_, _


@lingo.command()
@lingo.argument("wanted", metavar="ID")
@lingo.option("--name", metavar="NAME", help="Who it is.")
@lingo.option("--phone", metavar="NO", help="Where to call or to send a text.")
@lingo.option("--email", metavar="ADDRESS", help="Where to write.")
@lingo.option("--forget", is_flag=True, help="Remove what is kept.")
@ledger_option
@date_option
@dry_run_option
def contact(
    *,
    wanted: str,
    name: str | None,
    phone: str | None,
    email: str | None,
    forget: bool,
    ledger: Path,
    on: date,
    dry_run: bool,
) -> None:
    """Say how the customer of the claim ID is reached, or show it.

    It is kept in private/contacts.json beside the ledger, never in the ledger and never in git; posguard notify looks
    there, posguard purge removes it when its time is over.
    """
    from beancount_posguard.desk import find_claim  # noqa: PLC0415  # Beancount comes with it
    from beancount_posguard.ledger import contacts  # noqa: PLC0415
    from beancount_posguard.ledger.books import open_books  # noqa: PLC0415

    books = open_books(ledger)
    folder = books.settings.private
    kept = contacts.read(folder)
    claim = wanted if forget and wanted in kept else find_claim(books, wanted).id
    given = {key: text for key, text in (("name", name), ("phone", phone), ("email", email)) if text is not None}
    if given and forget:
        raise click.UsageError(_("--forget removes all of it; give it alone"))
    old = kept.get(claim)
    if not given and not forget:
        if old is None:
            click.echo(_("{claim}: nothing is kept").format(claim=claim))
            finish(LOOK)
        click.echo(printable("  ".join([claim, *(text for text in asdict(old).values() if text)])))
        return
    if forget and old is None:
        click.echo(_("{claim}: nothing is kept").format(claim=claim))
        return
    new = None if forget else contacts.checked(replace(old or contacts.Contact(), **given, since=on.isoformat()))
    if dry_run:
        say(_("Nothing was written; this would go to {target}").format(target=folder / contacts.FILE))
        return
    contacts.change(folder, {claim: new})
    done = _("{claim}: forgotten, removed from {file}") if forget else _("{claim}: kept in {file}, not in the ledger")
    click.echo(done.format(claim=claim, file=contacts.FILE))


@lingo.command()
@ledger_option
@date_option
@dry_run_option
def purge(*, ledger: Path, on: date, dry_run: bool) -> None:
    """Remove the contacts of customers whose claims are done and whose time is over, and say which.

    The time is the ledger's limit "contact", in days after the claim was done.
    """
    from beancount_posguard.ledger import contacts  # noqa: PLC0415  # Beancount comes with it
    from beancount_posguard.ledger.books import open_books  # noqa: PLC0415

    books = open_books(ledger)
    folder = books.settings.private
    kept = contacts.read(folder)
    gone = contacts.stale(kept, books.claims, books.docket.policy, on)
    if not gone:
        click.echo(_("Nothing to remove: {count} kept, each within its time.").format(count=len(kept)))
        return
    rows = [(one.claim, one.done or _("no claim of this ledger"), one.kept_until) for one in gone]
    print_table(rows, (N_("id"), N_("done"), N_("kept until")))
    if dry_run:
        say(_("Nothing was removed; without --dry-run these would be."))
        finish(LOOK)
    contacts.change(folder, dict.fromkeys(one.claim for one in gone))
    say(_("{count} removed, {rest} kept.").format(count=len(gone), rest=len(kept) - len(gone)))
    finish(DONE)
