"""The papers of one claim: the application to the acquirer, and the file for a lawyer. One page each, in zh or en.

The same claim and the same files give the same bytes: the page is dated by the last thing that happened, and carries
the digests of everything it was made from.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from hashlib import sha256
from pathlib import Path

from beancount_posguard.booking.corrections import RefusedError
from beancount_posguard.claims import evidence
from beancount_posguard.claims.claim import Claim
from beancount_posguard.claims.evidence import EXHIBITS, Exhibit
from beancount_posguard.claims.policy import Policy
from beancount_posguard.claims.routes import ROUTES
from beancount_posguard.contract import Contract
from beancount_posguard.ingest.cards import redact
from beancount_posguard.kinds import KINDS
from beancount_posguard.ledger.exhibits import altered
from beancount_posguard.money import ZERO
from beancount_posguard.reports.html import heading, page, paragraph, picture, table
from beancount_posguard.text import figure

#: What the acquirers' platforms take.
LARGEST = 10 * 1024 * 1024

_PICTURES: Mapping[str, str] = {".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png", ".gif": "image/gif"}

#: Days before a deadline from which it is near.
_NEAR = 14

#: Every word of the pages, in Chinese and in English.
_WORDS: Mapping[str, tuple[str, str]] = {
    "application": ("差错处理申请", "Application for correction"),
    "to": ("致", "To"),
    "from": ("申请商户", "Merchant"),
    "date": ("日期", "Date"),
    "claim": ("编号", "Claim"),
    "case": ("受理编号", "Your case number"),
    "kind": ("差错类型", "What went wrong"),
    "facts": ("事实", "Facts"),
    "calculation": ("计算", "Calculation"),
    "exhibits": ("附件", "Exhibits"),
    "manifest": ("附件摘要（SHA-256）", "Digests of the exhibits (SHA-256)"),
    "merchant": ("商户号", "Merchant id"),
    "terminal": ("终端号", "Terminal"),
    "card": ("卡号（前六后四）", "Card (first six, last four)"),
    "card-type": ("卡类型", "Card type"),
    "says": ("来源", "Says"),
    "amount": ("金额", "Amount"),
    "day": ("日期", "Date"),
    "ref": ("参考号", "Reference"),
    "where": ("账簿位置", "Stands at"),
    "difference": ("差额", "Difference"),
    "request": (
        "请核对上述交易，并按“{route}”处理差额 {amount}。如需补充材料，请联系 {contact}，{tel}。",
        (
            "Please check the transaction above and settle the difference of {amount} by {route}. "
            "If you need more, contact {contact}, {tel}."
        ),
    ),
    "sign": (
        "经办（签字）　　　　　　　复核（签字）　　　　　　　盖章",
        "Prepared by                Checked by                Seal",
    ),
    "file": ("法律咨询材料", "File for legal advice"),
    "history": ("经过", "What happened"),
    "demands": ("已提出的要求", "Demands made"),
    "sum": ("金额合计", "Sum"),
    "open": ("未结", "Still open"),
    "reasons": ("提请咨询的原因", "Why advice is asked for"),
    "what": ("事项", "What"),
    "by": ("经办人", "By"),
    "note": ("说明", "Note"),
    "none": ("无", "none"),
    "sale": ("销售单", "Sale"),
    "settlement": ("清算单", "Settlement"),
    "bank": ("银行", "Bank"),
}
_SIDES = ("sale", "terminal", "settlement", "bank")


def _say(language: str) -> dict[str, str]:
    return {key: words[language == "en"] for key, words in _WORDS.items()}


def packet(claim: Claim, contract: Contract, shop: Mapping[str, str], folder: Path, language: str = "zh") -> str:
    """Return the application to the acquirer as a page.

    Args:
        claim: the claim, prepared or further.
        contract: the acquirer's, for the merchant id.
        shop: the ledger's ``shop-…`` settings.
        folder: the ledger's, where the exhibits lie.
        language: ``zh`` or ``en``.

    Raises:
        RefusedError: when nothing is prepared, a file was changed, or the page gets larger than acquirers take.
    """
    prepared = claim.last("prepare")
    if prepared is None:
        raise RefusedError(f"{claim.id} is {claim.stage}; prepare it first: posguard prepare {claim.id} --route …")
    say, route = _say(language), ROUTES[prepared.said["route"]]
    part = claim.part_of(prepared.said.get("part", ""))
    amount = f"{figure(abs((part.balance or part.amount) if part else ZERO))} {claim.currency}"
    blanks = {"route": route.zh if language == "zh" else route.en, "amount": amount}
    blanks |= {"contact": shop.get("shop-contact", ""), "tel": shop.get("shop-phone", "")}
    body = [
        heading(f"{say['application']} {claim.id}", 1),
        table((), _head(claim, contract, shop, say)),
        heading(say["facts"]),
        *_facts(claim, say, language),
        heading(say["calculation"]),
        _calculation(claim, say, amount),
        paragraph(say["request"].format(**blanks)),
        paragraph(say["sign"]),
        *_exhibits(claim, folder, say, language),
    ]
    text = redact_page(page(language, f"{say['application']} {claim.id}", body))
    if len(text.encode()) > LARGEST:
        raise RefusedError(f"{claim.id}: the application is larger than {LARGEST} bytes; attach smaller pictures")
    return text


def redact_page(text: str) -> str:
    """Return ``text`` with card numbers masked, line by line; pictures and digests are let alone."""
    return "\n".join(line if "data:image" in line or "<code>" in line else redact(line) for line in text.split("\n"))


def last_day(claim: Claim) -> date:
    """Return the day of the last thing that happened."""
    return max((event.date for event in claim.history), default=claim.detected)


def _head(
    claim: Claim, contract: Contract, shop: Mapping[str, str], say: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    acknowledged = claim.last("acknowledge")
    yield say["to"], claim.acquirer
    yield say["from"], shop.get("shop-name", "")
    yield say["merchant"], " ".join(claim.facts.get("merchant", contract.merchants))
    yield say["claim"], claim.id
    if acknowledged:
        yield say["case"], acknowledged.said["case"]
    yield say["date"], last_day(claim).isoformat()


def _facts(claim: Claim, say: Mapping[str, str], language: str) -> Iterator[str]:
    kind = KINDS[claim.kind]
    yield paragraph(f"{say['kind']}: {claim.kind} {kind.zh if language == 'zh' else kind.en}")
    yield paragraph(str(claim.why))
    known = [(say[key], " ".join(claim.facts[key])) for key in ("terminal", "card", "card-type") if key in claim.facts]
    if known:
        yield table((), known)


def _calculation(claim: Claim, say: Mapping[str, str], difference: str) -> str:
    rows = [
        (say[leg.side], figure(leg.amount), leg.date.isoformat(), leg.ref, leg.source)
        for side in _SIDES
        for leg in claim.legs
        if leg.side == side
    ]
    rows.append((say["difference"], difference, "", "", ""))
    return table((say["says"], say["amount"], say["day"], say["ref"], say["where"]), rows, numbers=[1])


def _exhibits(claim: Claim, folder: Path, say: Mapping[str, str], language: str) -> Iterator[str]:
    for wrong in altered(claim, folder):
        raise RefusedError(f"{claim.id}: {wrong}")
    yield heading(say["exhibits"])
    for number, exhibit in enumerate(claim.exhibits, start=1):
        zh, en = EXHIBITS[exhibit.what]
        caption = f"{number}. {zh if language == 'zh' else en} ({exhibit.day})"
        kind = _PICTURES.get(Path(exhibit.path).suffix)
        if kind:
            content = b64encode((folder / exhibit.path).read_bytes()).decode("ascii")
            yield picture(f"data:{kind};base64,{content}", caption)
        else:
            yield paragraph(f"{caption}: {Path(exhibit.path).name}")
    yield heading(say["manifest"])
    yield _manifest(claim.exhibits)


def _manifest(exhibits: Sequence[Exhibit]) -> str:
    """Return every file's digest, and one over them all that a later copy can be compared by."""
    lines = [f"{one.sha256}  {Path(one.path).name}" for one in exhibits]
    whole = sha256("\n".join(sorted(lines)).encode()).hexdigest()
    return "".join(f"<p><code>{line}</code></p>" for line in [*lines, f"{whole}  *"])


