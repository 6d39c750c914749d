"""A page as PDF, by WeasyPrint (the extra ``pdf``): the same page and fonts give the same bytes.

Nothing is fetched: what is no ``data:`` address is refused. Exhibits that no page can show go into the PDF as attached
files.
"""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Iterable
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any, NamedTuple

from beancount_posguard.booking.corrections import RefusedError
from beancount_posguard.words import _

#: The same page without the fonts of the reader's screen: a PDF carries its own.
_FONTS = "body{font-family:'Noto Sans CJK SC','Source Han Sans SC','WenQuanYi Zen Hei',sans-serif}"

_DATA = re.compile(r"data:[^'\"]*")


class Enclosed(NamedTuple):
    """A file that goes into the PDF as it is."""

    name: str
    about: str
    content: bytes
    day: date


class NoPdfError(ValueError):
    """This machine cannot make a PDF; the message says what to install."""


def pdf(page: str, enclosed: Iterable[Enclosed] = ()) -> bytes:
    """Return ``page`` (of :mod:`beancount_posguard.reports.html`) as a PDF with the files that belong to it.

    Raises:
        NoPdfError: without WeasyPrint or the libraries it needs.
        RefusedError: when a picture cannot be read.
    """
    weasyprint = _weasyprint()
    heard = _Listener()
    logger = logging.getLogger("weasyprint")
    logger.addHandler(heard)
    try:
        attachments = [_attachment(weasyprint, one) for one in enclosed]
        made = weasyprint.HTML(string=page, url_fetcher=_fetcher()).write_pdf(
            stylesheets=[weasyprint.CSS(string=_FONTS)],
            attachments=attachments,
            pdf_identifier=sha256(page.encode()).hexdigest()[:32].encode(),
        )
    finally:
        logger.removeHandler(heard)
    if heard.errors:
        raise RefusedError(_("the PDF would lack something: {errors}").format(errors="; ".join(heard.errors)))
    return bytes(made)


def _weasyprint() -> Any:  # noqa: ANN401  # a module that need not be there
    try:
        import weasyprint  # noqa: PLC0415  # an extra, and slow to import
    except (ImportError, OSError) as error:
        raise NoPdfError(
            _(
                "a PDF needs WeasyPrint and Pango ({error}): pip install 'beancount-posguard[pdf]', and the system's "
                "libpango and Chinese fonts (fonts-noto-cjk); or write .html and print it"
            ).format(error=error)
        ) from error
    return weasyprint


def _fetcher() -> Any:  # noqa: ANN401  # as above
    from weasyprint.urls import URLFetcher  # noqa: PLC0415

    return URLFetcher(allowed_protocols={"data"})


def _attachment(weasyprint: Any, one: Enclosed) -> Any:  # noqa: ANN401  # as above
    moment = datetime(one.day.year, one.day.month, one.day.day, tzinfo=UTC)
    return weasyprint.Attachment(
        file_obj=io.BytesIO(one.content), name=one.name, description=one.about, created=moment, modified=moment
    )


class _Listener(logging.Handler):
    """Keeps what WeasyPrint calls an error: a picture it could not read."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.errors: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.errors.append(_DATA.sub("data:…", record.getMessage())[:200])
