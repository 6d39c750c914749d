"""Doing what a form asked for: read strictly, then taken through the one desk, under its lock, by its writer.

A dry run of the same functions is the preview.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from beancount_posguard import desk, filing, intake
from beancount_posguard.booking.corrections import Found, Order, RefusedError
from beancount_posguard.claims.claim import Claim
from beancount_posguard.claims.steps import STEPS
from beancount_posguard.desk import Outcome
from beancount_posguard.fava.forms import LABELS
from beancount_posguard.fava.guard import AskedError, text_of
from beancount_posguard.ledger.books import Books
from beancount_posguard.money import ZERO, parse_amount
from beancount_posguard.reports import notices
from beancount_posguard.text import figure
from beancount_posguard.words import _, listed


class Asked(NamedTuple):
    """What a form sent: the action, the claim (empty for a new one), what was said, who and when."""

    action: str
    claim: str
    said: Mapping[str, Any]
    by: str
    on: date

    def text(self, key: str) -> str:
        """Return what was said under ``key``."""
        return text_of(self.said, key)

    def amount(self, key: str = "amount") -> Decimal | None:
        """Return the amount under ``key``, None where nothing was said."""
        text = self.text(key)
        if not text:
            return None
        try:
            return parse_amount(text)
        except ValueError as error:
            raise AskedError(str(error)) from error

    def day(self, key: str) -> date | None:
        """Return the day under ``key``, None where nothing was said."""
        text = self.text(key)
        return read_day(text) if text else None


class Done(NamedTuple):
    """What was written, or with a preview would be.

    ``notice`` is a text to be sent to somebody, ``summary`` what became of files.
    """

    outcomes: Sequence[Outcome]
    notice: str = ""
    summary: str = ""


_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)

#: What each form may send besides who, when and the claim.
_KEYS: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(
        ("refund", "top-up"),
        frozenset({"amount", "part", "via", "account", "fee", "trace", "rrn", "terminal", "auth", "reference", "note"}),
    ),
    "write-off": frozenset({"amount", "part", "reference", "note"}),
    **dict.fromkeys(("reroute", "assign"), frozenset({"to", "account", "amount", "part", "reference", "note"})),
    "bounce": frozenset({"amount", "part", "via", "account", "reference", "note"}),
    "attach": frozenset({"what", "checked", "name", "content"}),
    "notify": frozenset({"channel", "lang", "until", "outcome", "template", "note"}),
    "raise": frozenset({"kind", "counterparty", "acquirer", "amount", "against", "note", "reference"}),
    "import": frozenset({"files"}),
    "no-file": frozenset({"which"}),
}

#: What is about files and no claim: nobody signs for it, and it has no day of its own.
_UNSIGNED = frozenset({"import", "no-file"})


def read_day(text: str) -> date:
    """Return the day that an ISO date names.

    Raises:
        AskedError: when it is none.
    """
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise AskedError(_("{text} is no day; expected one such as 2026-11-03").format(text=repr(text[:40])))


def read(body: Mapping[str, Any], by: str | None) -> Asked:
    """Return what a form asks for.

    Args:
        body: the JSON object it sent.
        by: who is logged in, where a proxy says so; that name counts then, whatever the form says.

    Raises:
        AskedError: for an unknown action or key, or a value of the wrong type.
    """
    action = text_of(body, "action")
    said = body.get("said")
    if action not in LABELS or not isinstance(said, dict):
        raise AskedError(
            _("action: {action!r}; expected one of {labels}, with what is said").format(
                action=action[:40], labels=", ".join(LABELS)
            )
        )
    allowed = _KEYS.get(action) or _step_keys(action)
    stranger = next((key for key in said if key not in allowed | {"by", "on"}), None)
    if stranger is not None:
        raise AskedError(
            _("{action} takes no {stranger!r}; expected some of {allowed}").format(
                action=action, stranger=str(stranger)[:40], allowed=", ".join(sorted(allowed))
            )
        )
    if action in _UNSIGNED:
        return Asked(action, "", said, "", date.min)
    name = text_of(said, "by", longest=80) if by is None else by
    if not name:
        raise AskedError(_("Who does it? Every step and correction names a person."))
    return Asked(action, text_of(body, "claim", longest=60), said, name, read_day(text_of(said, "on")))


def _step_keys(action: str) -> frozenset[str]:
    step = STEPS[action]
    return frozenset({*step.required, *step.optional, "note"}) - {"by", "evidence"}


def act(asked: Asked, ledger: desk.Ledger, books: Books, *, dry_run: bool) -> Done:
    """Do what was asked, or with ``dry_run`` return what it would write.

    Args:
        asked: what the form sent.
        ledger: where it is written; for a dry run the open books.
        books: the ledger as it stands now.
        dry_run: whether nothing is to be written.

    Raises:
        RefusedError: with the reason why it cannot be done.
        WriteError: when the entries cannot be written.
    """
    return _ACTS.get(asked.action, _take)(asked, ledger, books, dry_run)


def _take(asked: Asked, ledger: desk.Ledger, books: Books, dry_run: bool) -> Done:
    del books
    said = {key: asked.text(key) for key in asked.said if key not in {"by", "on"}}
    words = {key: text for key, text in said.items() if text} | {"by": asked.by}
    if "amount" in words and (amount := asked.amount()) is not None:
        words["amount"] = figure(amount)
    return Done(desk.take_step(ledger, asked.action, _only(asked.claim), words, asked.on, dry_run=dry_run))


def _only(claim: str) -> Callable[[Books], list[Claim]]:
    return lambda books: [desk.find_claim(books, claim)]


def _order(asked: Asked, via: str = "") -> Order:
    refs = {key: asked.text(key) for key in ("reference", "trace", "rrn", "terminal", "auth") if asked.text(key)}
    fee = asked.amount("fee") or ZERO
    return Order(asked.amount(), "", asked.on, asked.by, via=via, fee=fee, note=asked.text("note"), refs=refs)


def _correct(asked: Asked, ledger: desk.Ledger, books: Books, dry_run: bool) -> Done:
    del books
    order = _order(asked, asked.text("via") or asked.text("account"))
    part = asked.text("part")
    return Done([desk.correct(ledger, asked.action, asked.claim, order, part=part, dry_run=dry_run)])


def _turn(asked: Asked, ledger: desk.Ledger, books: Books, dry_run: bool) -> Done:
    del books
    order = _order(asked, asked.text("to") or asked.text("account"))
    reroute = asked.action == "reroute"
    part = asked.text("part")
    return Done([desk.turn_to(ledger, asked.claim, order, part=part, reroute=reroute, dry_run=dry_run)])


def _bounce(asked: Asked, ledger: desk.Ledger, books: Books, dry_run: bool) -> Done:
    del books
    order = _order(asked, asked.text("via") or asked.text("account"))
    return Done([desk.bounce(ledger, asked.claim, order, part=asked.text("part"), dry_run=dry_run)])


def _raise(asked: Asked, ledger: desk.Ledger, books: Books, dry_run: bool) -> Done:
    del books
    amount = asked.amount()
    if amount is None:
        raise AskedError(_("How much? A claim needs an amount."))
    words = [asked.text(key) for key in ("kind", "counterparty", "against", "note", "reference")]
    kind, counterparty, against, note, reference = words
    found = Found(kind, counterparty, amount, "", against, asked.on, asked.by, note, reference)
    return Done([desk.raise_claim(ledger, asked.text("acquirer"), found, dry_run=dry_run)])


def _notify(asked: Asked, ledger: desk.Ledger, books: Books, dry_run: bool) -> Done:
    claim = desk.find_claim(books, asked.claim)
    channel, text = asked.text("channel"), ""
    said = {"by": asked.by, "channel": channel, "note": asked.text("note"), "outcome": asked.text("outcome") or "told"}
    said["template"] = asked.text("template") or notices.SPOKEN
    if channel in notices.WRITTEN:
        name = asked.text("template") or notices.name_for(books, claim, channel, asked.text("lang") or "zh")
        notice = notices.render(name, claim, books.shop, asked.day("until"), books.settings.notices)
        text, said["template"] = notice.text, notice.template
    return Done(desk.take_step(ledger, "notify", _only(claim.id), said, asked.on, dry_run=dry_run), text)


def _attach(asked: Asked, ledger: desk.Ledger, books: Books, dry_run: bool) -> Done:
    with uploaded([asked.said] if asked.said.get("name") else None) as (path,):
        paper = filing.Paper(path, asked.text("what"), asked.said.get("checked") is True)
        kept = filing.attach(ledger, asked.claim, paper, asked.by, asked.on, dry_run=dry_run)
    return Done([replace(kept, target=books.settings.claims)])  # the entry goes there, not into the file it names


def _import(asked: Asked, ledger: desk.Ledger, books: Books, dry_run: bool) -> Done:
    del books
    with uploaded(asked.said.get("files")) as paths:
        done = intake.bring(ledger, lambda: [intake.Download(path) for path in paths], dry_run=dry_run)
    bad = [line for one in done.taken if one.bad for line in _became(one)]
    if bad and not done.added:
        raise RefusedError("\n".join(bad))  # to say "it is there already" would be wrong
    summary = "\n".join(line for one in done.taken for line in _became(one))
    already = "" if done.added else _("nothing new")
    return Done([Outcome("", done.target, done.text, already)], summary=summary)


def _became(one: intake.Taken) -> Iterator[str]:
    """Yield what became of a file: its profile and sums, then what there is to say about it."""
    said = one.summary
    figures = [_("{profile}, {rows} rows").format(profile=said["profile"], rows=said["rows"])] if said else []
    for key, text in (("gross", _("gross {amount}")), ("fee", _("fee {amount}")), ("net", _("net {amount}"))):
        if said.get(key) is not None:
            figures.append(text.format(amount=said[key]))
    yield f"{one.path.name}: {listed([*figures, one.result])}"
    for message in one.messages:
        yield message if one.path.name in message else f"{one.path.name}: {message}"


def _no_file(asked: Asked, ledger: desk.Ledger, books: Books, dry_run: bool) -> Done:
    del books
    source, _bar, rest = asked.text("which").partition("|")
    whose, _bar, day = rest.rpartition("|")
    return Done([intake.declare_none(ledger, source, whose, read_day(day), dry_run=dry_run)])


@contextmanager
def uploaded(files: object) -> Iterator[list[Path]]:
    """Lay down files that were sent, under their own names in a folder that goes away again.

    Args:
        files: what the form sent: a list of objects with ``name`` and, as base64, ``content``.

    Raises:
        AskedError: when there is no file, or two share a name.
    """
    if not isinstance(files, list) or not files or not all(isinstance(one, dict) for one in files):
        raise AskedError(_("Which file? Drop it on the form, or choose it."))
    with TemporaryDirectory(prefix="posguard-") as folder:
        paths = []
        for one in files:
            path = Path(folder, _safe(text_of(one, "name", longest=255)))
            if path.exists():
                raise AskedError(_("two files are called {name}").format(name=path.name))
            path.write_bytes(_decoded(one.get("content")))
            paths.append(path)
        yield paths


def _safe(name: str) -> str:
    return re.sub(r"[^\w.() -]", "_", Path(name.replace("\\", "/")).name).lstrip(".")[-120:] or "file"


def _decoded(content: object) -> bytes:
    try:
        return base64.b64decode(content if isinstance(content, str) else "?", validate=True)
    except ValueError as error:
        raise AskedError(_("content: expected base64")) from error


_Act = Callable[[Asked, desk.Ledger, Books, bool], Done]
_ACTS: Mapping[str, _Act] = {
    **dict.fromkeys(("refund", "top-up", "write-off"), _correct),
    **dict.fromkeys(("reroute", "assign"), _turn),
    "bounce": _bounce,
    "raise": _raise,
    "notify": _notify,
    "attach": _attach,
    "import": _import,
    "no-file": _no_file,
}
