"""Statements -> deposits: what arrives at the bank, when, and for which days. Negative days are carried."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal

from beancount_posguard.calendars import Calendar
from beancount_posguard.legs import Kind, Source, Status
from beancount_posguard.money import ZERO
from beancount_posguard.simulate.chance import Dice
from beancount_posguard.simulate.events import Plant
from beancount_posguard.simulate.faults import DEPOSIT_FAULTS
from beancount_posguard.simulate.printing import File, Row
from beancount_posguard.simulate.shop import DAY, Acquirer
from beancount_posguard.simulate.story import LUMP_FACTOR, Plan


@dataclass(slots=True, eq=False)
class Payout:
    """What one deposit pays: the statements of ``days``, which come to ``net`` after ``fees``.

    ``paid`` is what arrives on ``due``, None where nothing does; ``plant`` says what is wrong with it,
    ``elsewhere`` that it arrives on the shop's other account.
    """

    id: str
    acquirer: Acquirer
    due: date
    days: tuple[date, ...]
    net: Decimal
    fees: Decimal
    paid: Decimal | None
    plant: Plant | None = None
    elsewhere: bool = False

    @property
    def period(self) -> tuple[date, date]:
        """The first and the last clearing day that is paid."""
        first, last = self.days[0], self.days[-1]
        clearing = first - DAY
        while self.acquirer.settles_on(clearing - DAY) == first:
            clearing -= DAY
        end = last - DAY
        while self.acquirer.settles_on(end) != last:
            end -= DAY
        return min(clearing, end), end


def payouts(acquirer: Acquirer, statements: Sequence[File], end: date) -> Iterator[Payout]:
    """Yield the perfect payouts of an acquirer's statements (in order of days) up to ``end``."""
    by_due: defaultdict[date, list[File]] = defaultdict(list)
    for file in statements:
        by_due[acquirer.paid_on(file.day)].append(file)
    carried: list[File] = []
    for due, files in sorted(by_due.items()):
        carried += files
        rows = [row for file in carried for row in file.rows]
        fees = sum((row.fee or ZERO for row in rows), ZERO)
        net = sum((row.money for row in rows), ZERO) - fees
        if due > end or net <= 0:
            continue
        days = tuple(sorted({file.day for file in carried}))
        yield Payout(f"{acquirer.name}-{due:%Y%m%d}", acquirer, due, days, net, fees, net)
        carried = []


def go_wrong(plan: Plan, found: Sequence[Payout], spoilt: Callable[[Payout], bool]) -> None:
    """Let faults befall ``found`` in place, but for those whose files are missing (``spoilt``)."""
    dice = plan.dice("deposits")
    deck: list[Plant] = []
    share = min(plan.faults * LUMP_FACTOR, Decimal(1))
    for payout in found:
        if not dice.happens(share) or spoilt(payout):
            continue
        if not deck:
            deck = [plant for plant in DEPOSIT_FAULTS if plant.kind in plan.kinds]
            dice.shuffle(deck)
        if deck:
            payout.plant = deck.pop()
            payout.elsewhere = payout.plant.kind == "P5" and payout.plant.noted
            payout.paid = payout.net if payout.plant.noted else _BEND[payout.plant.kind](payout.net, dice)


def _short(net: Decimal, dice: Dice) -> Decimal:
    return net - min(dice.fen(100, 20_000), net - Decimal("0.01"))


#: How each kind changes what arrives; None is nothing.
_BEND: dict[str, Callable[[Decimal, Dice], Decimal | None]] = {
    "P1": _short,
    "P2": lambda net, dice: net + dice.fen(100, 20_000),
    "P3": lambda _net, _dice: None,
    "P4": lambda net, _dice: net - min(Decimal("50.00"), net - Decimal("0.01")),
    "P5": lambda _net, _dice: None,
}

#: Who else is paid from the account, one a day: it shows how far the bank's file reaches.
_OTHERS = (("面粉供应商", "货款"), ("物业管理处", "房租"), ("国家金库", "税款"), ("代发工资", "工资"))


def bank_files(plan: Plan, found: Sequence[Payout]) -> Iterator[File]:
    """Yield the bank's file of every working day."""
    by_day: defaultdict[date, list[Payout]] = defaultdict(list)
    for payout in found:
        if payout.paid is not None and not payout.elsewhere:
            by_day[payout.due].append(payout)
    dice = plan.dice("bank")
    calendar = Calendar("CN")
    for day in plan.each_day():
        if not calendar.is_working(day):
            continue
        rows = [_deposit(payout, place) for place, payout in enumerate(by_day[day])]
        party, memo = dice.choice(_OTHERS)
        spent = -dice.fen(5_000, 300_000)
        when = datetime.combine(day, time(14, dice.randrange(60)))
        rows.append(
            Row("", Kind.ADJUSTMENT, Status.APPROVED, spent, when, party=party, memo=memo, cash=True, reference="0")
        )
        yield File(Source.BANK, day, rows=_numbered(rows, f"{day:%Y%m%d}"))
    for payout in found:
        if payout.elsewhere:
            yield File(
                Source.BANK,
                payout.due,
                payout.acquirer.name,
                bank=OTHER_BANK,
                rows=_numbered([_deposit(payout, 0)], f"{OTHER_BANK}-{payout.id}"),
            )


#: The shop's second account, on which a payout arrives by mistake.
OTHER_BANK = "CCB"


def _numbered(rows: Sequence[Row], stem: str) -> list[Row]:
    return [row._replace(reference=f"{stem}-{n:02}") for n, row in enumerate(rows, 1)]


def _deposit(payout: Payout, place: int) -> Row:
    first, last = payout.period
    assert payout.paid is not None  # noqa: S101  # only deposits that arrive are written down
    return Row(
        payout.id,
        Kind.DEPOSIT,
        Status.APPROVED,
        payout.paid,
        datetime.combine(payout.due, time(8, 30 + place)),
        party=payout.acquirer.bank.payer,
        fee=payout.fees,
        period=(first, last),
        memo=f"{first:%m%d}-{last:%m%d}费{payout.fees:.2f}元",
    )