def triggers(claim: Claim, policy: Policy, as_of: date) -> list[str]:
    """Return why legal advice should be asked for, as sentences; none where it need not be."""
    total = sum((abs(part.amount) for part in claim.parts), ZERO)
    limit = policy.limit("legal", as_of)
    refused = sum(one.step == "reject" for one in claim.taken)
    fighting = claim.stage in {"rejected", "appealed", "legal"}
    near = fighting and claim.due is not None and (claim.due.day - as_of).days <= _NEAR
    reasons = [
        (total >= limit, f"it is about {figure(total)} {claim.currency}; the limit is {figure(limit)}"),
        (refused > 1, f"it was rejected {refused} times"),
        (near, f"its next deadline is {claim.due.day if claim.due else ''}"),
        (claim.last("legal") is not None, "it was handed over by a person"),
    ]
    return [why for holds, why in reasons if holds]


def legal_file(claim: Claim, policy: Policy, folder: Path, as_of: date, language: str = "en") -> str:
    """Return the file for a lawyer as a page: why, what happened, what was demanded, the sum, the exhibits."""
    say = _say(language)
    demands = [one for one in claim.taken if one.step in {"submit", "appeal", "notify"}]
    body = [
        heading(f"{say['file']} {claim.id}", 1),
        heading(say["reasons"]),
        *([paragraph(why) for why in triggers(claim, policy, as_of)] or [paragraph(say["none"])]),
        heading(say["facts"]),
        *_facts(claim, say, language),
        _calculation(claim, say, _sum(claim, amount=True)),
        heading(say["sum"]),
        paragraph(f"{_sum(claim, amount=True)}; {say['open']}: {_sum(claim, amount=False)}"),
        heading(say["history"]),
        table(
            (say["day"], say["what"], say["amount"], say["by"], say["note"]),
            [
                (one.date, one.what, "" if one.amount is None else figure(one.amount), one.by, str(one.text))
                for one in claim.history
            ],
            numbers=[2],
        ),
        heading(say["demands"]),
        table(
            (say["day"], say["what"], say["by"], say["note"]),
            [(one.on, one.step, one.by, one.said.get("reference") or one.said.get("note", "")) for one in demands],
        ),
        *_exhibits(claim, folder, say, language),
    ]
    return redact_page(page(language, f"{say['file']} {claim.id}", body))


def _sum(claim: Claim, *, amount: bool) -> str:
    whole: Iterable[Decimal] = (abs(part.amount if amount else part.balance) for part in claim.parts)
    return f"{figure(sum(whole, ZERO))} {claim.currency}"


def lacking(claim: Claim) -> list[str]:
    """Return the exhibits that ``claim`` still needs."""
    return evidence.missing(claim.kind, (leg.side for leg in claim.legs), claim.exhibits)
