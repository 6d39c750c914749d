"""Corrections: refund, top-up, write-off, raise; and what moves a claim to another party."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from beancount_posguard.claims import names
from beancount_posguard.cli import lingo
from beancount_posguard.cli.common import MONEY, by_option, date_option, dry_run_option, ledger_option
from beancount_posguard.cli.output import printable_lines
from beancount_posguard.cli.steps import named, take
from beancount_posguard.kinds import KINDS
from beancount_posguard.words import _

if TYPE_CHECKING:
    from beancount_posguard.booking.corrections import Order
    from beancount_posguard.desk import Outcome

_VIA = "card: on the terminal; cash; transfer: by bank; payout: in the acquirer's next deposit; or an account."


def _options(*options: Callable[..., Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


_MONEY_OPTIONS = _options(
    ledger_option,
    lingo.argument("wanted", metavar="ID"),
    lingo.option("--amount", type=MONEY, help="How much; without it all that is open."),
    lingo.option("--part", default="", metavar="WHO", help="customer or acquirer, where a claim is with both."),
    lingo.option("--note", default="", metavar="TEXT", help="Anything to remember."),
    lingo.option("--reference", default="", metavar="NO", help="Your voucher; two alike payments differ by it."),
    by_option,
    date_option,
    dry_run_option,
)

_ROUTE_OPTIONS = _options(
    lingo.option("--via", required=True, metavar="ROUTE", help=_VIA),
    lingo.option("--fee", type=MONEY, default="0", help="What of it the acquirer keeps, for payout and transfer."),
    lingo.option("--trace", default="", metavar="NO", help="The new slip's 凭证号."),
    lingo.option("--rrn", default="", metavar="NO", help="The new slip's 参考号."),
    lingo.option("--terminal", default="", metavar="NO", help="The new slip's 终端号."),
    lingo.option("--auth", default="", metavar="NO", help="The new slip's 授权码."),
)


def _correct(step: str, *, ledger: Path, wanted: str, part: str, dry_run: bool, **said: Any) -> None:  # noqa: ANN401  # the options above, by name
    from beancount_posguard import desk  # noqa: PLC0415  # Beancount comes with it

    _tell(desk.correct(ledger, step, wanted, _order(**said), part=part, dry_run=dry_run), step, dry_run=dry_run)


def _order(
    *,
    amount: tuple[Decimal, str] | None,
    on: date,
    by: str,
    note: str,
    via: str = "",
    fee: tuple[Decimal, str] = (Decimal(0), ""),
    **refs: str,
) -> Order:
    from beancount_posguard.booking.corrections import Order  # noqa: PLC0415  # Beancount comes with it

    figure, currency = amount or (None, "")
    if fee[1] and currency and fee[1] != currency:
        raise click.UsageError(_("the fee is in {fee}, the amount in {currency}").format(fee=fee[1], currency=currency))
    return Order(figure, currency or fee[1], on, by, via=via, fee=fee[0], note=note, refs=refs)


def _tell(outcome: Outcome, step: str, *, dry_run: bool) -> None:
    if outcome.already:
        click.echo(
            _("{claim}: nothing to do, this {step} stands at {place}").format(
                claim=outcome.claim, step=names.event(step), place=outcome.already
            )
        )
        click.echo(_("If it is a second one, tell them apart with --reference."), err=True)
        return
    click.echo(printable_lines(outcome.text), nl=False)
    text = _("Nothing was written; this would go to {target}") if dry_run else _("{claim}: written to {target}")
    click.echo(text.format(claim=outcome.claim, target=outcome.target), err=True)


@lingo.command()
@_MONEY_OPTIONS
@_ROUTE_OPTIONS
def refund(**said: Any) -> None:  # noqa: ANN401  # the options above, by name
    """Book what you pay back on the claim ID, to a customer or to the acquirer."""
    _correct("refund", **said)


@lingo.command("top-up")
@_MONEY_OPTIONS
@_ROUTE_OPTIONS
def top_up(**said: Any) -> None:  # noqa: ANN401  # the options above, by name
    """Book what a customer or the acquirer pays up on the claim ID."""
    _correct("top-up", **said)


@lingo.command("write-off")
@_MONEY_OPTIONS
@lingo.option("--request", is_flag=True, help="Only ask for it; somebody else then does it.")
def write_off(*, request: bool, **said: Any) -> None:  # noqa: ANN401  # the options above, by name
    """Give up what is owed to you on the claim ID."""
    if not request:
        _correct("write-off", **said)
        return
    if said["amount"] or said["part"] or said["reference"]:
        raise click.UsageError(_("--request asks for all that is open; say how much when it is booked"))
    words = {"by": said["by"], "note": said["note"]}
    take(said["ledger"], "request-write-off", named([said["wanted"]]), words, on=said["on"], dry_run=said["dry_run"])


def _turn(*, ledger: Path, wanted: str, part: str, dry_run: bool, to: str, reroute: bool, **said: Any) -> None:  # noqa: ANN401  # the options above, by name
    from beancount_posguard import desk  # noqa: PLC0415  # Beancount comes with it

    outcome = desk.turn_to(ledger, wanted, _order(via=to, **said), part=part, reroute=reroute, dry_run=dry_run)
    _tell(outcome, "reclass", dry_run=dry_run)


@lingo.command()
@_MONEY_OPTIONS
@lingo.option("--to", required=True, type=click.Choice(["customer", "acquirer", "employee"]), help="Who owes it then.")
def reroute(**said: Any) -> None:  # noqa: ANN401  # the options above, by name
    """Turn to the party who owes the claim ID after the first one refused; say why with --note."""
    _turn(reroute=True, **said)


@lingo.command()
@_MONEY_OPTIONS
@lingo.option(
    "--to", required=True, metavar="WHO", help="customer, acquirer, employee, sale, unclaimed, overage, or an account."
)
def assign(**said: Any) -> None:  # noqa: ANN401  # the options above, by name
    """Say whose the open money of the claim ID is: found after all, or never to be found.

    sale: it was a sale that nobody rang up. unclaimed: the cardholder cannot be found; it stays a debt. overage: by
    legal advice nobody has a right to it any more; it becomes income.
    """
    _turn(reroute=False, **said)


@lingo.command()
@_MONEY_OPTIONS
@lingo.option("--via", required=True, metavar="ROUTE", help=_VIA)
def bounce(*, ledger: Path, wanted: str, part: str, dry_run: bool, **said: Any) -> None:  # noqa: ANN401  # the options above, by name
    """Book that a refund on the claim ID came back: it is owed again."""
    from beancount_posguard import desk  # noqa: PLC0415  # Beancount comes with it

    _tell(desk.bounce(ledger, wanted, _order(**said), part=part, dry_run=dry_run), "bounce", dry_run=dry_run)


@lingo.command("raise")
@ledger_option
@lingo.option("--kind", required=True, type=click.Choice([*KINDS], case_sensitive=False), help="What went wrong.")
@lingo.option(
    "--counterparty",
    required=True,
    type=click.Choice(["customer", "acquirer", "none"]),
    help="With whom; none: not known yet.",
)
@lingo.option("--amount", required=True, type=MONEY, help="Positive: owed to you; negative: you owe it.")
@lingo.option(
    "--against", required=True, metavar="ACCOUNT", help="What is wrong without it: till, payout, bank, fees, income, …"
)
@lingo.option("--acquirer", default="", metavar="NAME", help="Whose contract, where there are several.")
@lingo.option("--note", required=True, metavar="TEXT", help="What the paper says.")
@lingo.option("--reference", default="", metavar="NO", help="The paper's number.")
@by_option
@date_option
@dry_run_option
def raise_(
    *,
    ledger: Path,
    kind: str,
    counterparty: str,
    amount: tuple[Decimal, str],
    against: str,
    acquirer: str,
    note: str,
    reference: str,
    by: str,
    on: date,
    dry_run: bool,
) -> None:
    """Open a claim for a mismatch that only paper shows."""
    from beancount_posguard import desk  # noqa: PLC0415  # Beancount comes with it
    from beancount_posguard.booking.corrections import Found  # noqa: PLC0415

    found = Found(kind, counterparty, amount[0], amount[1], against, on, by, note, reference)
    _tell(desk.raise_claim(ledger, acquirer, found, dry_run=dry_run), "raise", dry_run=dry_run)
