"""What can be done about a claim now, as forms: what the state table allows, and what the open money does.

A form is data here. The fields of a step come from the table of what must and may be said with it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from beancount_posguard import desk
from beancount_posguard.booking.corrections import AGAINST, ROUTES
from beancount_posguard.claims.causes import CAUSES
from beancount_posguard.claims.claim import Claim, Part
from beancount_posguard.claims.evidence import EXHIBITS, missing
from beancount_posguard.claims.said import CHANNELS, OUTCOMES, SAID
from beancount_posguard.claims.steps import FINISHED, OUT, STEPS, bookings_at, steps_at
from beancount_posguard.fava.claim import exhibit_name
from beancount_posguard.kinds import KINDS
from beancount_posguard.ledger.books import Books
from beancount_posguard.reports import notices
from beancount_posguard.text import figure
from beancount_posguard.words import N_, _, either


class Field(NamedTuple):
    """One field of a form.

    ``kind`` is ``text``, ``area``, ``date``, ``amount``, ``choice``, ``checks``, ``file``, ``files`` or ``tick``.
    ``options`` are (value, shown) pairs: all that a choice allows, or what is suggested for a text.
    """

    name: str
    label: str
    kind: str = "text"
    required: bool = False
    value: str = ""
    hint: str = ""
    options: Sequence[tuple[str, str]] = ()


class Form(NamedTuple):
    """One thing that can be done now; ``first`` marks what usually comes next."""

    action: str
    label: str
    meaning: str
    fields: Sequence[Field]
    more: Sequence[Field] = ()
    first: bool = False


#: The buttons' words.
LABELS: Mapping[str, str] = {
    "verify": N_("Verify"),
    "dismiss": N_("Dismiss"),
    "prepare": N_("Prepare"),
    "approve": N_("Approve"),
    "return": N_("Send back"),
    "submit": N_("Submitted"),
    "acknowledge": N_("Acknowledged"),
    "info": N_("They ask for more"),
    "accept": N_("Accepted"),
    "reject": N_("Rejected"),
    "appeal": N_("Appeal"),
    "reroute": N_("Turn to another"),
    "legal": N_("To the lawyer"),
    "advise": N_("Legal advice"),
    "expire": N_("Expired"),
    "request-write-off": N_("Ask to give up"),
    "withdraw": N_("Withdraw"),
    "notify": N_("Tell the customer"),
    "note": N_("Note"),
    "close": N_("Close"),
    "reopen": N_("Reopen"),
    "refund": N_("Pay back"),
    "top-up": N_("Paid up"),
    "write-off": N_("Give up"),
    "assign": N_("Assign"),
    "bounce": N_("Refund came back"),
    "attach": N_("Attach a file"),
    "raise": N_("Raise a claim"),
    "import": N_("Import"),
    "no-file": N_("There is none"),
}

#: What they do, besides the steps, whose meaning stands in their table.
_MEANINGS: Mapping[str, str] = {
    "refund": N_("Book what you pay back, to a customer or to the acquirer."),
    "top-up": N_("Book what a customer or the acquirer pays up."),
    "write-off": N_("Give up what is owed to you."),
    "assign": N_("Say whose the open money is: found after all, or never to be found."),
    "bounce": N_("Book that a refund came back: it is owed again."),
    "attach": N_("Keep a slip, a ticket, an answer beside the ledger under its digest."),
    "raise": N_("Open a claim for a mismatch that only paper shows."),
    "import": N_("Each file is taken whole or not at all; the same file twice changes nothing."),
    "no-file": N_("The shop was closed, or nothing was settled: what waits for the file is judged without it."),
}

#: The fields' words; what they mean is the hint, from the table of what can be said.
_FIELD_WORDS: Mapping[str, str] = {
    "by": N_("Who"),
    "on": N_("Day"),
    "cause": N_("Cause"),
    "measure": N_("Measure"),
    "route": N_("Route"),
    "part": N_("With whom"),
    "waive": N_("Go without"),
    "reference": N_("Reference"),
    "case": N_("Case number"),
    "by-date": N_("Answer by"),
    "amount": N_("Amount"),
    "to": N_("To whom"),
    "channel": N_("How"),
    "template": N_("Text"),
    "outcome": N_("What came of it"),
    "note": N_("Note"),
}

#: What usually comes next at a stage; money words stand for the correction that fits the balance.
_NEXT: Mapping[str, Sequence[str]] = {
    "new": ("verify",),
    "verified": ("prepare", "money"),
    "prepared": ("approve",),
    "returned": ("prepare",),
    "approved": ("submit", "money"),
    "submitted": ("acknowledge",),
    "acknowledged": ("accept",),
    "info-requested": ("submit",),
    "accepted": ("money",),
    "part-accepted": ("money",),
    "rejected": ("appeal", "reroute"),
    "appealed": ("acknowledge",),
    "rerouted": ("prepare",),
    "legal": ("accept",),
    "expired": ("reroute", "request-write-off"),
    "write-off-requested": ("approve", "write-off"),
    "resolving": ("close",),
    "settled": ("close",),
    "written-off": ("close",),
}


def _label(key: str) -> str:
    return _(_FIELD_WORDS[key])


def today() -> date:
    """Return the local day; only what people write is dated by it."""
    return datetime.now().astimezone().date()


def forms(claim: Claim, books: Books, on: date) -> list[Form]:
    """Return what the state table and the money allow with ``claim`` now, what usually comes next first."""
    not_now = books.docket.blocked(claim.id, on)
    names = [*(name for name in _steps(claim) if name not in not_now), *_bookings(claim, books)]
    if claim.stage not in FINISHED:
        names.append("attach")
    next_ = _usual(claim, names, strict=books.docket.policy.strict(on))
    ordered = [*next_, *(name for name in LABELS if name in names and name not in next_)]
    return [_form(name, claim, books, on, first=name in next_[:1]) for name in ordered]


def blocked(claim: Claim, books: Books, on: date) -> list[tuple[str, str]]:
    """Return the steps that the stage would allow and something stands against: the button's word and the reason."""
    return [(_(LABELS[name]), why) for name, why in books.docket.blocked(claim.id, on).items() if name in LABELS]


