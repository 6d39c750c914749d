"""What is seen of a file, and what is said not to have been: a card number in any of these places is found."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader, PdfWriter
from pypdf.annotations import FreeText

from beancount_posguard.ingest.cards import holds_card
from beancount_posguard.seen import look

CARD = "6222021234567890128"


def pdf(drawing: bytes, *more: bytes, resources: bytes = b"") -> bytes:
    """Return a PDF of one page with ``drawing``; further objects count from 6."""
    font = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>"
        + resources
        + b">>>>",
        b"<</Length %d>>\nstream\n%s\nendstream" % (len(drawing), drawing),
        font,
        *more,
    ]
    out, places = b"%PDF-1.4\n", []
    for number, one in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n"
    return out + end % (len(objects) + 1, table, len(objects) + 1, len(out))


def written(writer: PdfWriter) -> bytes:
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def opened(drawing: bytes = b"BT /F1 9 Tf (a slip) Tj ET") -> PdfWriter:
    return PdfWriter(clone_from=PdfReader(io.BytesIO(pdf(drawing))))


def annotated() -> bytes:
    writer = opened()
    writer.add_annotation(0, FreeText(text=CARD, rect=(1, 1, 9, 9)))
    return written(writer)


def described() -> bytes:
    writer = opened()
    writer.add_metadata({"/Title": f"card {CARD}"})
    return written(writer)


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


PNG = b"\x89PNG\r\n\x1a\n"


@pytest.mark.parametrize(
    "content",
    [
        pdf(b"BT /F1 9 Tf (" + CARD.encode() + b") Tj ET"),
        pdf(b"BT /F1 9 Tf <" + CARD.encode().hex().encode() + b"> Tj ET"),
        pdf(b"BT /F1 9 Tf (6222021234) Tj (567890128) Tj ET"),
        annotated(),
        described(),
        b"\xff\xd8\xff\xe1\0\x40Exif\0\0" + CARD.encode() + b"\0\xff\xd9",
        b"\xff\xd8\xff\xe1\0\x40Exif\0\0" + CARD.encode("utf-16-le") + b"\xff\xd9",
        PNG + chunk(b"tEXt", b"Comment\0" + CARD.encode()),
        PNG + chunk(b"zTXt", b"Comment\0\0" + zlib.compress(CARD.encode())),
        PNG + chunk(b"iTXt", b"Comment\0\1\0\0\0" + zlib.compress(CARD.encode())),
        b"PK\x03\x04\xff\xfe\x81" + CARD.encode(),
        CARD.encode("gb18030"),
    ],
    ids=["pdf", "hex", "two", "note", "title", "exif", "wide", "tEXt", "zTXt", "iTXt", "zip", "text"],
)
def test_a_card_number_is_found(content: bytes) -> None:
    assert holds_card(look(content).text)


def test_a_pdf_of_text_is_seen_whole() -> None:
    sight = look(pdf(b"BT /F1 9 Tf (card 622202******0128) Tj ET"))
    assert "card 622202******0128" in sight.text
    assert sight.unseen == ()


IMAGE = (
    b"<</Type/XObject/Subtype/Image/Width 1/Height 1/ColorSpace/DeviceGray/BitsPerComponent 8/Length 1>>\n"
    b"stream\n0\nendstream"
)
FORM = (
    b"<</Type/XObject/Subtype/Form/BBox[0 0 1 1]/Resources<</XObject<</I 6 0 R>>>>/Length 5>>\nstream\n/I Do\nendstream"
)
TEXT = b"BT /F1 9 Tf (a slip) Tj ET "


def attached() -> bytes:
    writer = opened()
    writer.add_attachment("x.bin", b"x")
    return written(writer)


def locked() -> bytes:
    writer = opened()
    writer.encrypt("secret", algorithm="RC4-128")
    return written(writer)


@pytest.mark.parametrize(
    ("content", "unseen"),
    [
        (pdf(TEXT, IMAGE, resources=b"/XObject<</I 6 0 R>>"), "pictures"),
        (pdf(TEXT, IMAGE, FORM, resources=b"/XObject<</F 7 0 R>>"), "pictures"),
        (pdf(TEXT + b"BI /W 1 /H 1 /CS /G /BPC 8 ID 0 EI"), "pictures"),
        (pdf(b"0 0 9 9 re f"), "content"),
        (pdf(TEXT)[:200], "damaged"),
        (attached(), "files"),
        (locked(), "locked"),
        (b"\xff\xd8\xff\xe0 a slip", "picture"),
        (PNG, "picture"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "picture"),
        (b"\0\0\0\x18ftypheic", "picture"),
        (b"PK\x03\x04\xff\xfe\x81", "content"),
    ],
)
def test_what_is_not_seen_is_said(content: bytes, unseen: str) -> None:
    assert unseen in look(content).unseen


@settings(deadline=None)
@given(st.binary(max_size=400), st.sampled_from([b"", b"%PDF-1.4\n", PNG, b"\xff\xd8\xff"]))
def test_nothing_can_stop_it(content: bytes, head: bytes) -> None:
    sight = look(head + content)
    assert isinstance(sight.text, str)
