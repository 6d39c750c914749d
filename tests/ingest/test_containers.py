"""Archives are read where they lie: nothing is unpacked to disk, and nothing may swell."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import pytest

from beancount_posguard.ingest import limits
from beancount_posguard.ingest.profile import Profile
from beancount_posguard.ingest.read import identify

CATALOGUE = Path(__file__).resolve().parents[2] / "importers"
BILL = CATALOGUE / "alipay_trade" / "alipay-20261103.csv"


def zipped(*members: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return out.getvalue()


def put(tmp_path: Path, name: str, content: bytes) -> Path:
    path = tmp_path / name
    path.write_bytes(content)
    return path


def gbk_named(content: bytes, name: str) -> bytes:
    """Return ``content`` as a zip whose member's name is GBK without a mark, as Chinese programs write it."""
    stand_in = "".join(chr(ord("a") + index % 26) for index in range(len(name.encode("gbk"))))
    return zipped((stand_in, content)).replace(stand_in.encode(), name.encode("gbk"))


def test_a_zip_is_read_by_the_member_that_is_known(tmp_path: Path, profiles: list[Profile]) -> None:
    path = put(tmp_path, "bill.zip", zipped(("说明.txt", b"hello"), ("a/bill.csv", BILL.read_bytes())))
    reading = identify(path, profiles)
    assert (reading.file, reading.member, reading.summary()["gross"]) == ("bill.zip", "bill.csv", "58.00")


def test_a_member_with_a_gbk_name(tmp_path: Path, profiles: list[Profile]) -> None:
    reading = identify(put(tmp_path, "bill.zip", gbk_named(BILL.read_bytes(), "业务明细.csv")), profiles)
    assert reading.member == "业务明细.csv"


def test_a_gz_is_read(tmp_path: Path, profiles: list[Profile]) -> None:
    reading = identify(put(tmp_path, "bill.csv.gz", gzip.compress(BILL.read_bytes())), profiles)
    assert (reading.member, reading.rows) == ("bill.csv", 3)


def test_an_archive_is_its_own_file(tmp_path: Path, profiles: list[Profile]) -> None:
    """Its digest is the archive's: the same bill from elsewhere is another file with the same rows."""
    archived = identify(put(tmp_path, "bill.csv.gz", gzip.compress(BILL.read_bytes())), profiles)
    assert archived.sha256 != identify(BILL, profiles).sha256


def test_two_exports_in_one_archive_are_refused(tmp_path: Path, profiles: list[Profile]) -> None:
    path = put(tmp_path, "bills.zip", zipped(("a.csv", BILL.read_bytes()), ("b.csv", BILL.read_bytes())))
    assert "an archive with 2 exports (a.csv, b.csv)" in str(identify(path, profiles).refused)


@pytest.mark.parametrize("name", ["bomb.csv.gz", "bomb.zip"])
def test_bombs(tmp_path: Path, profiles: list[Profile], name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "LARGEST", 100_000)
    content = bytes(1_000_000)
    packed = gzip.compress(content) if name.endswith("gz") else zipped(("bomb.csv", content))
    assert len(packed) < 100_000
    refused = identify(put(tmp_path, name, packed), profiles).refused
    assert refused
    assert "once unpacked; expected at most 1000 members, 100,000 bytes" in refused


def test_a_size_that_lies(tmp_path: Path, profiles: list[Profile]) -> None:
    honest = zipped(("bill.csv", BILL.read_bytes()))
    size = len(BILL.read_bytes()).to_bytes(4, "little")
    lying = honest.replace(size, (10).to_bytes(4, "little"))
    assert lying != honest
    assert "an archive that does not open" in str(identify(put(tmp_path, "bill.zip", lying), profiles).refused)


