"""The one safe writer: what posguard adds to a ledger lands whole, as it was meant, once, or not at all.

Every command that writes goes through :func:`append`. The new content of a file is its old bytes plus appended bytes;
nothing that stands in it is ever edited. Before anything lands, the file as it would be is parsed, and what the parser
reads in the appended lines must equal what was meant.
"""

from __future__ import annotations

import os
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from beancount.core import data
from beancount.parser import parser, printer

from beancount_posguard.ledger.files import locked, real, replace
from beancount_posguard.money import ZERO
from beancount_posguard.words import _

#: How often an append starts anew because an editor saved the file meanwhile.
ATTEMPTS = 3


class WriteError(ValueError):
    """Nothing was written; the message says why and what to do."""


class Known(Protocol):
    """What the writer must know of a loaded ledger; :class:`beancount_posguard.ledger.books.Books` is one."""

    @property
    def path(self) -> Path:
        """The main file."""

    @property
    def entries(self) -> Sequence[Any]:
        """All directives as loaded: here the accounts are opened."""

    @property
    def options(self) -> dict[str, Any]:
        """Beancount's options; ``include`` lists the files the ledger consists of."""


@dataclass(frozen=True)
class Written:
    """What an append did, or with a dry run would do.

    ``text`` is what goes to the end of ``target``; ``added`` the directives in it; ``known`` those left out because
    they stand there already.
    """

    target: Path
    text: str
    added: tuple[Any, ...]
    known: tuple[Any, ...]


def append(target: Path, entries: Sequence[Any], ledger: Known, *, dry_run: bool = False) -> Written:
    """Append directives to a file of the ledger.

    Those that stand in the file already, by :func:`identity`, are left out and reported as ``known``. With ``dry_run``
    everything is checked and nothing touched.

    Raises:
        WriteError: when the ledger does not include the file, a directive does not balance, uses an account that is
            not open, or would not be read back as it was meant.
        BusyError: when another process keeps the file locked.
        OSError: when the file cannot be read or written.
    """
    require_included(target, ledger)
    check(entries, ledger)
    if dry_run:
        return _plan(real(target), real(target).read_bytes(), entries)[0]
    with locked(target) as path:
        for _turn in range(ATTEMPTS):
            old = path.read_bytes()
            written, content = _plan(path, old, entries)
            if not written.added:
                return written
            if path.read_bytes() == old:
                replace(path, content)
                return written
    raise WriteError(
        _("{target}: something else keeps changing this file; close it in other programs and try again").format(
            target=target
        )
    )


def require_included(target: Path, ledger: Known) -> None:
    """Refuse a file that the ledger would not read, naming the line that is missing.

    Raises:
        WriteError: when ``target`` is not among the ledger's files.
    """
    if real(target) in {real(Path(name)) for name in ledger.options["include"]}:
        return
    line = f'include "{Path(os.path.relpath(target, ledger.path.parent)).as_posix()}"'
    text = _("{ledger} does not include {file}: create the empty file {file} and add this line to it: {line}")
    if target.exists():
        text = _("{ledger} does not include {file}: add this line to it: {line}")
    raise WriteError(text.format(ledger=ledger.path.name, file=target.name, line=line))


def identity(entry: Any) -> Hashable | None:  # noqa: ANN401  # any directive
    """Return what makes writing ``entry`` twice a mistake, or None where repeating is fine.

    A correction or step carries its digest in ``posguard-id``; an imported batch is its file's digest and part.
    """
    meta = entry.meta
    if "posguard-id" in meta:
        return ("id", meta["posguard-id"])
    if "posguard-sha256" in meta:
        return ("file", meta["posguard-sha256"], meta.get("posguard-part"))
    return None


def check(entries: Sequence[Any], ledger: Known) -> None:
    """Check that directives balance and use accounts that are open on their date in their currency.

    Raises:
        WriteError: for the first one that does not.
    """
    spans = _account_spans([*ledger.entries, *entries])
    for entry in entries:
        if isinstance(entry, data.Transaction):
            amounts = [_plain_amount(entry, posting) for posting in entry.postings]
            _require_balance(entry, amounts)
            for posting, (_, currency) in zip(entry.postings, amounts, strict=True):
                _require_open(entry.date, posting.account, currency, spans.get(posting.account))


class _Span(NamedTuple):
    """From when to when an account is open, and for which currencies (none named: all)."""

    opened: date
    closed: date
    currencies: frozenset[str]


def _account_spans(entries: Iterable[Any]) -> dict[str, _Span]:
    spans: dict[str, _Span] = {}
    for entry in entries:
        if isinstance(entry, data.Open):
            spans[entry.account] = _Span(entry.date, date.max, frozenset(entry.currencies or ()))
        elif isinstance(entry, data.Close) and entry.account in spans:
            spans[entry.account] = spans[entry.account]._replace(closed=entry.date)
    return spans


def _plain_amount(entry: data.Transaction, posting: data.Posting) -> tuple[Decimal, str]:
    units = posting.units
    if units is None or not isinstance(units.number, Decimal) or posting.cost or posting.price:
        raise WriteError(
            _("{entry}: {account} needs a plain amount, without cost or price").format(
                entry=_name(entry), account=posting.account
            )
        )
    return units.number, str(units.currency)


def _require_balance(entry: data.Transaction, amounts: Iterable[tuple[Decimal, str]]) -> None:
    sums: dict[str, Decimal] = {}
    for number, currency in amounts:
        sums[currency] = sums.get(currency, ZERO) + number
    for currency, rest in sums.items():
        if rest:
            raise WriteError(
                _("{entry}: does not balance, {rest} {currency} is left over").format(
                    entry=_name(entry), rest=rest, currency=currency
                )
            )


