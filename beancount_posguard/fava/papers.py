"""What is made of a claim to be printed or sent: the application to the acquirer, the file for the lawyer, a calendar.

The pages are made by the same functions as on the command line. They are shown by themselves, without scripts: whatever
a bank or a terminal wrote into them could not run even if it were not escaped.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from flask import Response, request

from beancount_posguard import desk
from beancount_posguard.claims.claim import Claim
from beancount_posguard.fava.guard import AskedError
from beancount_posguard.ledger.books import Books
from beancount_posguard.reports.calendar import calendar
from beancount_posguard.reports.packet import legal_file, packet
from beancount_posguard.words import _, language

if TYPE_CHECKING:
    from beancount_posguard.fava import PosGuardClaims

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox allow-modals"


def _packet(claim: Claim, books: Books) -> str:
    contract = desk.contract_for(books, claim.acquirer, claim.detected)
    return packet(claim, contract, books.shop, books.path.parent, language())


def _legal_file(claim: Claim, books: Books) -> str:
    return legal_file(claim, books.docket.policy, books.path.parent, books.as_of, language())


#: The papers by name.
PAPERS: Mapping[str, Callable[[Claim, Books], str]] = {"packet": _packet, "legal-file": _legal_file}


def paper(extension: PosGuardClaims) -> Response:
    """Return the paper ``name`` of the claim ``id``, as a page to be printed.

    Raises:
        AskedError: when there is no such paper or claim.
    """
    name, wanted = request.args.get("name", ""), request.args.get("id", "")
    claim = extension.loaded.claims.get(wanted)
    if name not in PAPERS or claim is None:
        raise AskedError(_("There is no claim {name} in this ledger.").format(name=wanted[:60]), 404)
    response = Response(PAPERS[name](claim, extension.loaded.books), mimetype="text/html")
    response.headers["Content-Security-Policy"] = _POLICY
    return response


def deadlines(extension: PosGuardClaims) -> Response:
    """Return the open claims' deadlines for one's own calendar."""
    response = Response(calendar(extension.loaded.books.claims), mimetype="text/calendar")
    response.headers["Content-Disposition"] = 'attachment; filename="pos-claims.ics"'
    return response
