"""What a customer is told: short texts with blanks, in Chinese and English; the shop's own come first.

A notice says what happened, what was done, what the customer must do and by when, and whom to ask. It never asks for
card data or codes, never blames, and never promises the day on which a bank will post.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from beancount.core.data import Transaction

from beancount_posguard import desk
from beancount_posguard.booking.corrections import RefusedError
from beancount_posguard.claims.causes import CAUSES
from beancount_posguard.claims.claim import Claim, Part
from beancount_posguard.ingest.cards import holds_card
from beancount_posguard.ledger.books import Books
from beancount_posguard.money import ZERO
from beancount_posguard.text import figure
from beancount_posguard.words import N_, _, either

_BLANK = re.compile(r"\{([a-z0-9]+)\}")
LANGUAGES = ("zh", "en")
#: The channels that carry a text; on the others one speaks.
WRITTEN: Mapping[str, str] = {"sms": "sms", "e-mail": "email", "letter": "email"}
SPOKEN = "spoken/1"


class Text(NamedTuple):
    """One built-in text and its version, which grows whenever a word of it changes."""

    version: int
    text: str


TEXTS: Mapping[str, Text] = {
    "overcharge-sms-zh": Text(
        1,
        "【{shop}】您{month}月{day}日尾号{last4}卡消费多收{diff}元，已提交退款（编号{id}），预计{until}前退回原卡，"
        "无需操作。咨询{tel}，我们不会索要密码或验证码。",
    ),
    "topup-sms-zh": Text(
        1,
        "【{shop}】您{month}月{day}日消费应付{right}元，实收{charged}元，少收{diff}元。经核实请您于{until}前到店或"
        "回电{tel}确认补款，编号{id}。我们不会索要密码或验证码。",
    ),
    "hold-sms-zh": Text(
        1,
        "【{shop}】您尾号{last4}卡的预授权{diff}元已申请撤销（编号{id}），额度恢复时间以发卡行为准，预计{until}前。"
        "咨询{tel}。",
    ),
    "resolved-sms-zh": Text(
        1,
        "【{shop}】编号{id}已处理完毕：{diff}元已退回尾号{last4}卡，到账以发卡行为准。对此深表歉意。咨询{tel}。",
    ),
    "settled-sms-zh": Text(
        1,
        "【{shop}】您{month}月{day}日消费的差错（编号{id}）已处理完毕，款项已结清，无需再付款或办理。咨询{tel}，我们不会索要密码或验证码。",
    ),
    "overcharge-email-zh": Text(
        1,
        "尊敬的客户：\n\n{date}您在{shop}用尾号{last4}的卡消费，应付{right}元，POS扣款金额为{charged}元，相差{diff}元，"
        "原因初步判断为{cause}。\n\n我们已核对签购单与清算单并提交退款（编号{id}），预计{until}前完成退款，到账以发卡行"
        "为准。如逾期未到账，请联系{contact}，{tel}。\n\n请勿向任何人提供密码或验证码。\n",
    ),
    "topup-email-zh": Text(
        1,
        "尊敬的客户：\n\n{date}您在{shop}用尾号{last4}的卡消费，应付{right}元，POS扣款金额为{charged}元，相差{diff}元，"
        "原因初步判断为{cause}。\n\n经核实，请您于{until}前到店或回电{tel}（{contact}）确认补款，编号{id}。未经您同意，"
        "我们不会从您的卡上扣款。\n\n请勿向任何人提供密码或验证码。\n",
    ),
    "settled-email-zh": Text(
        1,
        "尊敬的客户：\n\n{date}您在{shop}消费的差错（编号{id}）已处理完毕，款项已结清，无需再付款或办理。如有疑问，请联系"
        "{contact}，{tel}。\n\n请勿向任何人提供密码或验证码。\n",
    ),
    "overcharge-sms-en": Text(
        1,
        "{shop}: on {date} card *{last4} was overcharged {cur}{diff}. Refund filed, case {id}, "
        "expected on your card by "
        "{until}. Nothing to do. Questions {tel}. We never ask for PIN or codes.",
    ),
    "topup-sms-en": Text(
        1,
        "{shop}: on {date} you were charged {cur}{charged} instead of {right}, {diff} too "
        "little. Please come by or call "
        "{tel} by {until}, case {id}. We never ask for PIN or codes.",
    ),
    "hold-sms-en": Text(
        1,
        "{shop}: we asked your bank to release the hold of {cur}{diff} on card *{last4}, case "
        "{id}; it decides when, we "
        "expect by {until}. Questions {tel}.",
    ),
    "resolved-sms-en": Text(
        1,
        "{shop}: case {id} is done: {cur}{diff} was refunded to card *{last4}; your bank decides "
        "the posting day. We are "
        "sorry. Questions {tel}.",
    ),
    "settled-sms-en": Text(
        1,
        "{shop}: case {id} about {date} is done: nothing is left to be paid and nothing to do. "
        "Questions {tel}. We never ask for PIN or codes.",
    ),
    "overcharge-email-en": Text(
        1,
        "Dear customer,\n\non {date} at {shop} your card ending {last4} was charged {charged}; "
        "the correct amount is "
        "{right} (difference {diff} {cur}). Likely cause: {cause}.\n\nWe compared slip and "
        "statement and filed the refund, "
        "case {id}. We expect it by {until}; your bank decides the posting day. If it has not "
        "arrived, contact {contact}, "
        "{tel}.\n\nWe will never ask for your PIN, CVV or one-time code.\n",
    ),
    "topup-email-en": Text(
        1,
        "Dear customer,\n\non {date} at {shop} your card ending {last4} was charged {charged}; "
        "the correct amount is "
        "{right} (difference {diff} {cur}). Likely cause: {cause}.\n\nPlease come by or call "
        "{tel} ({contact}) by {until} "
        "about the rest, case {id}. We will not charge your card without your consent.\n\nWe "
        "will never ask for your PIN, "
        "CVV or one-time code.\n",
    ),
    "settled-email-en": Text(
        1,
        "Dear customer,\n\nthe difference on what you paid at {shop} on {date} (case {id}) is "
        "settled: nothing is left to be paid and nothing to do. Should you have questions, contact "
        "{contact}, {tel}.\n\nWe will never ask for your PIN, CVV or one-time code.\n",
    ),
}  # fmt: skip


class Notice(NamedTuple):
    """A text ready to go; ``template`` is its name and version as the ledger records it."""

    template: str
    text: str


def name_for(books: Books, claim: Claim, channel: str, language: str) -> str:
    """Return the name of the text that fits what happened to the customer.

    Raises:
        RefusedError: when nothing did: the money is another's, and no refund is theirs to be told of; or what they
            are owed was moved elsewhere and not paid back.
    """
    part = claim.part_of("customer") or claim.part_of("none")
    if part is None and claim.kind != "G4":
        raise RefusedError(
            _("{id} concerns no customer, so no text fits; choose one (--template) to tell them all the same").format(
                id=claim.id
            )
        )
    if part and not part.balance and desk.repaid(books, claim, part) < -part.amount:
        raise RefusedError(
            _(
                "{id}: the customer's money stands with somebody else and was not paid back; choose a text (--template)"
            ).format(id=claim.id)
        )
    if claim.kind == "G4":
        about = "hold"
    elif part and not part.balance:
        about = _ending(books, claim, part, channel)
    else:
        about = "topup" if part and part.balance > 0 else "overcharge"
    return f"{about}-{WRITTEN[channel]}-{language}"


def _ending(books: Books, claim: Claim, part: Part, channel: str) -> str:
    """Return what a customer is told with whom no money is open: only what went to their card is said to be there."""
    if not _is_back_on_card(books, claim, part):
        return "settled"
    return "resolved" if channel == "sms" else "overcharge"


def _is_back_on_card(books: Books, claim: Claim, part: Part) -> bool:
    payouts = {one.payout for one in books.contracts}
    refunds = [one for one in books.entries if isinstance(one, Transaction) and _repays(one, claim, part)]
    return bool(refunds) and all(
        any(one.account in payouts or (one.meta or {}).get("kind") == "refund" for one in refund.postings)
        for refund in refunds
    )


def _repays(entry: Transaction, claim: Claim, part: Part) -> bool:
    said = (entry.meta.get("posguard-claim"), entry.meta.get("posguard-step"))
    return said == (claim.id, "refund") and any(one.account == part.account for one in entry.postings)


def render(name: str, claim: Claim, shop: Mapping[str, str], until: date | None, own: Path) -> Notice:
    """Fill the blanks of the text called ``name`` for ``claim``.

    Args:
        name: a key of :data:`TEXTS`, or a file ``<name>.txt`` in ``own``.
        claim: whom it is about.
        shop: the ledger's ``shop-…`` settings.
        until: the day that the text may promise, if it names one.
        own: the folder of the shop's own texts.

    Raises:
        RefusedError: when there is no such text, or a blank cannot be filled.
    """
    template, text = _text(name, own)
    facts = _facts(claim, shop, until, name.rpartition("-")[2])
    unknown = sorted({blank for blank in _BLANK.findall(text) if blank not in facts})
    if unknown:
        raise RefusedError(
            _("{name}: no blank is called {blanks}; expected some of {known}").format(
                name=name, blanks=", ".join(unknown), known=", ".join(sorted(facts))
            )
        )
    empty = sorted({blank for blank in _BLANK.findall(text) if not facts[blank]})
    if empty:
        raise RefusedError(
            _("{name} needs {things}").format(
                name=name, things=either("；", "; ").join(_(_WANTED.get(blank, blank)) for blank in empty)
            )
        )
    filled = _BLANK.sub(lambda found: facts[found[1]], text)
    if holds_card(filled):
        raise RefusedError(_("{name} would show a full card number; take it out of the text").format(name=name))
    return Notice(template, filled)


def _text(name: str, own: Path) -> tuple[str, str]:
    path = own / f"{name}.txt"
    if re.fullmatch(r"[\w-]+", name) and path.is_file():
        text = path.read_text("utf-8-sig")
        return f"{name}/own-{sha256(text.encode()).hexdigest()[:8]}", text
    if name not in TEXTS:
        raise RefusedError(
            _("there is no text {name!r}; there are {texts}, and your own in {folder}/").format(
                name=name, texts=", ".join(TEXTS), folder=own.name
            )
        )
    return f"{name}/{TEXTS[name].version}", TEXTS[name].text


#: What to do about a blank that cannot be filled.
_WANTED: Mapping[str, str] = {
    "shop": N_('the shop\'s name: custom "posguard" "shop-name" "…"'),
    "tel": N_('the shop\'s telephone: custom "posguard" "shop-phone" "…"'),
    "contact": N_('somebody to ask for: custom "posguard" "shop-contact" "…"'),
    "until": N_("a day by which it is done: --until DAY"),
    "last4": N_("a slip with its card's last four digits"),
    "right": N_("a slip or sale from a file, to say what was to be paid; of a claim from paper tell them yourself"),
    "charged": N_("a slip or sale from a file, to say what was paid"),
    "cause": N_("a cause: posguard verify --cause, or note it before"),
}


def _facts(claim: Claim, shop: Mapping[str, str], until: date | None, language: str) -> dict[str, str]:
    part = claim.part_of("customer") or claim.part_of("")
    right, charged = _sum(claim, "sale"), _sum(claim, "terminal")
    if part and part.balance > 0 and claim.legs:
        right = right if any(leg.side == "sale" for leg in claim.legs) else charged  # the slip is the sale
        charged = right - part.balance  # what they have paid by now: in part perhaps, or for an acquirer who refused
    day = min((leg.date for leg in claim.legs), default=claim.detected)
    code = next((one.said["cause"] for one in reversed(claim.taken) if one.said.get("cause")), "")
    card = claim.facts.get("card", ("",))[0]
    return {
        "shop": shop.get("shop-name", ""),
        "tel": shop.get("shop-phone", ""),
        "contact": shop.get("shop-contact", ""),
        "id": claim.id,
        "date": day.isoformat(),
        "month": str(day.month),
        "day": str(day.day),
        "last4": card[-4:] if card[-4:].isdigit() else "",
        "cur": f"{claim.currency} " if language == "en" else claim.currency,
        "diff": figure(abs((part.balance or part.amount) if part else Decimal(0))),
        "right": figure(right) if claim.legs else "",
        "charged": figure(charged) if claim.legs else "",
        "cause": (CAUSES[code].zh if language == "zh" else CAUSES[code].en) if code in CAUSES else "",
        "acquirer": claim.acquirer,
        "until": until.isoformat() if until else "",
    }


def _sum(claim: Claim, side: str) -> Decimal:
    """Return what one side says, signed: a refund that was keyed for a sale is no payment of the customer's."""
    return sum((leg.amount for leg in claim.legs if leg.side == side), ZERO)
