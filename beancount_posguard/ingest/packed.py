"""Archives: what they hold, never unpacked to disk, and what their libraries say of a damaged one."""

from __future__ import annotations

import gzip
import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Callable
from typing import IO, Any

from beancount_posguard.ingest import limits
from beancount_posguard.ingest.errors import IngestError
from beancount_posguard.words import N_, _

Opened = Callable[[], IO[bytes]]
#: A member of an archive: its name, and its bytes or what opens them.
Member = tuple[str, bytes | Opened]


WHOLE = N_("Download the file again: it may have been cut short or damaged.")

#: What the libraries say of an archive that is damaged, locked, or packed in a way they do not know.
BROKEN = (
    zipfile.BadZipFile, OSError, EOFError, zlib.error, lzma.LZMAError, struct.error, ValueError, RuntimeError,
)  # fmt: skip

#: What a zip notes of a member that needs a password.
_LOCKED = 0x1


def members(name: str, opened: Opened, start: bytes) -> list[Member]:
    """Return the files in the archive ``name`` that begins with ``start``.

    Raises:
        IngestError: for an archive that is damaged, locked or swells beyond the :mod:`limits`.
    """
    try:
        return _gunzipped(name, opened) if start.startswith(b"\x1f\x8b") else _unzipped(name, opened)
    except IngestError:
        raise
    except BROKEN as error:
        raise IngestError(
            name,
            None,
            _("an archive that does not open ({error})").format(error=error),
            _("a zip or gz"),
            WHOLE,
        ) from error


def _gunzipped(name: str, opened: Opened) -> list[Member]:
    def unpacked() -> IO[bytes]:
        outer = opened()
        return io.BufferedReader(_Inside(gzip.GzipFile(fileobj=outer), outer))  # type: ignore[arg-type]  # a stream

    return [_member(name, name.removesuffix(".gz"), unpacked, limits.LARGEST)]


def _unzipped(name: str, opened: Opened) -> list[Member]:
    with opened() as stream, zipfile.ZipFile(stream) as archive:
        inside = [one for one in archive.infolist() if not one.filename.endswith("/")]
    if any(one.flag_bits & _LOCKED for one in inside):
        raise IngestError(
            name,
            None,
            _("an archive that is locked with a password"),
            _("one that is not"),
            _("Unpack it with its password and import the file."),
        )
    if sum(one.file_size for one in inside) > limits.LARGEST or len(inside) > limits.MEMBERS:
        raise _bomb(
            name, _("{n} members, {size:,} bytes").format(n=len(inside), size=sum(one.file_size for one in inside))
        )

    def opener(member: zipfile.ZipInfo) -> Callable[[], IO[bytes]]:
        def unpacked() -> IO[bytes]:
            outer = opened()
            return io.BufferedReader(_Inside(zipfile.ZipFile(outer).open(member), outer))

        return unpacked

    return [_member(name, _member_name(one), opener(one), one.file_size) for one in inside]


def _member(outer: str, name: str, unpacked: Callable[[], IO[bytes]], largest: int) -> Member:
    """Return one member, looked through once: what is damaged or swells is known before anything is read of it."""
    with unpacked() as stream:
        content = stream.read(min(limits.AT_ONCE, largest) + 1)
        if len(content) <= min(limits.AT_ONCE, largest):
            return name, content
        size = len(content)
        while size <= largest and (piece := stream.read(limits.PIECE)):
            size += len(piece)
    if size > largest:
        raise _bomb(outer, _("more than that"))
    return name, unpacked


def _bomb(name: str, found: str) -> IngestError:
    return IngestError(
        name,
        None,
        _("{found} once unpacked").format(found=found),
        _("at most {members} members, {largest:,} bytes").format(members=limits.MEMBERS, largest=limits.LARGEST),
    )


class _Inside(io.RawIOBase):
    """What is read out of an archive; closing it closes the archive as well."""

    def __init__(self, inner: IO[bytes], outer: IO[bytes]) -> None:
        super().__init__()
        self._inner, self._outer = inner, outer

    def readable(self) -> bool:
        """Tell that this can be read."""
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401  # any writable buffer
        """Fill ``buffer`` and return how far."""
        piece = self._inner.read(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)

    def close(self) -> None:
        """Close the member and the archive."""
        self._inner.close()
        self._outer.close()
        super().close()


def _member_name(member: zipfile.ZipInfo) -> str:
    """Return a member's bare name; what is not marked as UTF-8 is a Chinese Windows' GBK as often as not."""
    name = member.filename
    if not member.flag_bits & 0x800:
        try:
            name = name.encode("cp437").decode("gb18030")
        except UnicodeError:
            name = member.filename
    return name.replace("\\", "/").rsplit("/", 1)[-1]
