"""A shop made up: exports, ledger, and the truth about what is wrong in it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from beancount_posguard.cli import lingo
from beancount_posguard.cli.common import DAY, Failure, say
from beancount_posguard.words import _, listed

PRESETS = ("retail", "restaurant", "hotel", "chain")


@lingo.command()
@lingo.option("--seed", type=int, default=1, show_default=True, help="The same seed makes the same shop.")
@lingo.option("--days", type=click.IntRange(1, 3660), default=40, show_default=True, help="How many days of sales.")
@lingo.option("--preset", type=click.Choice(PRESETS), default="retail", show_default=True, help="Which kind of shop.")
@lingo.option("--faults", metavar="RATE", default="0.002", show_default=True, help="Share of events that go wrong.")
@lingo.option("--kind", "kinds", multiple=True, metavar="CODE", help="Plant this kind only; may be given often.")
@lingo.option("--damage", metavar="RATE", default="0", show_default=True, help="Share of lines with lost references.")
@lingo.option("--missing", type=click.IntRange(0), default=0, show_default=True, help="How many files never come.")
@lingo.option("--volume", type=click.IntRange(1), default=100, show_default=True, help="How busy it is, in percent.")
@lingo.option("--start", type=DAY, metavar="DAY", help="The first day [2026-09-07].")
@lingo.option("--no-exports", is_flag=True, help="Write no downloads.")
@lingo.option("--no-ledger", is_flag=True, help="Leave the batches to posguard import.")
@lingo.option(
    "--out", required=True, metavar="DIR", type=click.Path(file_okay=False, path_type=Path), help="Where to write it."
)
def simulate(
    *,
    seed: int,
    days: int,
    preset: str,
    faults: str,
    kinds: tuple[str, ...],
    damage: str,
    missing: int,
    volume: int,
    start: date | None,
    no_exports: bool,
    no_ledger: bool,
    out: Path,
) -> None:
    """Make up a shop with known mismatches: its downloads, its ledger, and truth.json that tells them all."""
    from beancount_posguard.simulate import START  # noqa: PLC0415  # builds its tables
    from beancount_posguard.simulate import simulate as make  # noqa: PLC0415
    from beancount_posguard.simulate.write import write  # noqa: PLC0415

    try:
        world = make(
            seed,
            days,
            preset,
            faults,
            start=start or START,
            kinds=kinds or None,
            damage=damage,
            missing=missing,
            volume=volume,
        )
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    try:
        names = write(world, out, with_exports=not no_exports, with_ledger=not no_ledger)
    except FileExistsError as error:
        raise Failure(str(error)) from error
    click.echo(_("Wrote {names} in {out}").format(names=listed(names), out=out))
    counts = world.truth["counts"]
    say(
        _("{events} events, {n} of them wrong; truth.json tells which").format(
            events=counts["events"], n=len(world.truth["events"])
        )
    )
