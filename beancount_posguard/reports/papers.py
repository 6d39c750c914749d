"""What the papers of a claim have in common: facts, calculation, the lines themselves, exhibits, their digests.

Everything is in the language that is being spoken (:func:`beancount_posguard.words.speaking`). The same claim and the
same files give the same bytes: a paper is dated by the last thing that happened, never by a clock.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from beancount_posguard.booking.corrections import RefusedError
from beancount_posguard.claims import names
from beancount_posguard.claims.claim import Claim
from beancount_posguard.claims.deadlines import in_force
from beancount_posguard.claims.evidence import EXHIBITS, Exhibit
from beancount_posguard.claims.policy import Policy
from beancount_posguard.contract import Contract, Tariff
from beancount_posguard.ingest.cards import redact
from beancount_posguard.judging.events import Event
from beancount_posguard.kinds import KINDS
from beancount_posguard.ledger.exhibits import altered
from beancount_posguard.legs import Leg, Source
from beancount_posguard.money import ZERO
from beancount_posguard.reports.html import code_lines, heading, page, paragraph, picture, preformatted, table
from beancount_posguard.text import figure
from beancount_posguard.words import _, either, language, listed

#: What the acquirers' platforms take in one application.
LARGEST = 10 * 1024 * 1024
_MEGA = 1024 * 1024

_PICTURES: Mapping[str, str] = {".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png", ".gif": "image/gif"}

_TEXTS = frozenset({".txt", ".csv", ".md"})

#: A text of no more bytes is printed whole.
_READABLE = 20_000


#: Between two numbers of a line. With a blank alone they could be read, and masked, as one card number.
_APART = " / "


class Folder(NamedTuple):
    """A claim with all that its papers are made of.

    ``event`` is None for a claim that only paper shows; ``path`` is the ledger's folder, where the exhibits lie;
    ``shop`` holds the ledger's ``shop-…`` settings. ``contracts`` are all with the acquirer, oldest first: a line's fee
    is held against that of its own day.
    """

    claim: Claim
    event: Event | None
    contract: Contract
    policy: Policy
    shop: Mapping[str, str]
    path: Path
    as_of: date
    contracts: Sequence[Contract] = ()

    def tariff(self, day: date) -> Tariff | None:
        """Return what the acquirer may charge on a statement of ``day``."""
        return (in_force(self.contracts, day) or self.contract).fee

    @property
    def legs(self) -> Sequence[Leg]:
        """The lines behind the claim, in the order of the chain."""
        order = list(Source)
        legs = self.event.legs if self.event else ()
        return sorted(legs, key=lambda leg: (order.index(leg.source), leg.date, leg.get("time"), leg.where))


def last_day(claim: Claim) -> date:
    """Return the day of the last thing that happened."""
    return max((event.date for event in claim.history), default=claim.detected)


def whole_page(title: str, body: Iterable[str]) -> str:
    """Return a paper as a page, with card numbers masked, line by line; pictures and digests are let alone."""
    text = page(language(), title, body)
    return "\n".join(line if "data:image" in line or "<code>" in line else redact(line) for line in text.split("\n"))


def kind_name(code: str) -> str:
    """Return a kind's code and name."""
    known = KINDS.get(code)
    return f"{code} {either(known.zh, known.en)}" if known else code


def exhibit_name(what: str) -> str:
    """Return what an exhibit is called."""
    zh, en = EXHIBITS[what]
    return either(zh, en)


# -- facts and figures -------------------------------------------------------------------------------------------------


def facts(folder: Folder) -> Iterator[str]:
    """Yield what happened, and what is known of the slip."""
    claim = folder.claim
    yield heading(_("Facts"))
    yield paragraph(str(claim.why))
    shown = {
        _("What went wrong"): kind_name(claim.kind),
        _("Merchant id"): _known(claim, "merchant") or " ".join(folder.contract.merchants),
        _("Store"): _known(claim, "store"),
        _("Terminal"): _known(claim, "terminal"),
        _("Card (first six, last four)"): _known(claim, "card"),
        _("Card type"): listed(names.card_type(one) for one in claim.facts.get("card-type", ())),
        _("Day of the trade"): min((leg.date for leg in claim.legs), default=claim.detected).isoformat(),
        _("Found on"): claim.detected.isoformat(),
    }
    yield table((), [(key, text) for key, text in shown.items() if text], kind="facts")


