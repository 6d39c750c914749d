"""CAMT, MT940, OFX and BAI2: the quirks of their dialects, and how they are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from beancount_posguard.ingest import bai2, camt, mt940, ofx
from beancount_posguard.ingest.errors import IngestError
from beancount_posguard.ingest.spoken import Spoken

CATALOGUE = Path(__file__).resolve().parents[2] / "importers"
HEAD = ":20:X\n:25:1\n:60F:C261104EUR100,00\n"


def swift(*lines: str, head: str = HEAD) -> Spoken:
    return mt940.read("a.sta", (head + "\n".join(lines) + "\n").encode())


@pytest.mark.parametrize(
    ("line", "amount"),
    [
        ("2611051105C5,00NTRF", "5.00"),
        ("2611051105D5,00NTRF", "-5.00"),
        ("2611051105RC5,00NTRF", "-5.00"),
        ("2611051105RD5,00NTRF", "5.00"),
        ("2611051105CR5,NTRF", "5"),
        ("261105C500NTRF", "500"),
        ("2611051105DN000000000400,00NTRF", "-400.00"),
        ("261105    C5,00NTRF", "5.00"),
    ],
)
def test_entries(line: str, amount: str) -> None:
    (row,) = swift(f":61:{line}//REF1").rows
    assert (row[0], row[1], row[2], row[5]) == ("2026-11-05", amount, "EUR", "REF1")


@pytest.mark.parametrize(("day", "booked"), [("260230", "2026-02-28"), ("280230", "2028-02-29")])
def test_the_30th_of_february_is_its_last_day(day: str, booked: str) -> None:
    assert swift(f":61:{day}C5,00NTRF").rows[0][0] == booked


def test_the_text_behind_the_closing_balance_is_no_entrys() -> None:
    spoken = swift(":61:261105C5,00NTRF", ":86:?20one?32Payer", ":62F:C261105EUR105,00", ":86:closing words")
    assert (spoken.rows[0][3], spoken.rows[0][4]) == ("Payer", "one Payer")
    assert spoken.passed == ["opening + entries = closing"]


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ((":61:261105X5,00NTRF",), "row 4: found '261105X5,00NTRF' as an entry"),
        ((":61:261305C5,00NTRF",), "row 4: found '261305' as a day"),
        ((":62F:EUR5",), "row 4: found 'EUR5' as a balance"),
        ((":62F:C261105EUR100,00", "-", ":61:261105C5,00NTRF"), "row 6: found an entry behind a statement's end"),
    ],
)
def test_statements_that_cannot_be_read(lines: tuple[str, ...], said: str) -> None:
    with pytest.raises(IngestError, match=said):
        swift(*lines)


def test_a_wrong_closing_balance_is_told() -> None:
    failed = swift(":61:261105C5,00NTRF", ":62F:C261105EUR106,00").failed
    assert failed == ["a closing balance of 106.00 != 100.00 and entries of 5.00, 105.00 in all"]


def test_a_statement_that_was_cut_short_is_told() -> None:
    """Of 40,00 a 4 may be left: without the closing balance nobody could tell."""
    failed = swift(":61:2611051105C5,00NTRF", ":61:2611051105C4").failed
    assert failed == ["a statement without its closing balance != one at its end (:62F:)"]


CAMT = (CATALOGUE / "camt053" / "statement.xml").read_bytes()


def test_a_reversal_goes_the_way_of_its_indicator() -> None:
    rows = camt.read("a.xml", CAMT).rows
    assert [row[1] for row in rows] == ["90.00", "-40.00"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (b"<Document", b'<!DOCTYPE x [<!ENTITY a "b">]><Document', "XML with a document type"),
        (b"</Document>", b"", "XML that does not read"),
        (b"Stmt>", b"Other>", "a message without a statement"),
        (b"<CdtDbtInd>DBIT</CdtDbtInd>", b"", "an entry or balance without amount and direction"),
        (b'<Amt Ccy="EUR">40.00', b'<Amt Ccy="EUR">4E9', "found '4E9'; expected an amount"),
    ],
)
def test_messages_that_cannot_be_read(old: bytes, new: bytes, said: str) -> None:
    assert old in CAMT
    with pytest.raises(IngestError, match=said):
        camt.read("a.xml", CAMT.replace(old, new))


OFX = (CATALOGUE / "ofx" / "statement.ofx").read_bytes()


def test_ofx_reads_both_decimal_signs_and_entities() -> None:
    rows = ofx.read("a.ofx", OFX).rows
    assert [(row[0], row[1], row[3]) for row in rows] == [
        ("2026-11-05", "1059.29", "SQ *SQUARE INC"),
        ("2026-11-06", "-1000.00", "Rent & water"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (b"<SEVERITY>INFO</STATUS><STMTRS>", b"<SEVERITY>ERROR<MESSAGE>no</STATUS><STMTRS>", "answered with: 'no'"),
        (b"STMTRS", b"OTHER", "a file without a statement"),
        (b"<DTPOSTED>20261106", b"<DTPOSTED>", "row 2: found '' as DTPOSTED"),
        (b"-1000,00", b"1e9", "row 2: found '1e9'; expected an amount"),
        (OFX[OFX.index(b"<NAME>Rent") :], b"", "found no </OFX>; expected a file that ends with it"),
    ],
)
def test_ofx_that_cannot_be_read(old: bytes, new: bytes, said: str) -> None:
    assert old in OFX
    with pytest.raises(IngestError, match=said):
        ofx.read("a.ofx", OFX.replace(old, new))


BAI = (CATALOGUE / "bai2" / "report.bai2").read_bytes()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (b"99,305929,1,8/", b"", "no file trailer 99"),
        (b"16,475", b"16,7", "row 6: found '7' as a type"),
        (b"16,475,100000", b"16,475,1000.00", "row 6: found '1000.00'; expected an amount in cents"),
        (b",261105,", b",2611,", "row 2: found '2611' as the day"),
        (b"49,305929,4/", b"50,1/", "row 7: found a record '50'"),
    ],
)
def test_bai2_that_cannot_be_read(old: bytes, new: bytes, said: str) -> None:
    assert old in BAI
    with pytest.raises(IngestError, match=said):
        bai2.read("a.bai2", BAI.replace(old, new))


def test_a_wrong_control_total_is_told() -> None:
    failed = bai2.read("a.bai2", BAI.replace(b"49,305929", b"49,305930")).failed
    assert failed == ["an account control total of 3059.30 != 3059.29"]
