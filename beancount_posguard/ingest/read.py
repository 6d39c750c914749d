"""One file -> one reading: which profile knows it, what it says, whether it keeps its own promises."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from beancount_posguard.booking.lines import Line
from beancount_posguard.ingest.batching import Origin, Scope, Span, closing, make_batches, number, spans
from beancount_posguard.ingest.cards import redact
from beancount_posguard.ingest.controls import NONE, Totals, check
from beancount_posguard.ingest.errors import IngestError, UnknownFileError
from beancount_posguard.ingest.profile import Profile
from beancount_posguard.ingest.readers import Document
from beancount_posguard.ingest.slips import Content, money, read_content
from beancount_posguard.ingest.table import Spot, locate, missing, read_table
from beancount_posguard.legs import Batch
from beancount_posguard.money import ZERO
from beancount_posguard.text import figure


@dataclass(frozen=True)
class Reading:
    """What one file says, or why it is refused (then ``refused`` is the reason and nothing else is known).

    ``rows`` counts the slips (bank: all lines), ``by_kind`` and ``gross_by_kind`` tell them apart. ``lines`` are the
    rows that are not ours, ``skipped`` counts rows without money by their word. ``spans`` are the days the file covers.
    """

    file: str
    sha256: str = ""
    profile: Profile | None = None
    batches: tuple[Batch, ...] = ()
    rows: int | None = None
    by_kind: Mapping[str, int] = field(default_factory=dict)
    gross_by_kind: Mapping[str, Decimal] = field(default_factory=dict)
    totals: Totals | None = None
    currency: str | None = None
    control: str = NONE
    lines: tuple[Line, ...] = ()
    skipped: Mapping[str, int] = field(default_factory=dict)
    spans: Mapping[Scope, Span] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    has_cards: bool = False
    refused: str | None = None

    @property
    def origin(self) -> Origin:
        """Which file this is, for the batches made of it."""
        if self.profile is None:
            raise ValueError("a refused file has no batches")
        return Origin(self.profile.source, self.file, self.sha256, self.profile.name)

    def summary(self) -> dict[str, Any]:
        """Return the file in figures, ready for JSON: amounts are strings, what is not known is null."""
        gross, fee, net = self.totals or (None, None, None)
        return {
            "file": self.file,
            "profile": self.profile.name if self.profile else None,
            "rows": self.rows,
            "by_kind": dict(self.by_kind),
            "gross": _shown(gross),
            "fee": _shown(fee),
            "net": _shown(net),
            "currency": self.currency,
            "control": self.control if self.refused is None else None,
            "refused": self.refused,
        }


def _shown(amount: Decimal | None) -> str | None:
    return None if amount is None else figure(amount)


def read_file(path: Path, profiles: Sequence[Profile]) -> Reading:
    """Read the file at ``path`` with the profile that knows it.

    Raises:
        UnknownFileError: when no profile knows the file.
        IngestError: when the file breaks a rule of its profile; it is refused whole.
    """
    document = Document.load(Path(path))
    profile, spot = find_profile(document, profiles)
    return _read(document, profile, spot)


def identify(path: Path, profiles: Sequence[Profile]) -> Reading:
    """Read the file at ``path`` like :func:`read_file`, but hand a refusal back as a reading."""
    profile: Profile | None = None
    try:
        document = Document.load(Path(path))
        profile, spot = find_profile(document, profiles)
        return _read(document, profile, spot)
    except IngestError as error:
        return Reading(file=redact(Path(path).name), profile=profile, refused=str(error))


def find_profile(document: Document, profiles: Sequence[Profile]) -> tuple[Profile, Spot]:
    """Return the one profile that knows ``document``; a user's own outranks those shipped.

    Raises:
        UnknownFileError: when none does, naming the nearest.
        IngestError: when several do and none has priority.
    """
    found = [(profile, spot) for profile in profiles if (spot := locate(profile, document))]
    if not found:
        raise _unknown(document, profiles)
    best = max((profile.own, profile.priority) for profile, _ in found)
    winners = [(profile, spot) for profile, spot in found if (profile.own, profile.priority) == best]
    if len(winners) > 1:
        names = " and ".join(profile.name for profile, _ in winners)
        raise IngestError(
            document.name,
            None,
            f"a file that {names} both know",
            "one profile for it",
            "Choose one with --profile, or give one of them a higher priority.",
        )
    return winners[0]


def _unknown(document: Document, profiles: Sequence[Profile]) -> UnknownFileError:
    hint = ""
    try:
        nearest = max(((*missing(profile, document), profile.name) for profile in profiles), default=(0, "", ""))
    except IngestError as error:
        return UnknownFileError(document.name, None, error.found, error.expected, error.hint)
    if nearest[0]:
        hint = f"Nearest is {nearest[2]}, but the file has no column {nearest[1]}."
    return UnknownFileError(
        document.name, None, "a file that no profile knows", "an export of an institution in the catalogue", hint
    )


def _read(document: Document, profile: Profile, spot: Spot) -> Reading:
    table = read_table(profile, document, spot)
    content = read_content(profile, table)
    totals = _totals(content)
    control = check(profile, table, content, totals)
    origin = Origin(profile.source, redact(document.name), document.digest, profile.name)
    batches = make_batches(origin, content)
    covered = spans(origin, content, batches)
    batches += closing(origin, covered, batches)
    if not batches:
        raise IngestError(
            document.name,
            None,
            "no rows, and no day in the file or its name",
            "a day, or at least one row",
            "Give the file a name with its day, such as 20261103.",
        )
    by_kind, gross_by_kind = _tally(profile, content)
    return Reading(
        file=origin.file,
        sha256=document.digest,
        profile=profile,
        batches=number(batches, covered),
        rows=by_kind.total(),
        by_kind=by_kind,
        gross_by_kind=gross_by_kind,
        totals=_all_lines(content, totals) if profile.is_bank else totals,
        currency=_currency(profile, content, document),
        control=control,
        lines=tuple(
            sorted(content.lines, key=lambda one: (one.date, one.amount, one.label, one.text, *one.facts.items()))
        ),
        skipped=content.skipped,
        spans=covered,
        warnings=(*content.warnings, *_strangers(table.strangers)),
        has_cards=content.has_cards,
    )


def _totals(content: Content) -> Totals:
    gross, fee, net = ZERO, ZERO, ZERO
    has_fee = has_net = False
    for _, _, slip in content.booked:
        gross += money(slip)
        if slip.fee is not None:
            fee += slip.fee
            has_fee = True
        if slip.net is not None:
            net += slip.net
            has_net = True
    return Totals(gross, fee if has_fee else None, net if has_net else None)


def _all_lines(content: Content, totals: Totals) -> Totals:
    """Return the totals of a bank file, where every line is a row."""
    return totals._replace(gross=totals.gross + sum((line.amount for line in content.lines), ZERO))


def _tally(profile: Profile, content: Content) -> tuple[Counter[str], dict[str, Decimal]]:
    """Count rows and add up money by kind; a bank's lines are credits and debits, ours or not."""
    if profile.is_bank:
        amounts = [*(one.slip.amount for one in content.booked), *(line.amount for line in content.lines)]
        rows = [("debit" if amount < ZERO else "credit", amount) for amount in amounts]
    else:
        rows = [(slip.kind.value, money(slip)) for _, _, slip in content.booked]
    counts: Counter[str] = Counter()
    sums: dict[str, Decimal] = {}
    for kind, amount in sorted(rows):
        counts[kind] += 1
        sums[kind] = sums.get(kind, ZERO) + amount
    return counts, sums


def _currency(profile: Profile, content: Content, document: Document) -> str:
    found = {one.slip.currency for one in content.booked} | {line.currency for line in content.lines}
    if len(found) > 1:
        raise IngestError(document.name, None, f"rows in {', '.join(sorted(found))}", "one currency per file")
    return found.pop() if found else profile.currency


def _strangers(names: Sequence[str]) -> list[str]:
    return [f"columns this profile does not know were not read: {', '.join(map(redact, names))}"] if names else []