def _known(claim: Claim, key: str) -> str:
    return " ".join(claim.facts.get(key, ()))


def calculation(folder: Folder) -> Iterator[str]:
    """Yield what each side says in sum, the differences along the chain, and what is open of each component."""
    claim = folder.claim
    yield heading(_("Calculation"))
    sums: dict[str, Decimal] = {}
    for leg in claim.legs:
        sums[leg.side] = sums.get(leg.side, ZERO) + leg.amount
    rows = [(names.side(side), figure(total)) for side, total in sums.items()]
    rows += [
        (_("{one} less {other}").format(one=names.side(one), other=names.side(other)), figure(sums[one] - sums[other]))
        for one, other in (("sale", "terminal"), ("terminal", "settlement"))
        if one in sums and other in sums
    ]
    yield table(("", _("Amount {currency}").format(currency=claim.currency)), rows, [1])
    yield from _fee_table(folder)
    parts = [
        (
            names.party(part.counterparty),
            figure(abs(part.amount)),
            figure(abs(part.amount) - abs(part.balance)),
            figure(abs(part.balance)),
        )
        for part in claim.parts
    ]
    if parts:
        yield table((_("With whom"), _("Difference"), _("Settled so far"), _("Open")), parts, [1, 2, 3])


def _fee_table(folder: Folder) -> Iterator[str]:
    """Yield, where the claim is about a fee, line by line what was charged and what the tariff says."""
    told = [leg for leg in folder.legs if leg.source is Source.SETTLEMENT and "fee" in leg.facts]
    lines = [(leg, tariff) for leg in told if (tariff := folder.tariff(leg.head.date))]
    if folder.claim.kind != "A9" or not lines:
        return
    rows, over = [], ZERO
    for leg, tariff in lines:
        allowed = tariff.expected(leg.get("card-type"), leg.amount)
        charged = Decimal(leg.get("fee"))
        over += charged - allowed[-1] if allowed else ZERO
        rows.append(
            (
                leg.date.isoformat(),
                leg.get("rrn") or leg.get("trace"),
                names.card_type(leg.get("card-type")),
                figure(leg.amount),
                figure(charged),
                " / ".join(map(figure, allowed)),
                figure(charged - allowed[-1]) if allowed else "",
            )
        )
    rows.append((_("Sum"), "", "", "", "", "", figure(over)))
    head = (
        _("Date"),
        _("Reference"),
        _("Card type"),
        _("Amount"),
        _("Fee charged"),
        _("Fee by contract"),
        _("Too much"),
    )
    yield table(head, rows, [3, 4, 5, 6], total=True)


def lines(folder: Folder) -> Iterator[str]:
    """Yield every line that is known of the event, as the files have it."""
    claim = folder.claim
    if not claim.legs:
        return
    yield heading(_("The lines themselves"))
    if not folder.legs:
        rows = [
            (names.side(one.side), one.date.isoformat(), one.ref, figure(one.amount), one.source) for one in claim.legs
        ]
        yield table((_("Told by"), _("Date"), _("Reference"), _("Amount"), _("Stands at")), rows, [3])
        return
    head = (
        *(_("Told by"), _("Date and time"), _("Terminal, batch, trace"), _("RRN, authorisation")),
        *(_("Type"), _("Amount"), _("Fee")),
    )
    yield table(head, [_line(leg) for leg in folder.legs], [5, 6])


def _line(leg: Leg) -> tuple[str, ...]:
    ended = "" if leg.status.value == "approved" else f" ({names.status(leg.status.value)})"
    return (
        names.side(leg.source.value),
        f"{leg.date.isoformat()} {leg.get('time')}".strip(),
        _APART.join(filter(None, (leg.get("terminal"), leg.get("batch"), leg.get("trace")))),
        _APART.join(filter(None, (leg.get("rrn"), leg.get("auth")))) or leg.get("reference") or leg.get("ticket"),
        f"{names.line_kind(leg.kind.value)}{ended}",
        figure(leg.claimed),
        figure(Decimal(leg.get("fee"))) if "fee" in leg.facts else "",
    )


