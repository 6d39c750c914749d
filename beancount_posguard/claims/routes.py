"""The ways a component of a claim can be put right, and which of them exclude each other.

One way at a time for each component, and never more than the component. The exclusions are the card network's, kept as
dated rows with their reason in plain words; ``code`` is what the network's platform would answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from beancount_posguard.claims.names import party
from beancount_posguard.contract import HOLD_CAP, HOLD_DAYS, LATE_COMPLETION
from beancount_posguard.money import ZERO
from beancount_posguard.words import _, either


class Route(NamedTuple):
    """One way: its names, whether it brings money (1), gives money (-1) or either (0), and with whom it is gone."""

    zh: str
    en: str
    sign: int
    parties: frozenset[str]


def _with(*parties: str) -> frozenset[str]:
    return frozenset(parties)


ROUTES: Mapping[str, Route] = {
    "void": Route("撤销", "void on the terminal while the batch is open", -1, _with("customer")),
    "refund": Route("退货", "refund to the card", -1, _with("customer", "acquirer")),
    "adjustment": Route("贷记调整", "credit adjustment through the acquirer", -1, _with("customer", "acquirer")),
    "transfer": Route("转账", "bank transfer or cash", 0, _with("customer", "acquirer", "employee", "none")),
    "top-up": Route("补款", "the customer pays the rest", 1, _with("customer")),
    "presentment": Route("请款", "presentment through the acquirer", 1, _with("acquirer")),
    "application": Route("差错申请", "written application to the acquirer", 0, _with("acquirer", "none")),
    "fee": Route("手续费更正", "correction of a fee by the tariff", 1, _with("acquirer")),
    "trace": Route("划款查询", "breakdown of a payout, trace of a transfer", 0, _with("acquirer")),
    "completion": Route("预授权完成", "completion of a hold", 1, _with("none", "customer")),
    "representment": Route("再请款", "answer to a chargeback with documents", 1, _with("acquirer")),
    "batch": Route("补结算", "closing or collecting a batch", 1, _with("acquirer")),
}

#: What a shop does at its own terminal or with the customer.
_BY_ITSELF = frozenset({"void", "top-up", "completion"})


def asks_acquirer(name: str, party: str) -> bool:
    """Tell whether the acquirer has anything to do with route ``name``, gone with ``party``."""
    return name not in _BY_ITSELF and (name != "transfer" or party in {"acquirer", "none"})


class Exclusion(NamedTuple):
    """``route`` is not open once ``after`` was ``flag`` (raised or effective), since a day, and why."""

    since: date
    route: str
    after: str
    flag: str
    code: str
    why: str


_2013 = date(2013, 1, 1)

EXCLUSIONS: tuple[Exclusion, ...] = (
    Exclusion(_2013, "adjustment", "refund", "effective", "9401", "a refunded transaction cannot be adjusted as well"),
    Exclusion(_2013, "refund", "adjustment", "raised", "9401", "an adjusted transaction cannot be refunded as well"),
    Exclusion(
        _2013,
        "adjustment",
        "presentment",
        "raised",
        "2169",
        "after a 请款 no 贷记调整 is possible; they exclude each other",
    ),
    Exclusion(_2013, "presentment", "adjustment", "raised", "2169", "no 请款 while a 贷记调整 is under way"),
    Exclusion(
        _2013, "adjustment", "chargeback", "raised", "2168", "the card issuer has charged it back (退单) already"
    ),
)

#: A debit card's issuer takes no 请款 (9408, medium confidence).
NO_PRESENTMENT = frozenset({"debit"})
#: After so many days a transaction is history to the network: refused (9266 and following).
OLDEST = 360
#: A completion may reach this part of its hold, in percent, and come this many days after it: in time, or late.
_CAP = Decimal(HOLD_CAP.value.removesuffix("%"))
_IN_TIME = int(HOLD_DAYS.value)
_LATE = int(LATE_COMPLETION.value)


class Standing(NamedTuple):
    """What a route is judged by: one component and what was done about it before.

    ``amount`` is signed from the merchant's side; ``flags`` says of each route whether it was ``raised`` or is
    ``effective``; ``active`` is the route under way, if any; ``hold`` the amount of the open hold, zero without one.
    """

    party: str
    amount: Decimal
    trade: date
    card_types: frozenset[str]
    flags: Mapping[str, str]
    active: str
    hold: Decimal = ZERO


def refusal(name: str, standing: Standing, on: date) -> str:
    """Return why route ``name`` is not open on a day, as a sentence; empty where it is."""
    route = ROUTES.get(name)
    if route is None:
        return _("{name!r} is no route; expected one of {routes}").format(name=name, routes=", ".join(ROUTES))
    return next((why for why in _reasons(name, route, standing, on) if why), "")


def _reasons(name: str, route: Route, standing: Standing, on: date) -> Iterable[str]:
    if not standing.amount:
        yield _("nothing is open, so there is nothing to ask for (9266)")
    if route.sign * standing.amount < 0:
        brings = route.sign > 0
        yield (
            _("it brings money, but here you owe it")
            if brings
            else _("it gives money back, but here it is owed to you")
        )
    if standing.party not in route.parties:
        known = standing.party != "none"
        text = (
            _("it is no way to settle with the {party}")
            if known
            else _("it is no way to settle with the counterparty, who is not known yet")
        )
        yield text.format(party=party(standing.party))
    if standing.active and standing.active != name:
        yield _("{active} is under way; one at a time: have it answered, rejected or withdrawn first (2164)").format(
            active=route_name(standing.active)
        )
    yield from _excluded(name, standing, on)
    if name == "void" and on > standing.trade:
        yield _("a void is possible on the day itself only, while its batch is open: refund it instead")
    if name == "presentment" and standing.card_types & NO_PRESENTMENT:
        yield _("a debit card's issuer takes no 请款 (9408): inquire, then apply to the acquirer")
    if name == "representment" and standing.card_types & NO_PRESENTMENT:
        yield _("a debit card's issuer takes no 再请款 (9409): inquire, then apply to the acquirer")
    if name == "completion":
        yield _completion(standing, on)
    if on > standing.trade + timedelta(days=OLDEST):
        yield _("the trade is older than {days} days; the network refuses it (2163)").format(days=OLDEST)


def route_name(code: str) -> str:
    """Return what the reader calls a route, always with the code that is typed."""
    return either(f"{ROUTES[code].zh} {code}", code) if code in ROUTES else code


def _excluded(name: str, standing: Standing, on: date) -> Iterable[str]:
    for rule in EXCLUSIONS:
        flag = standing.flags.get(rule.after, "")
        if rule.route == name and rule.since <= on and flag and rule.flag in {"raised", flag}:
            yield f"{_(rule.why)} ({rule.code})"


def _completion(standing: Standing, on: date) -> str:
    if on > standing.trade + timedelta(days=_LATE):
        return _("a hold cannot be completed later than day {days} (9229)").format(days=_LATE)
    if standing.hold and standing.amount * 100 > standing.hold * _CAP:
        return _("{amount} is more than {cap} % of the hold of {hold} (9106)").format(
            amount=standing.amount, cap=_CAP, hold=standing.hold
        )
    return ""


def advice(name: str, standing: Standing, on: date) -> str:
    """Return what is worth knowing about an open route; empty where nothing is."""
    days = (on - standing.trade).days
    if name == "presentment" and "credit" in standing.card_types and days <= 60:  # noqa: PLR2004  # rule 9100
        return _("within 60 days of the trade a 请款 is what the network prefers for credit cards (9100)")
    if name == "completion" and days > _IN_TIME:
        return _("the hold's {days} days are over: a late completion (9229) may be refused by the issuer").format(
            days=_IN_TIME
        )
    if days > 180:  # noqa: PLR2004  # UnionPay keeps 180 days at hand
        return _("the trade is older than 180 days: the acquirer must fetch it from history")
    return ""
