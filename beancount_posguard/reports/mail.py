"""E-mail: a notice as a message that any mail program opens, or sent through the shop's own server.

The address goes into the message and nowhere else.
"""

from __future__ import annotations

import re
import smtplib
from datetime import UTC, date, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from hashlib import sha256

from beancount_posguard.booking.corrections import RefusedError
from beancount_posguard.words import _

_ADDRESS = re.compile(r"[^\s@<>,;\"]+@[^\s@<>,;\"]+\.[^\s@<>,;\"]+")
_SERVER = re.compile(r"([\w.-]+):(\d{1,5})", re.ASCII)
_PATIENCE = 30


def message(claim: str, text: str, *, sender: str, to: str, subject: str, on: date) -> EmailMessage:
    """Return ``text`` as an e-mail. The same words give the same bytes.

    Raises:
        RefusedError: when an address is none.
    """
    for address, whose in (
        (sender, _('the shop\'s: custom "posguard" "shop-email" "…"')),
        (to, _("the customer's: --to")),
    ):
        if not _ADDRESS.fullmatch(address):
            raise RefusedError(
                _("{address!r} is no e-mail address; expected {whose}").format(address=address, whose=whose)
            )
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"], mail["Subject"] = sender, to, subject
    mail["Date"] = format_datetime(datetime(on.year, on.month, on.day, 12, tzinfo=UTC))
    digest = sha256(f"{claim}\n{to}\n{text}".encode()).hexdigest()[:16]
    mail["Message-ID"] = f"<{claim.lower()}.{digest}@posguard.invalid>"
    mail.set_content(text, charset="utf-8")
    return mail


def send(mail: EmailMessage, server: str) -> None:
    """Send ``mail`` through ``server``, a ``host:port``; encrypted where the server offers it.

    Raises:
        RefusedError: when the server is not named, cannot be reached or refuses; the message was not sent.
    """
    match = _SERVER.fullmatch(server)
    if not match:
        raise RefusedError(
            _('{server!r} is no mail server: expected custom "posguard" "smtp" "host:port"').format(server=server)
        )
    try:
        with smtplib.SMTP(match[1], int(match[2]), timeout=_PATIENCE) as connection:
            connection.ehlo()
            if connection.has_extn("starttls"):
                connection.starttls()
            connection.send_message(mail)
    except (OSError, smtplib.SMTPException) as error:
        raise RefusedError(
            _("{server} did not take the message: {name}").format(server=server, name=type(error).__name__)
        ) from error