# -- exhibits ----------------------------------------------------------------------------------------------------------


def exhibits(folder: Folder) -> Iterator[str]:
    """Yield the exhibits: pictures and short texts as they are, the others by name, and the digests of all."""
    claim = folder.claim
    yield heading(_("Exhibits"))
    if not claim.exhibits:
        yield paragraph(_("none"))
    for number, exhibit in enumerate(claim.exhibits, start=1):
        yield _exhibit(exhibit, caption(number, exhibit), (folder.path / exhibit.path).read_bytes())
    yield from _manifest(folder)


def caption(number: int, exhibit: Exhibit) -> str:
    """Return the number and name under which an exhibit is spoken of."""
    return f"{number}. {exhibit_name(exhibit.what)} ({exhibit.day})"


def _exhibit(exhibit: Exhibit, name: str, content: bytes) -> str:
    ending = Path(exhibit.path).suffix
    if ending in _PICTURES:
        return picture(f"data:{_PICTURES[ending]};base64,{b64encode(content).decode('ascii')}", name)
    text = _text(content) if ending in _TEXTS else ""
    if text:
        return paragraph(name) + preformatted(text)
    return paragraph(_("{name}: enclosed as {file}").format(name=name, file=Path(exhibit.path).name))


def enclosed(folder: Folder) -> list[tuple[Exhibit, Path]]:
    """Return the exhibits that no page can show, with where they lie."""
    return [
        (one, folder.path / one.path)
        for one in folder.claim.exhibits
        if Path(one.path).suffix not in _PICTURES and not _shown_text(folder.path / one.path)
    ]


def _shown_text(path: Path) -> str:
    return _text(path.read_bytes()) if path.suffix in _TEXTS else ""


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8") if len(content) <= _READABLE else ""
    except UnicodeDecodeError:
        return ""


def _manifest(folder: Folder) -> Iterator[str]:
    """Yield every file's digest, those of the imported files, and one over them all to compare a later copy by."""
    yield heading(_("Digests (SHA-256)"))
    kept = [(Path(one.path).name, one.sha256) for one in folder.claim.exhibits]
    imported = {
        (str(leg.head.facts["posguard-file"]), str(leg.head.facts["posguard-sha256"]))
        for leg in folder.legs
        if "posguard-file" in leg.head.facts and "posguard-sha256" in leg.head.facts
    }
    rows = [*kept, *sorted(imported)]
    whole = sha256("\n".join(sorted(f"{digest}  {name}" for name, digest in rows)).encode()).hexdigest()
    shown = [f"{digest}  {redact(name)}" for name, digest in rows]
    yield code_lines([*shown, _("{digest}  * all together").format(digest=whole)])


def require_unchanged(folder: Folder) -> None:
    """Refuse to write about files that are no longer what was attached.

    Raises:
        RefusedError: naming the first file that was changed or is gone.
    """
    for wrong in altered(folder.claim, folder.path):
        raise RefusedError(f"{folder.claim.id}: {wrong}")


def require_size(folder: Folder, size: int) -> None:
    """Refuse a paper that the acquirer would not take.

    Raises:
        RefusedError: naming the largest exhibits with their sizes.
    """
    if size <= LARGEST:
        return
    files = [(folder.path / one.path, one) for one in folder.claim.exhibits]
    largest = sorted(((path.stat().st_size, path.name) for path, _one in files), reverse=True)[:3]
    raise RefusedError(
        _(
            "{id}: the paper has {size:.1f} MB, the acquirer takes no more than {most:.0f}; the largest exhibits are "
            "{files}: scan them smaller and attach them instead"
        ).format(
            id=folder.claim.id,
            size=size / _MEGA,
            most=LARGEST / _MEGA,
            files=listed(f"{name} ({bytes_ / _MEGA:.1f} MB)" for bytes_, name in largest) or _("none"),
        )
    )
