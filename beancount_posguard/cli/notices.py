"""Telling people: the customer (notify), and one's own calendar (calendar)."""

from __future__ import annotations

from datetime import date
from email.message import EmailMessage
from pathlib import Path
from typing import TYPE_CHECKING

import click

from beancount_posguard.claims.said import CHANNELS, OUTCOMES
from beancount_posguard.cli import lingo
from beancount_posguard.cli.common import DAY, Failure, ledger_option, say
from beancount_posguard.cli.output import printable, printable_lines
from beancount_posguard.cli.steps import named, take, writing
from beancount_posguard.words import _

if TYPE_CHECKING:
    from beancount_posguard.claims.claim import Claim
    from beancount_posguard.ledger.books import Books
    from beancount_posguard.ledger.contacts import Contact

_LANGUAGES = ("zh", "en")
_FILE = click.Path(dir_okay=False, path_type=Path)


@lingo.command()
@lingo.argument("wanted", metavar="ID")
@lingo.option("--channel", required=True, type=click.Choice(CHANNELS), help="How.")
@lingo.option("--lang", type=click.Choice(_LANGUAGES), default="zh", show_default=True, help="In which language.")
@lingo.option(
    "--template", default="", metavar="NAME", help="Another text than the one that fits; your own come first."
)
@lingo.option("--until", type=DAY, help="The day by which it is done, where the text names one.")
@lingo.option("--to", default="", metavar="ADDRESS", help="The e-mail address, if not the one posguard contact keeps.")
@lingo.option("--output", type=_FILE, metavar="FILE", help="Write the e-mail there, for your mail program (.eml).")
@lingo.option("--send", is_flag=True, help="Send the e-mail through the ledger's smtp server.")
@lingo.option("--outcome", type=click.Choice(OUTCOMES), default=None, help="What came of it [sent, or told].")
@lingo.option("--note", default="", metavar="TEXT", help="Anything to remember.")
@writing
def notify(
    *,
    ledger: Path,
    wanted: str,
    channel: str,
    lang: str,
    template: str,
    until: date | None,
    to: str,
    output: Path | None,
    send: bool,
    outcome: str | None,
    note: str,
    by: str,
    on: date,
    dry_run: bool,
) -> None:
    """Tell the customer of the claim ID, and write down that it was done; never their number or address.

    The text is printed to be sent by hand; an e-mail can be written to a file or sent.
    """
    from beancount_posguard.desk import find_claim  # noqa: PLC0415  # Beancount comes with it
    from beancount_posguard.ledger import contacts  # noqa: PLC0415
    from beancount_posguard.ledger.books import open_books  # noqa: PLC0415
    from beancount_posguard.reports import mail, notices  # noqa: PLC0415

    if channel != "e-mail" and (to or output or send):
        raise click.UsageError(_("--to, --output and --send are for --channel e-mail"))
    books = open_books(ledger)
    claim = find_claim(books, wanted)
    reached = contacts.read(books.settings.private).get(claim.id, contacts.Contact())
    _tell_where(channel, reached)
    said = {"by": by, "channel": channel, "note": note, "outcome": outcome or "told", "template": template}
    failed = ""
    if channel in notices.WRITTEN:
        name = template or notices.name_for(books, claim, channel, lang)
        notice = notices.render(name, claim, books.shop, until, books.settings.notices)
        click.echo(printable_lines(notice.text), nl=False)
        said |= {"template": notice.template, "outcome": outcome or "sent"}
        if (output or send) and _is_fresh(books, claim, said, on):
            subject = f"{books.shop.get('shop-name', '')} {claim.id}".strip()
            sender = books.shop.get("shop-email", "")
            letter = mail.message(claim.id, notice.text, sender=sender, to=to or reached.email, subject=subject, on=on)
            failed = _deliver(letter, output, books.shop.get("smtp", "") if send else None, dry_run=dry_run)
            said["outcome"] = "failed" if failed else said["outcome"]
    said["template"] = said["template"] or notices.SPOKEN
    take(ledger, "notify", named([claim.id]), said, on=on, dry_run=dry_run)
    if failed:
        raise Failure(failed)


def _is_fresh(books: Books, claim: Claim, said: dict[str, str], on: date) -> bool:
    """Tell whether this notice is not written down yet: nobody gets it twice because a command was repeated.

    Raises:
        RefusedError: when it could not be written down either, before anything is sent.
    """
    from beancount_posguard.desk import take_step  # noqa: PLC0415  # Beancount comes with it

    (outcome,) = take_step(books, "notify", lambda _: [claim], said, on, dry_run=True)
    return not outcome.already


def _tell_where(channel: str, reached: Contact) -> None:
    """Say on the screen whom to call, or where to send the text; it is not written down."""
    where = {"sms": reached.phone, "phone": reached.phone, "e-mail": reached.email}.get(channel, "")
    if where:
        who = f"{reached.name}, {where}" if reached.name else where
        say(_("To: {who}").format(who=printable(who)))


def _deliver(letter: EmailMessage, output: Path | None, server: str | None, *, dry_run: bool) -> str:
    """Write or send ``letter``; return why it could not be sent, or nothing."""
    from beancount_posguard.booking.corrections import RefusedError  # noqa: PLC0415  # Beancount comes with it
    from beancount_posguard.ledger.files import put  # noqa: PLC0415
    from beancount_posguard.reports import mail  # noqa: PLC0415

    if dry_run:
        return ""
    if output:
        put(output, letter.as_bytes())
    if server is None:
        return ""
    try:
        mail.send(letter, server)
    except RefusedError as error:
        return str(error)
    return ""


@lingo.command()
@ledger_option
@lingo.option("--output", type=_FILE, metavar="FILE", help="Write it there instead of printing it.")
def calendar(*, ledger: Path, output: Path | None) -> None:
    """Write the open claims' deadlines as an iCalendar file, with reminders at 50, 80 and 100 % of the time."""
    from beancount_posguard.ledger.books import open_books  # noqa: PLC0415  # Beancount comes with it
    from beancount_posguard.reports.calendar import calendar as written  # noqa: PLC0415

    text = written(open_books(ledger).claims)
    if output:
        output.write_bytes(text.encode())
    else:
        click.echo(text.replace("\r\n", "\n"), nl=False)
