"""The whole pipeline, from entries to claims and findings. The plugin, the command line and Fava all call this."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import partial
from operator import itemgetter
from typing import Any, NamedTuple

from beancount_posguard.booking.claims import Movement
from beancount_posguard.claims import names
from beancount_posguard.claims.case import Amounts, Found, State
from beancount_posguard.claims.claim import Claim, LegRef
from beancount_posguard.claims.claim import Event as HistoryEvent
from beancount_posguard.claims.deadlines import Clock, earliest
from beancount_posguard.claims.explain import sentence
from beancount_posguard.claims.fold import Docket, Spoken, fold, spoken_of
from beancount_posguard.claims.ids import claim_id, first_of, in_order, natural_key
from beancount_posguard.contract import Contract
from beancount_posguard.judge import judge
from beancount_posguard.judging.events import Event, Judgement, MissingFile, OpenHold
from beancount_posguard.later import LaterMapping, LaterSequence
from beancount_posguard.ledger.contracts import Contracts, read_contracts
from beancount_posguard.ledger.errors import PosguardError
from beancount_posguard.ledger.read import read_sheets
from beancount_posguard.ledger.receipts import Arrivals, read_arrivals
from beancount_posguard.ledger.settings import Settings, read_settings
from beancount_posguard.legs import TAKEN_BACK, Kind, Leg, Sheet, Source, Status
from beancount_posguard.matching.rivals import Doubt
from beancount_posguard.money import ZERO
from beancount_posguard.networks import network_of
from beancount_posguard.text import figure
from beancount_posguard.verdict import Moment
from beancount_posguard.words import Late, _, ngettext


class Finding(NamedTuple):
    """Something a person should see that is no claim: ``missing-file``, ``uncertain``, ``waiting`` or ``input``."""

    kind: str
    text: str | Late
    file: str
    line: int


@dataclass
class Survey:
    """All that a ledger says about its guarantees."""

    contracts: list[Contract] = field(default_factory=list)
    settings: Settings = field(default_factory=Settings)
    claims: list[Claim] = field(default_factory=list)
    movements: list[Movement] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    errors: list[PosguardError] = field(default_factory=list)
    judgement: Judgement = field(default_factory=Judgement)
    sheets: list[Sheet] = field(default_factory=list)
    events: dict[str, Event] = field(default_factory=dict)
    docket: Docket = field(default_factory=Docket)
    as_of: date = date.min
    holds: list[OpenHold] = field(default_factory=list)
    arrivals: Arrivals = field(default_factory=Arrivals)


def survey(entries: Sequence[Any], ledger: str) -> Survey:
    """Read, match, judge and fold ``entries`` (sorted by date); ``ledger`` is the main file, for relative places."""
    result = Survey()
    result.settings, errors = read_settings(entries)
    result.errors += errors
    contracts, errors = read_contracts(entries)
    result.errors += errors
    if not contracts:
        result.findings = [*_faults(result)]
        return result
    book = Contracts(contracts)
    result.contracts = book.latest()
    reading = read_sheets(entries, contracts)
    arrivals, errors = read_arrivals(reading.sheets, entries, [one.name for one in result.contracts])
    result.errors += reading.faults + errors
    result.arrivals = arrivals
    result.as_of = max((sheet.head.date for sheet in reading.sheets[-1:]), default=date.min)
    result.sheets = reading.sheets
    result.judgement = judge(reading.sheets, book, arrivals)
    result.holds = result.judgement.open_holds
    _claims(result, book, entries, os.path.dirname(ledger))  # noqa: PTH120  # a path of any system, as Beancount has it
    result.findings = [*_findings(result)]
    return result


def _claims(result: Survey, book: Contracts, entries: Sequence[Any], folder: str) -> None:
    spoken = spoken_of(entries)
    named, names = _name(map(_Told.of, result.judgement.events), spoken)
    paths = _Paths(folder)
    found: list[Found] = []
    for name, told in named:
        event = result.events[name] = told.event
        currency = book.at(event.acquirer, event.moments[0].day).currency
        clocks = [
            _clock(moment, known, event.acquirer, book) for moment, known in zip(event.moments, told.known, strict=True)
        ]
        movements = list(_movements(name, told, clocks, currency, book, paths))
        result.movements.extend(movements)
        found.append(_found(movements, told, clocks[-1], book, paths))
    result.movements.sort(key=lambda one: (one.day, one.claim))
    accounts: dict[str, str] = {}
    for one in result.contracts:
        accounts |= dict.fromkeys((one.claims_customer, one.owed_customer), "customer")
        accounts |= dict.fromkeys((one.claims_acquirer, one.owed_acquirer, one.claims_chargeback), "acquirer")
        accounts |= {one.claims_employee: "employee", one.suspense: "none"}
    result.docket = Docket(
        found, spoken, names, accounts, result.settings.policy, folder, result.judgement.seen, book.by_name()
    )
    result.claims, errors = fold(result.docket)
    result.errors += errors


class _Told(NamedTuple):
    """An event with all its legs in the order in which they are shown: to put them in order is dear.

    ``known`` are those known at each moment, in that order, and ``anchor`` is the leg that gave the claim its name.
    """

    event: Event
    legs: list[Leg]
    known: list[list[Leg]]
    anchor: Leg

    @classmethod
    def of(cls, event: Event) -> _Told:
        """Put the legs of ``event`` in order."""
        legs = in_order(event.legs, lambda leg: (_SIDES[leg.head.source], leg.head.date))
        known = [_those_of(moment, legs) for moment in event.moments]
        return cls(event, legs, known, first_of(known[0]))


#: Whose lines are shown first.
_SIDES = {source: place for place, source in enumerate(Source)}


def _those_of(moment: Moment, legs: list[Leg]) -> list[Leg]:
    """Return which of ``legs``, all of an event, were known at ``moment``."""
    if len(moment.legs) == len(legs):
        return legs
    known = set(map(id, moment.legs))
    return [leg for leg in legs if id(leg) in known]


def _name(events: Iterable[_Told], spoken: Sequence[Spoken]) -> tuple[list[tuple[str, _Told]], dict[str, str]]:
    """Give each event its id, and return under which other ids the ledger speaks of it."""
    written = {one.claim for one in spoken}
    anchored = [(told.event.moments[0].day, natural_key(told.anchor), told.anchor.where, told) for told in events]
    anchored.sort(key=itemgetter(0, 1, 2))
    used: set[str] = set()
    named: list[tuple[str, _Told]] = []
    for _day, key, _where, told in anchored:
        ordinal = 0
        while (name := claim_id(key, ordinal)) in used:
            ordinal += 1
        used.add(name)
        named.append((name, told))
    unknown = written - used
    names: dict[str, str] = {}
    if unknown:
        for name, told in named:
            names |= {alias: name for leg in told.event.legs if (alias := claim_id(natural_key(leg))) in unknown}
    return named, names


#: Lines that ask for an answer: the day they are known is the notice's.
_ASKED = TAKEN_BACK | {Kind.RETRIEVAL}


def _movements(
    name: str, told: _Told, clocks: Iterable[Clock], currency: str, book: Contracts, paths: _Paths
) -> Iterable[Movement]:
    event = told.event
    before: dict[Any, Any] = {}
    for moment, known, clock in zip(event.moments, told.known, clocks, strict=True):
        after = dict(moment.moves)
        word = "withdrawn" if not after else "changed" if before else "detected"
        last = earliest((move.remedy for move in after), clock, book.of(event.acquirer))
        yield Movement(
            claim=name,
            day=moment.day,
            kind=moment.kind,
            word=word,
            acquirer=event.acquirer,
            currency=currency,
            before=before,
            after=after,
            deadline=last.day if last else None,
            legs="; ".join([_leg_text(leg, paths) for leg in known]),
            why=Late(partial(sentence, moment.kind, after, moment.legs, currency)),
        )
        before = after


def _clock(moment: Moment, known: Sequence[Leg], acquirer: str, book: Contracts) -> Clock:
    """Return from when the time counts for what ``moment`` has found of the legs ``known`` then, in order."""
    slip = first_of(known)
    asked = (leg.head.date for leg in known if leg.kind in _ASKED)
    foreign = any(leg.get("card-type") == "foreign" for leg in known)
    networks = {network_of(card, slip.date, foreign=foreign) for card in {leg.get("card") for leg in known} - {""}}
    return Clock(
        trade=slip.date,
        clearing=book.at(acquirer, slip.date).clearing_day(slip.date, slip.get("time")),
        notice=max(asked, default=moment.day),
        network=networks.pop() if len(networks) == 1 else "",
    )


def _found(movements: Sequence[Movement], told: _Told, clock: Clock, book: Contracts, paths: _Paths) -> Found:
    """Return the claim these movements make, as it stands after the last of them."""
    first, last = movements[0], movements[-1]
    file, line = told.anchor.where
    return Found(
        id=first.claim,
        kind=last.kind,
        acquirer=last.acquirer,
        currency=last.currency,
        detected=first.day,
        deadline=last.deadline,
        legs=LaterSequence(lambda: [_leg_ref(leg, paths) for leg in told.legs]),
        why=last.why,
        file=file,
        line=line,
        states=tuple(
            State(one.day, one.kind, _amounts(movements[: number + 1])) for number, one in enumerate(movements)
        ),
        events=[HistoryEvent(one.day, one.word, "posguard", _told(one), one.amount) for one in movements],
        clock=clock,
        facts=LaterMapping(partial(_facts, told.event.legs)),
        contracts=book.of(told.event.acquirer),
    )


def _told(movement: Movement) -> Late:
    return Late(lambda: f"{movement.kind} {movement.why}")


def _amounts(movements: Sequence[Movement]) -> Amounts:
    """Return what is on each claim account after the last of ``movements``; a part that is gone stays with zero."""
    last = movements[-1]
    claimed = next((one for one in reversed(movements) if one.after), last)
    amounts: dict[str, tuple[str, str, Decimal]] = {}
    for move, amount in claimed.after.items():
        owed = ZERO if claimed is not last or move.remedy == "correct-books" else amount
        _, _, known = amounts.get(move.target, ("", "", ZERO))
        amounts[move.target] = (move.counterparty, move.remedy, known + owed)
    return amounts


#: What a claim tells of its slips: for notices, packets, reports, and for who may approve.
_FACTS = ("card", "card-type", "terminal", "cashier", "store", "merchant")
_CLOCKS = (Source.TERMINAL, Source.SALE, Source.SETTLEMENT)


def _facts(legs: Sequence[Leg]) -> dict[str, tuple[str, ...]]:
    values = {key: tuple(sorted({leg.get(key) for leg in legs} - {""})) for key in _FACTS}
    # The till rings up before the terminal prints: one clock counts, the slip's own first.
    slips = next((same for source in _CLOCKS if (same := [leg for leg in legs if leg.head.source is source])), [])
    values["time"] = tuple(sorted({leg.get("time") for leg in slips} - {""}))
    values["hold"] = tuple(f"{leg.claimed:f}" for leg in legs if leg.kind is Kind.PREAUTH)
    return {key: found for key, found in values.items() if found}


def _leg_text(leg: Leg, paths: _Paths) -> str:
    how = leg.kind.value if leg.status is Status.APPROVED else leg.status.value
    amount = figure(leg.amount) if leg.amount else f"{figure(leg.claimed)} ({leg.facts.get('tender', how)})"
    return f"{leg.source.value} {amount} {leg.date} {_place(leg, paths)}"


def _leg_ref(leg: Leg, paths: _Paths) -> LegRef:
    ref = next((leg.get(key) for key in ("rrn", "trace", "ticket", "reference", "order") if leg.get(key)), "")
    moved = leg.amount and not leg.is_memo
    said = "" if moved else f"{(leg.kind if leg.is_memo else leg.status).value} {figure(abs(leg.claimed))}"
    return LegRef(leg.source.value, leg.amount, leg.date, ref, _place(leg, paths), said)


def _place(leg: Leg, paths: _Paths) -> str:
    """Return ``file:line`` relative to the ledger, so that the same books read the same on every machine."""
    file, line = leg.where
    return f"{paths[file]}:{line}"


class _Paths(dict[str, str]):
    """Each file as seen from ``folder``; a ledger's many lines are in few files, and paths are dear."""

    def __init__(self, folder: str) -> None:
        super().__init__()
        self._folder = folder

    def __missing__(self, file: str) -> str:
        within = self._folder and os.path.isabs(file)  # noqa: PTH117  # a path of any system, as Beancount has it
        relative = os.path.relpath(file, self._folder) if within else file
        self[file] = seen = relative.replace(os.sep, "/")
        return seen