def _steps(claim: Claim) -> list[str]:
    return [name for name in steps_at(claim.stage) if name != "raise"]


def _bookings(claim: Claim, books: Books) -> list[str]:
    """Return the corrections that the stage allows and that fit what is open."""
    balances = [part.balance for part in claim.parts]
    owing, owed_to_us = any(one < 0 for one in balances), any(one > 0 for one in balances)
    repaid = any(desk.repaid(books, claim, part) for part in claim.parts)
    fits = {"refund": owing, "top-up": owed_to_us, "write-off": owed_to_us, "reclass": any(balances), "bounce": repaid}
    return ["assign" if name == "reclass" else name for name in bookings_at(claim.stage) if fits.get(name)]


def _usual(claim: Claim, names: Sequence[str], *, strict: bool) -> list[str]:
    money = [name for name in ("refund", "top-up") if name in names]
    usual: list[str] = []
    for word in _NEXT.get(claim.stage, ()):
        if word == "prepare" and claim.stage == "verified" and not strict:
            continue
        usual += money if word == "money" else [word]
    return [name for name in usual if name in names]


def _form(name: str, claim: Claim, books: Books, on: date, *, first: bool) -> Form:
    fields, more = _FORMS.get(name, _step_fields)(name, claim, books, on)
    meaning = _(_MEANINGS[name]) if name in _MEANINGS else _(STEPS[name].meaning)
    return Form(name, _(LABELS[name]), meaning, [*fields, *_who_and_when(books, on)], more, first)


_Fields = tuple[Sequence[Field], Sequence[Field]]


def _step_fields(name: str, claim: Claim, books: Books, on: date) -> _Fields:
    """Return the fields of a step, from the table of what must and may be said with it."""
    step = STEPS[name]
    keys = [key for key in dict.fromkeys((*step.required, *step.optional, "note")) if key not in {"by", "evidence"}]
    del books
    made = [_said_field(key, claim, on, required=key in step.required) for key in keys]
    return [one for one in made if one], ()


