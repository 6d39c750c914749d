"""How to reach the customers of claims: a file of its own beside the ledger, never in it.

Names, phone numbers and addresses are personal data. They lie in ``private/contacts.json``, by claim, readable by its
owner alone; the folder tells git to leave it out, whatever the ledger's own ``.gitignore`` says. They are removed when
the term of the policy after the claim's end is over.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

from beancount_posguard.booking.corrections import RefusedError
from beancount_posguard.claims.claim import Claim
from beancount_posguard.claims.policy import Policy
from beancount_posguard.claims.steps import FINISHED
from beancount_posguard.ingest.cards import holds_card
from beancount_posguard.ledger.files import locked, put
from beancount_posguard.text import plain
from beancount_posguard.words import _

FILE = "contacts.json"
#: Only for who keeps the books.
_MODE = 0o600
_PHONE = re.compile(r"\+?[0-9][0-9 ()-]{4,23}", re.ASCII)
_EMAIL = re.compile(r"[^@\s<>\"',;]{1,64}@[^@\s<>\"',;]{1,190}")


@dataclass(frozen=True)
class Contact:
    """How one customer is reached; ``since`` is the day on which it was written down, ISO."""

    name: str = ""
    phone: str = ""
    email: str = ""
    since: str = ""


class Stale(NamedTuple):
    """A claim whose contact is to go: when it was done, until when it was kept; None where nobody knows the claim."""

    claim: str
    done: date | None
    kept_until: date | None


def read(folder: Path) -> dict[str, Contact]:
    """Return the contacts by claim; nothing where there is no file.

    Raises:
        RefusedError: when the file is not what this program writes.
        OSError: when it cannot be read.
    """
    path = folder / FILE
    if not path.exists():
        return {}
    try:
        found = json.loads(path.read_text("utf-8"))
        return {str(claim): Contact(**{key: str(text) for key, text in one.items()}) for claim, one in found.items()}
    except (ValueError, TypeError, AttributeError) as error:
        raise RefusedError(
            _("{file} is not as posguard writes it: {error}; mend it, or move it away").format(file=path, error=error)
        ) from error


def checked(contact: Contact) -> Contact:
    """Return ``contact`` as it may be kept.

    Raises:
        RefusedError: naming the word that is none, or that shows a card number.
    """
    for key, text in asdict(contact).items():
        if holds_card(text):
            raise RefusedError(_("{key} holds a full card number, which is never kept").format(key=key))
    if contact.phone and not _PHONE.fullmatch(contact.phone.strip()):
        raise RefusedError(
            _("{phone} is no phone number; expected one such as +86 21 5550 100").format(phone=contact.phone)
        )
    if contact.email and not _EMAIL.fullmatch(contact.email.strip()):
        raise RefusedError(
            _("{email} is no e-mail address; expected one such as name@example.com").format(email=contact.email)
        )
    return Contact(plain(contact.name), contact.phone.strip(), contact.email.strip(), contact.since)


def change(folder: Path, changes: Mapping[str, Contact | None]) -> None:
    """Write contacts down, by claim; None removes one. What is not named stays.

    Raises:
        RefusedError: when the file is not what this program writes.
        BusyError: when another process keeps it locked.
        OSError: when it cannot be written.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not (folder / ".gitignore").exists():
        put(folder / ".gitignore", b"# Personal data: never in git.\n*\n")
    with locked(folder / FILE):
        kept = read(folder)
        for claim, contact in changes.items():
            kept.pop(claim, None)
            if contact is not None:
                kept[claim] = contact
        rows = {claim: {key: text for key, text in asdict(kept[claim]).items() if text} for claim in sorted(kept)}
        text = json.dumps(rows, ensure_ascii=False, indent=2) + "\n"
        put(folder / FILE, text.encode(), mode=_MODE)


def stale(contacts: Iterable[str], claims: Iterable[Claim], policy: Policy, on: date) -> list[Stale]:
    """Return whose contacts are to be removed by a day: the claim is done and the term over, or it is no claim at all.

    The term is the policy's on the day on which the claim was done.
    """
    known = {claim.id: claim for claim in claims}
    found: list[Stale] = []
    for name in sorted(contacts):
        claim = known.get(name)
        if claim is None:
            found.append(Stale(name, None, None))
            continue
        done = max((event.date for event in claim.history), default=claim.detected)
        last = done + timedelta(days=int(policy.limit("contact", done)))
        if claim.stage in FINISHED and not claim.balance and last < on:
            found.append(Stale(name, done, last))
    return found