def _require_open(day: date, account: str, currency: str, span: _Span | None) -> None:
    if span is None or span.opened > day:
        raise WriteError(
            _("account {account} is not open on {day}; open it in the ledger: {day} open {account}").format(
                account=account, day=day
            )
        )
    if span.closed <= day:
        raise WriteError(
            _("account {account} was closed on {closed}, so nothing can be booked there on {day}").format(
                account=account, closed=span.closed, day=day
            )
        )
    if span.currencies and currency not in span.currencies:
        raise WriteError(
            _("account {account} takes {currencies} only; add {currency} where it is opened").format(
                account=account, currencies=", ".join(sorted(span.currencies)), currency=currency
            )
        )


def _plan(path: Path, old: bytes, entries: Sequence[Any]) -> tuple[Written, bytes]:
    """Return what an append to ``old`` would do and the whole new content, read back and compared."""
    end = _line_end(old)
    start = old + (b"" if not old or old.endswith(b"\n") else end) + (end if old else b"")
    fresh = _without_twins(entries)
    for _turn in range(2):  # a second time only where something stood there already
        text = render(fresh)
        content = start + _encode(text, path).replace(b"\n", end)
        standing, read = _split(path, content, start.count(b"\n"))
        known = {identity(entry) for entry in standing} - {None}
        if known.isdisjoint(identity(entry) for entry in fresh):
            break
        fresh = [entry for entry in fresh if identity(entry) not in known]
    if fresh:
        _compare(path, fresh, read)
    left_out = tuple(entry for entry in entries if not any(entry is kept for kept in fresh))
    return Written(path, render(fresh), tuple(fresh), left_out), content


def _encode(text: str, path: Path) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        what = text[error.start : error.end].encode("unicode_escape").decode()
        raise WriteError(
            _("{name} cannot hold {what}, which is no character; rename the file it comes from").format(
                name=path.name, what=what
            )
        ) from error


def _without_twins(entries: Sequence[Any]) -> list[Any]:
    seen: set[Hashable] = set()
    kept = []
    for entry in entries:
        key = identity(entry)
        if key is None or key not in seen:
            kept.append(entry)
        seen.add(key)
    return kept


def _line_end(content: bytes) -> bytes:
    first = content.find(b"\n")
    return b"\r\n" if first > 0 and content[first - 1 : first] == b"\r" else b"\n"


def render(entries: Sequence[Any]) -> str:
    """Return ``entries`` as Beancount prints them, a blank line between two."""
    return "\n".join(printer.format_entry(entry) for entry in entries)


def _split(path: Path, content: bytes, boundary: int) -> tuple[list[Any], list[Any]]:
    """Parse ``content`` and return the directives up to line ``boundary`` and those after it."""
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise WriteError(
            _("{name}:{line}: the file is not UTF-8; save it as UTF-8 first").format(name=path.name, line=line)
        ) from error
    entries, errors, _options = parser.parse_string(text, report_filename=str(path))
    for fault in errors:
        if fault.source["lineno"] > boundary:
            raise WriteError(
                _("what would be appended to {name} cannot be read back: {message}").format(
                    name=path.name, message=fault.message
                )
            )
    standing = [entry for entry in entries if entry.meta["lineno"] <= boundary]
    read = sorted(
        (entry for entry in entries if entry.meta["lineno"] > boundary), key=lambda entry: int(entry.meta["lineno"])
    )
    return standing, read


def _compare(path: Path, meant: Sequence[Any], read: Sequence[Any]) -> None:
    if len(meant) != len(read):
        raise WriteError(
            _(
                "{name}: {n} of {all} new directives would be read; "
                "look for an unfinished string or directive at the end of the file"
            ).format(name=path.name, n=len(read), all=len(meant))
        )
    for wanted, got in zip(meant, read, strict=True):
        if _shape(wanted, path) != _shape(got, path):
            raise WriteError(
                _(
                    "{wanted}: would not be read back from {name} as it is meant; "
                    "look for an unfinished string or an open pushtag or pushmeta in the file"
                ).format(wanted=_name(wanted), name=path.name)
            )


def _shape(entry: Any, path: Path) -> tuple[Any, ...]:  # noqa: ANN401  # any directive
    """Return all that a directive in the file at ``path`` says, but for where it stands and how empty fields look."""
    shape = entry._asdict() | {"meta": _meta(entry.meta)}
    if isinstance(entry, data.Document):  # the parser makes the file name absolute
        shape["filename"] = os.path.abspath(path.parent / entry.filename)  # noqa: PTH100  # as the parser does
    if isinstance(entry, data.Transaction):
        shape |= {
            "payee": entry.payee or None,
            "narration": entry.narration or "",
            "tags": frozenset(entry.tags or ()),
            "links": frozenset(entry.links or ()),
            "postings": [posting._asdict() | {"meta": _meta(posting.meta)} for posting in entry.postings],
        }
    return (type(entry).__name__, shape)


def _meta(meta: dict[str, Any] | None) -> list[tuple[str, Any]]:
    # Numbers are compared with their type: True equals Decimal(1) in Python, not in a ledger.
    return [
        (key, (type(value).__name__ if isinstance(value, bool | Decimal) else "", value))
        for key, value in (meta or {}).items()
        if key not in {"filename", "lineno"} and not key.startswith("__")
    ]


def _name(entry: Any) -> str:  # noqa: ANN401  # any directive
    what = getattr(entry, "narration", None) or type(entry).__name__.lower()
    return f"{entry.date} {what}"
