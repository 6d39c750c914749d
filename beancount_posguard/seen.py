"""What a program can see of a file: its text and what is written beside it, to look for card numbers there.

It reads all of a text; of a PDF the text layer, notes, form fields and properties; of a picture and of any other file
the properties, as far as they are written in plain letters (EXIF, XMP, comments). It does not look at pictures: a slip
that was photographed with its card number is seen by people only, and so they are asked.
"""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from beancount_posguard.words import N_, _

if TYPE_CHECKING:
    from pypdf import PageObject, PdfReader

#: What a program cannot see in a file, and what it is called.
UNSEEN = {
    "picture": N_("the picture"),
    "pictures": N_("the pictures in it"),
    "files": N_("the files attached to it"),
    "rest": N_("all but the first 200 pages"),
    "locked": N_("what its password locks"),
    "damaged": N_("what is damaged in it"),
    "content": N_("its content"),
}

_MOST_PAGES = 200
#: A stream is not unpacked further than this.
_LARGEST = 10 * 1024 * 1024

_PICTURES = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"BM", b"II*\0", b"MM\0*")
_ISO_PICTURES = (b"ftypheic", b"ftypheix", b"ftypmif1", b"ftypavif")

#: Letters in a row, in ASCII or as UTF-16; a card number hidden by blanks has at least 13.
_PLAIN = re.compile(rb"[\x20-\x7e]{13,}")
_WIDE = re.compile(rb"(?:[\x20-\x7e]\0){13,}|(?:\0[\x20-\x7e]){13,}")

_PNG_TEXT = frozenset({b"tEXt", b"zTXt", b"iTXt"})
_STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)
_SHOWN = re.compile(rb"\[([^\]]*)\]\s*TJ|(\((?:[^()\\]|\\.)*\))\s*(?:Tj|'|\")")
_STRING = re.compile(rb"\(((?:[^()\\]|\\.)*)\)")


class Sight(NamedTuple):
    """What was seen of a file, and what of it was not: words of :data:`UNSEEN`."""

    text: str
    unseen: tuple[str, ...]


def look(content: bytes) -> Sight:
    """Return what can be seen of a file; what it is is told by its content, never by its name."""
    if content[:1024].lstrip().startswith(b"%PDF"):
        return _pdf(content)
    if content.startswith(_PICTURES) or content[4:12] in _ISO_PICTURES or content[8:12] == b"WEBP":
        return Sight("\n".join((*_properties(content), *_png_text(content))), ("picture",))
    for encoding in ("utf-8", "gb18030"):
        try:
            return Sight(content.decode(encoding), ())
        except UnicodeDecodeError:
            continue
    return Sight("\n".join(_properties(content)), ("content",))


def names_of(unseen: tuple[str, ...]) -> list[str]:
    """Return what was not seen, in the reader's language."""
    return [_(UNSEEN[one]) for one in unseen]


def _properties(content: bytes) -> Iterator[str]:
    """Yield what stands in plain letters between the bytes."""
    for found in _PLAIN.finditer(content):
        yield found[0].decode("ascii")
    for found in _WIDE.finditer(content):
        yield found[0].replace(b"\0", b"").decode("ascii")


def _png_text(content: bytes) -> Iterator[str]:
    """Yield the texts of a PNG (ISO/IEC 15948), each by itself: a name, a zero, then text, plain or packed by zlib."""
    place = 8
    while content.startswith(b"\x89PNG") and place + 8 <= len(content):
        size, kind = int.from_bytes(content[place : place + 4]), content[place + 4 : place + 8]
        if kind in _PNG_TEXT:
            data = content[place + 8 : place + 8 + size]
            yield data.decode("utf-8", "replace")
            yield from _packed(data)
        place += size + 12


def _packed(data: bytes) -> Iterator[str]:
    """Yield what zlib packed somewhere in ``data``; its streams begin with an x."""
    start = data.find(b"x", data.find(b"\0"))
    while start >= 0:
        text = _unpacked(data[start:])
        if text is not None:
            yield text.decode("utf-8", "replace")
            return
        start = data.find(b"x", start + 1)


def _unpacked(data: bytes) -> bytes | None:
    try:
        return zlib.decompressobj().decompress(data, _LARGEST)
    except zlib.error:
        return None


# -- PDF ---------------------------------------------------------------------------------------------------------------


def _pdf(content: bytes) -> Sight:
    """Return what a PDF shows as text, twice: as its drawing commands have it, and as a reader puts it together."""
    import pypdf  # noqa: PLC0415  # only who attaches a PDF waits for it

    texts, unseen = [*_drawn(content)], set()
    try:
        reader = pypdf.PdfReader(io.BytesIO(content), strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            return Sight("\n".join(texts), ("locked",))
        texts += [*_said(reader)]
        for number, page in enumerate(reader.pages):
            if number >= _MOST_PAGES:
                unseen.add("rest")
                break
            texts.append(page.extract_text())
            texts += _notes(page)
            if _has_pictures(page):
                unseen.add("pictures")
        if reader.attachments:
            unseen.add("files")
    except Exception:  # noqa: BLE001  # whatever a hostile file makes of the reader, it was not read whole
        unseen.add("damaged")
    if not any(text.strip() for text in texts) and not unseen:
        unseen.add("content")
    return Sight("\n".join(texts), tuple(one for one in UNSEEN if one in unseen))


def _drawn(content: bytes) -> Iterator[str]:
    for found in _STREAM.finditer(content):
        body = _unpacked(found[1])
        for spoken in _SHOWN.finditer(found[1] if body is None else body):
            yield b"".join(_STRING.findall(spoken[1] or spoken[2])).decode("latin-1")


def _said(reader: PdfReader) -> Iterator[str]:
    """Yield a PDF's properties, its XMP, its form's fields."""
    yield from (str(value) for value in (reader.metadata or {}).values())
    xmp = reader.root_object.get("/Metadata")
    if xmp is not None:
        yield xmp.get_object().get_data().decode("utf-8", "replace")
    yield from (str(field.get("/V", "")) for field in (reader.get_fields() or {}).values())


def _notes(page: PageObject) -> Iterator[str]:
    for note in page.get("/Annots") or ():
        yield str(note.get_object().get("/Contents", ""))


def _has_pictures(page: PageObject) -> bool:
    """Tell whether a page draws a picture, itself or through a form it uses; inline pictures count."""
    contents = page.get_contents()
    inline = contents is not None and re.search(rb"\bBI\b.*?\bID\b", contents.get_data(), re.DOTALL)
    return bool(inline) or _draws(page.get("/Resources"), 0)


_DEEPEST = 8


def _draws(resources: Any, depth: int) -> bool:  # noqa: ANN401  # whatever stands in the file
    shapes = resources.get_object().get("/XObject") if resources is not None else None
    for shape in shapes.get_object().values() if shapes is not None else ():
        found = shape.get_object()
        if found.get("/Subtype") == "/Image" or depth > _DEEPEST or _draws(found.get("/Resources"), depth + 1):
            return True
    return False