@pytest.mark.parametrize(
    "content",
    [
        gzip.compress(BILL.read_bytes())[:-20],
        zipped(("bill.csv", BILL.read_bytes()))[:-30],
        b"\x1f\x8bno gzip",
        b"PK\x03\x04no zip",
    ],
)
def test_damaged_archives(tmp_path: Path, profiles: list[Profile], content: bytes) -> None:
    assert "an archive that does not open" in str(identify(put(tmp_path, "bill", content), profiles).refused)


@pytest.mark.parametrize("content", [b"", b"\r\n\r\n"])
def test_an_empty_file_says_so(tmp_path: Path, profiles: list[Profile], content: bytes) -> None:
    refused = str(identify(put(tmp_path, "bill.csv", content), profiles).refused)
    assert refused.startswith("bill.csv: found an empty file; expected an export of an institution in the catalogue. ")


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_unicode_text_of_a_spreadsheet_says_what_to_save(
    tmp_path: Path, profiles: list[Profile], encoding: str
) -> None:
    """Excel's Unicode text is known by no profile, though the same table as CSV may be."""
    content = ("\ufeff" + BILL.read_text("gb18030")).encode(encoding)
    assert identify(put(tmp_path, "bill.txt", content), profiles).refused == (
        "bill.txt: found text in UTF-16; expected text in UTF-8 or GB18030. Save it as CSV UTF-8 and import that."
    )


def test_an_archive_with_a_password_says_so(tmp_path: Path, profiles: list[Profile]) -> None:
    """Alipay sends such zips: the file is neither cut short nor damaged, and a new download would be locked again."""
    plain = zipped(("bill.csv", BILL.read_bytes()))
    # The first flag of a member says that it is encrypted, in its own header and in the list at the end.
    locked = bytearray(plain)
    locked[6] |= 1
    locked[plain.index(b"PK\x01\x02") + 8] |= 1
    refused = identify(put(tmp_path, "bill.zip", bytes(locked)), profiles).refused
    assert refused == (
        "bill.zip: found an archive that is locked with a password; expected one that is not. "
        "Unpack it with its password and import the file."
    )


def test_an_archive_in_an_archive_is_left(tmp_path: Path, profiles: list[Profile]) -> None:
    inner = zipped(("bill.csv", BILL.read_bytes()))
    refused = identify(put(tmp_path, "outer.zip", zipped(("inner.zip", inner))), profiles).refused
    assert "a file that no profile knows" in str(refused)


ZM = CATALOGUE / "unionpay_zm" / "INN26110488ZM_898310012345678"
#: The printed summary beside it: 128 + 450 in, 36 out, 0.64 + 2.25 charged and 0.22 returned.
RD = "总计         {count}       36.00     578.00      2.89      0.22      35.78     575.11"


@pytest.mark.parametrize(("count", "fails"), [(3, False), (4, True)])
def test_the_printed_summary_in_the_archive_is_a_control(
    tmp_path: Path, profiles: list[Profile], count: int, fails: bool
) -> None:
    summary = RD.format(count=count).encode("gb18030")
    path = put(tmp_path, "a.zip", zipped((ZM.name, ZM.read_bytes()), ("RD2010261104", summary), ("ZME", b"")))
    reading = identify(path, profiles)
    assert reading.control.startswith("fails: a stated count of 4 rows" if fails else "ok (net = gross - fee, stated")
    assert "members of the archive that were not read: ZME" in reading.warnings


@pytest.mark.parametrize(("day", "counts"), [("261104", True), ("261105", False)])
def test_the_printed_summary_in_the_folder_is_a_control(
    tmp_path: Path,
    profiles: list[Profile],
    day: str,
    counts: bool,
) -> None:
    """The one of the same day and merchant counts, another day's does not."""
    path = put(tmp_path, ZM.name, ZM.read_bytes())
    put(tmp_path, f"RD2010{day}01_898310012345678", RD.format(count=4).encode("gb18030"))
    assert identify(path, profiles).control.startswith("fails: a stated count of 4 rows") is counts