def _said_field(key: str, claim: Claim, on: date, *, required: bool) -> Field | None:
    """Return the field for one word that can be said with a step; None where there is nothing to choose from."""
    kind, choices = _KINDS.get(key, ("text", None))
    options = choices(claim, on) if choices else []
    if key in _ONLY_WITH_OPTIONS and not options:
        return None
    value = options[0][0] if key == "route" and options else ""
    return Field(key, _(_FIELD_WORDS[key]), kind, required, value, _(SAID[key].meaning), options)


def _routes(claim: Claim, on: date) -> list[tuple[str, str]]:
    """Return the routes that are open for the claim, each with its name."""
    if not claim.parts:
        return []
    rows = desk.routes_for(claim, "", on)
    return [(row["route"], either(row["zh"], row["en"])) for row in rows if row["open"]]


def _parties(claim: Claim, on: date) -> list[tuple[str, str]]:
    """Return with whom the claim is, where it is with several."""
    del on
    words = _party_words()
    if len(claim.parts) < 2:  # noqa: PLR2004  # nothing to choose
        return []
    return [(part.counterparty, words.get(part.counterparty, part.counterparty)) for part in claim.parts]


def _waivable(claim: Claim, on: date) -> list[tuple[str, str]]:
    """Return what is missing on the claim: what its kind needs, or once it is asked for, the answer."""
    del on
    lacks = missing(claim.kind, (leg.side for leg in claim.legs), claim.exhibits)
    if claim.stage in OUT:
        lacks = [] if any(one.what == "reply" for one in claim.exhibits) else ["reply"]
    return [(one, exhibit_name(one)) for one in lacks]


def _party_words() -> dict[str, str]:
    return {
        "customer": _("customer"),
        "acquirer": _("acquirer"),
        "employee": _("employee"),
        "bank": _("bank"),
        "none": _("not known yet"),
    }


_CHANNEL_WORDS = {
    "sms": N_("text message"),
    "e-mail": N_("e-mail"),
    "phone": N_("telephone"),
    "letter": N_("letter"),
    "counter": N_("at the counter"),
}
_OUTCOME_WORDS = {"sent": N_("sent"), "delivered": N_("delivered"), "failed": N_("failed"), "told": N_("told")}
_Options = Callable[[], list[tuple[str, str]]]
_WORDS: Mapping[str, _Options] = {
    "cause": lambda: [(code, f"{code} {either(cause.zh, cause.en)}") for code, cause in CAUSES.items()],
    "channel": lambda: [(one, _(_CHANNEL_WORDS[one])) for one in CHANNELS],
    "outcome": lambda: [(one, _(_OUTCOME_WORDS[one])) for one in OUTCOMES],
    "to": lambda: [(one, word) for one, word in _party_words().items() if one in {"customer", "acquirer", "employee"}],
}


def _always(word: str) -> Callable[[Claim, date], list[tuple[str, str]]]:
    return lambda _claim, _on: _WORDS[word]()


#: What is no plain text among the words of steps: the kind of field, and what can be chosen for a claim on a day.
_KINDS: Mapping[str, tuple[str, Callable[[Claim, date], list[tuple[str, str]]] | None]] = {
    "cause": ("choice", _always("cause")),
    "channel": ("choice", _always("channel")),
    "outcome": ("choice", _always("outcome")),
    "to": ("choice", _always("to")),
    "route": ("choice", _routes),
    "part": ("choice", _parties),
    "waive": ("checks", _waivable),
    "by-date": ("date", None),
    "amount": ("amount", None),
    "note": ("area", None),
    "measure": ("area", None),
}
_ONLY_WITH_OPTIONS = frozenset({"part", "waive"})