def _missing(missing: MissingFile, count: int) -> str:
    whose = _("terminal {terminal}").format(terminal=missing.terminal) if missing.terminal else missing.acquirer
    side = missing.source.value
    return ngettext(
        "no file from {side} {whose} for {day}, though later ones came; 1 event waits for it. "
        "Import it, or say that there is none: {declaration}",
        "no file from {side} {whose} for {day}, though later ones came; {n} events wait for it. "
        "Import it, or say that there is none: {declaration}",
        count,
    ).format(
        side=names.side(side),
        whose=whose,
        day=missing.day,
        n=count,
        declaration=f'{missing.day} custom "posguard-no-file" "{side}"',
    )


def _uncertain(doubt: Doubt) -> str:
    explanations = ngettext("{n} explanation", "{n} explanations", doubt.explanations).format(n=doubt.explanations)
    return _(
        "uncertain: {amount} {currency} of {day} fits {lines} of the other side ({explanations}, all counted); "
        "nothing is posted until a reference (rrn, trace) tells"
    ).format(
        amount=figure(abs(doubt.leg.claimed)),
        currency=doubt.leg.currency,
        day=doubt.leg.date,
        lines=ngettext("{n} line", "{n} lines", doubt.there).format(n=doubt.there),
        explanations=explanations,
    )


def _findings(result: Survey) -> Iterable[Finding]:
    lines = {contract.name: (contract.file, contract.line) for contract in result.contracts}
    default = result.contracts[0].name
    for missing, count in sorted(result.judgement.missing.items()):
        text = Late(partial(_missing, missing, count))
        yield Finding("missing-file", text, *lines.get(missing.acquirer, lines[default]))
    seen = set()
    for doubt in result.judgement.doubts:
        text = Late(partial(_uncertain, doubt))
        finding = Finding("uncertain", text, *doubt.leg.where)
        if finding not in seen:
            seen.add(finding)
            yield finding
    yield from _faults(result)


def _faults(result: Survey) -> Iterable[Finding]:
    for error in result.errors:
        yield Finding("input", error.message, str(error.source["filename"]), int(error.source["lineno"]))
