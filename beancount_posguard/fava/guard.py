"""What stands between a browser and the ledger: who may write, what may be said, and how a failure is told.

Fava has no login and checks no origin (its own writes rest on the browser's preflight). Every write here needs JSON,
from a page of the same origin, by a verb that no form can send. Whatever goes wrong ends as a sentence in JSON.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Mapping
from functools import wraps
from typing import TYPE_CHECKING, Any, cast

from fava.ext import extension_endpoint
from flask import Response, current_app, jsonify, request
from werkzeug.exceptions import HTTPException

from beancount_posguard.booking.corrections import RefusedError
from beancount_posguard.ingest.cards import redact
from beancount_posguard.ledger.files import BusyError
from beancount_posguard.ledger.write import WriteError
from beancount_posguard.words import _

if TYPE_CHECKING:
    from beancount_posguard.fava import PosGuardClaims

_LOG = logging.getLogger(__name__)

#: The largest request: the largest file of 10 MiB as base64, and what is said about it.
LARGEST = 15 * 1024 * 1024
#: The longest text of one field.
LONGEST = 2000

Answer = Callable[["PosGuardClaims"], Any]
Endpoint = Callable[["PosGuardClaims"], Response]


class AskedError(Exception):
    """A request that cannot be answered: ``status`` is HTTP's, the message is for the person."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


class ConflictError(AskedError):
    """Somebody else worked on the same claim after it was shown."""

    def __init__(self, message: str) -> None:
        super().__init__(message, 409)


def endpoint(name: str, method: str = "GET") -> Callable[[Answer], Endpoint]:
    """Make an endpoint of a function: its result as ``{"data": …}``, any failure as ``{"error": …}``.

    A function that returns a response has it sent as it is.
    """

    def decorate(answer: Answer) -> Endpoint:
        @wraps(answer)
        def told(extension: PosGuardClaims) -> Response:
            try:
                with extension.speaking():
                    result = answer(extension)
                    return result if isinstance(result, Response) else jsonify({"data": result})
            except HTTPException:
                raise
            except Exception as error:  # noqa: BLE001  # no fault of ours may become one of Fava's pages
                return _told(error)

        # Fava's types know functions of its own base class only.
        return cast("Callable[[Endpoint], Endpoint]", extension_endpoint(name, [method]))(told)

    return decorate


def _told(error: Exception) -> Response:
    if isinstance(error, AskedError):
        status = error.status
    elif isinstance(error, RefusedError | WriteError | BusyError):
        status = 409
    else:
        status = 500
        log(error)
    response = jsonify({"error": redact(sentence(error)), "conflict": isinstance(error, ConflictError)})
    response.status_code = status
    return response


def log(error: Exception) -> None:
    """Keep where ``error`` comes from for who runs the server; a card number that it quotes is cut."""
    _LOG.error("%s", redact("".join(traceback.format_exception(error))))


def sentence(error: Exception) -> str:
    """Return what went wrong, for a person."""
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}"
    if isinstance(error, AskedError | OSError) or type(error).__module__.startswith("beancount_posguard."):
        return str(error)
    return _("internal error of posguard ({kind}: {error}); please report it").format(
        kind=type(error).__name__, error=error
    )


def read_only() -> bool:
    """Tell whether Fava was started with ``--read-only``; it has no public flag for it."""
    return any(check.__name__ == "_read_only" for check in current_app.before_request_funcs.get(None, []))


def body() -> Mapping[str, Any]:
    """Return the JSON object that a page of ours sent.

    Raises:
        AskedError: when it is something else, or comes from elsewhere.
    """
    if request.mimetype != "application/json":
        raise AskedError(_("Content-Type must be application/json"), 415)
    _require_same_origin()
    if (request.content_length or 0) > LARGEST:
        raise AskedError(
            _("a request may have {size} MiB; attach a smaller file").format(size=LARGEST // 1024 // 1024), 413
        )
    said = request.get_json(silent=True)
    if not isinstance(said, dict):
        raise AskedError(_("expected a JSON object"))
    return said


def _require_same_origin() -> None:
    site = request.headers.get("Sec-Fetch-Site")
    if site not in {None, "same-origin"}:
        raise AskedError(_("a page of another site may not write here"), 403)
    origin = request.headers.get("Origin")
    if site is None and origin is not None and origin.partition("://")[2] != request.host:
        raise AskedError(_("a page of another site may not write here"), 403)


def text_of(said: Mapping[str, Any], key: str, *, longest: int = LONGEST) -> str:
    """Return the text under ``key``, empty where there is none.

    Raises:
        AskedError: when it is no text, or too long.
    """
    value = said.get(key, "")
    if not isinstance(value, str):
        raise AskedError(_("{key}: expected a text, found {kind}").format(key=key, kind=type(value).__name__))
    if len(value) > longest:
        raise AskedError(
            _("{key}: {n} characters; no more than {longest} fit").format(key=key, n=len(value), longest=longest)
        )
    return value.strip()