def _who_and_when(books: Books, on: date) -> list[Field]:
    people = [*dict.fromkeys(one.name for one in books.docket.policy.people if one.since <= on)]
    who = Field("by", _label("by"), "choice" if people else "text", required=True)
    when = Field("on", _label("on"), "date", required=True, value=on.isoformat())
    return [who._replace(options=[(one, one) for one in people]), when]


def _note(hint: str = "", *, required: bool = False) -> Field:
    return Field("note", _("Note"), "area", required, hint=hint)


def _reference() -> Field:
    return Field("reference", _("Reference"), hint=_("Your voucher; two alike payments differ by it."))


def _which(claim: Claim, parts: Sequence[tuple[Part, Decimal]]) -> list[Field]:
    """Return the field that says which part is meant, where it could be several, each with its amount."""
    words = _party_words()
    options = [
        (one.counterparty, f"{words.get(one.counterparty, '')} {figure(amount)} {claim.currency}")
        for one, amount in parts
    ]
    return [Field("part", _("With whom"), "choice", required=True, options=options)] if len(parts) > 1 else []


def _money_fields(claim: Claim, sign: int) -> list[Field]:
    parts = [part for part in claim.parts if part.balance * sign > 0 or not sign]
    hint = _("Without it all that is open.")
    only = figure(abs(parts[0].balance)) if len(parts) == 1 else ""
    which = _which(claim, [(part, abs(part.balance)) for part in parts])
    return [*which, Field("amount", _("Amount"), "amount", value=only, hint=hint)]


def _via(claim: Claim, sign: int) -> Field:
    words = {
        "card": _("on the terminal"),
        "cash": _("in cash"),
        "transfer": _("by bank transfer"),
        "payout": _("with the acquirer's next deposit"),
    }
    parties = {part.counterparty for part in claim.parts if part.balance * sign > 0}
    usual = "payout" if "acquirer" in parties else "card" if "customer" in parties else ""
    options = [(name, words.get(name, name)) for name in (*ROUTES, "cash")]
    hint = _("Where the money will be seen next; or an account's name.")
    return Field(
        "via", _("Way"), "choice", required=True, value=usual, hint=hint, options=[*options, ("", _("an account:"))]
    )


def _account(books: Books) -> Field:
    used = sorted({account for one in books.contracts for account in (one.bank, one.income, one.fees, one.suspense)})
    return Field(
        "account", _("Account"), hint=_("Only where the way is an account."), options=[(one, one) for one in used]
    )


def _payment_fields(name: str, claim: Claim, books: Books, on: date) -> _Fields:
    del on
    sign = -1 if name == "refund" else 1
    slip = [
        Field("account", *_account(books)[1:]),
        Field("fee", _("Fee kept"), "amount", hint=_("What of it the acquirer keeps, for payout and transfer.")),
        Field("trace", _("New slip: voucher number")),
        Field("rrn", _("New slip: reference number")),
        Field("terminal", _("New slip: terminal")),
        Field("auth", _("New slip: authorisation")),
        _reference(),
    ]
    return [*_money_fields(claim, sign), _via(claim, sign), _note()], slip


def _write_off_fields(name: str, claim: Claim, books: Books, on: date) -> _Fields:
    del name, books, on
    return [*_money_fields(claim, 1), _note()], [_reference()]


def _reroute_fields(name: str, claim: Claim, books: Books, on: date) -> _Fields:
    del name, books, on
    to = Field("to", _("To whom"), "choice", required=True, options=_WORDS["to"]())
    return [to, *_money_fields(claim, 0), _note(required=True)], [_reference()]


def _assign_fields(name: str, claim: Claim, books: Books, on: date) -> _Fields:
    del name, on
    words = [*_WORDS["to"](), ("sale", _("a sale after all")), ("unclaimed", _("never to be found; it stays a debt"))]
    to = Field("to", _("To whom"), "choice", required=True, options=[*words, ("", _("an account:"))])
    return [to, *_money_fields(claim, 0), _note()], [_account(books), _reference()]


def _bounce_fields(name: str, claim: Claim, books: Books, on: date) -> _Fields:
    del name, on
    amount = Field("amount", _("Amount"), "amount", hint=_("Without it all that was paid back."))
    return [amount, _via(claim, -1)._replace(value=""), _note()], [_account(books), _reference()]


def _attach_fields(name: str, claim: Claim, books: Books, on: date) -> _Fields:
    del name, books, on
    lacks = missing(claim.kind, (leg.side for leg in claim.legs), claim.exhibits)
    words = [(one, exhibit_name(one)) for one in (*lacks, *(one for one in EXHIBITS if one not in lacks))]
    checked = Field("checked", _("I looked at it: no full card number can be read on it"), "tick")
    file = Field("file", _("File"), "file", required=True, hint=_("Drop it here, or choose it; no more than 10 MiB."))
    what = Field("what", _("What it is"), "choice", required=True, value=words[0][0], options=words)
    return [file, what, checked], ()


def _notify_fields(name: str, claim: Claim, books: Books, on: date) -> _Fields:
    del name, claim, on
    own = sorted(path.stem for path in books.settings.notices.glob("*.txt")) if books.settings.notices.is_dir() else []
    texts = [("", _("the one that fits")), *((one, one) for one in (*own, *notices.TEXTS))]
    fields = [
        Field("channel", _("How"), "choice", required=True, value="sms", options=_WORDS["channel"]()),
        Field("lang", _("Language"), "choice", value=either("zh", "en"), options=[("zh", "中文"), ("en", "English")]),
        Field("until", _("Done by"), "date", hint=_("The day by which it is done, where the text names one.")),
        Field("outcome", _("What came of it"), "choice", value="sent", options=_WORDS["outcome"]()),
    ]
    return fields, [Field("template", _("Text"), "choice", options=texts), _note()]


def raise_form(books: Books, on: date) -> Form:
    """Return the form for a claim that only paper shows."""
    words = _party_words()
    names = sorted({one.name for one in books.contracts})
    fields = [
        Field(
            "kind", _("Kind"), "choice", required=True,
            options=[(code, f"{code} {either(kind.zh, kind.en)}") for code, kind in KINDS.items()],
        ),
        Field(
            "counterparty", _("With whom"), "choice", required=True,
            options=[(one, words[one]) for one in ("customer", "acquirer", "none")],
        ),
        Field(
            "acquirer", _("Contract"), "choice", required=True, value=names[0],
            options=[(one, one) for one in names],
        ),
        Field("amount", _("Amount"), "amount", required=True, hint=_("Positive: owed to you; negative: you owe it.")),
        Field(
            "against", _("What is wrong without it"), "choice", required=True,
            options=[(one, f"{one}: {getattr(books.contracts[0], AGAINST[one])}") for one in AGAINST],
        ),
        _note(_("What the paper says."), required=True),
        Field("reference", _("Reference"), hint=_("The paper's number.")),
    ]  # fmt: skip
    name = "raise"
    return Form(name, _(LABELS[name]), _(_MEANINGS[name]), [*fields, *_who_and_when(books, on)])


def import_form() -> Form:
    """Return the form that takes downloaded files in."""
    files = Field("files", _("Files"), "files", required=True, hint=_("Exports of terminal, till, acquirer and bank."))
    return Form("import", _(LABELS["import"]), _(_MEANINGS["import"]), [files])


def no_file_form(missing: Sequence[tuple[str, str]]) -> Form:
    """Return the form that says that a missing file does not exist; ``missing`` are (value, shown) pairs."""
    which = Field("which", _("Whose"), "choice", required=True, value=missing[0][0], options=missing)
    return Form("no-file", _(LABELS["no-file"]), _(_MEANINGS["no-file"]), [which])


_FORMS: Mapping[str, Callable[[str, Claim, Books, date], _Fields]] = {
    "refund": _payment_fields,
    "top-up": _payment_fields,
    "write-off": _write_off_fields,
    "reroute": _reroute_fields,
    "assign": _assign_fields,
    "bounce": _bounce_fields,
    "attach": _attach_fields,
    "notify": _notify_fields,
}
