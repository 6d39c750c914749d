"""PayPal's activity download in other languages: its headers are known, its words and its decimal comma are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from beancount_posguard.ingest.institutions import load_profiles
from beancount_posguard.ingest.read import identify

GERMAN = (
    '"Datum","Uhrzeit","Zeitzone","Name","Typ","Status","Währung","Brutto","Gebühr","Netto","Transaktionscode"',
    '"03.11.2026","14:03:22","CET","","Zahlung","Abgeschlossen","EUR","1.128,00","-32,71","1.095,29","TX1"',
    '"04.11.2026","15:10:02","CET","","Erstattung","Abgeschlossen","EUR","-36,00","1,04","-34,96","TX2"',
)
SPANISH = (
    '"Fecha","Hora","Zona horaria","Nombre","Tipo","Estado","Divisa","Bruto","Comisión","Neto","Id. de transacción"',
    '"03/11/2026","14:03:22","CET","","Pago","Completado","EUR","1.128,00","-32,71","1.095,29","TX1"',
)
OWN = """
name     = "paypal_german"
title    = "PayPal, activity download in German"
extends  = "paypal_activity"
priority = 1

[detect]
text = "Transaktionscode"

[amount]
decimal = ","

[cells]
dates = ["%d.%m.%Y"]

[kinds]
"Zahlung"    = "sale"
"Erstattung" = "refund"
"""


def put(folder: Path, *lines: str) -> Path:
    path = folder / "Download.CSV"
    path.write_text("\n".join(lines) + "\n", "utf-8-sig")
    return path


@pytest.mark.parametrize(("lines", "found"), [(GERMAN, "'Zahlung' under Typ"), (SPANISH, "'Pago' under Tipo")])
def test_an_unknown_language_is_refused_with_its_word(tmp_path: Path, lines: tuple[str, ...], found: str) -> None:
    told = identify(put(tmp_path, *lines), load_profiles()).summary()
    assert told["profile"] == "paypal_activity"
    assert told["refused"].startswith(f"Download.CSV, row 2: found {found}; expected one of websitepayment, ")
    assert "add it to posguard_importers/paypal_activity/profile.toml" in told["refused"]


def test_a_decimal_comma_is_never_taken_for_thousands(tmp_path: Path) -> None:
    line = GERMAN[1].replace('"Zahlung"', '"Website Payment"').replace('"1.128,00"', '"12,50"')
    told = identify(put(tmp_path, GERMAN[0], line), load_profiles()).summary()
    assert told["refused"].startswith("Download.CSV, row 2: found '12,50' under Brutto")


def test_a_profile_of_ones_own_adds_the_language(tmp_path: Path) -> None:
    folder = tmp_path / "importers" / "paypal_german"
    folder.mkdir(parents=True)
    (folder / "profile.toml").write_text(OWN, "utf-8")
    told = identify(put(tmp_path, *GERMAN), load_profiles(tmp_path)).summary()
    assert (told["refused"], told["profile"]) == (None, "paypal_german")
    # 1,128.00 - 36.00 and 32.71 - 1.04
    assert (told["by_kind"], told["gross"], told["fee"]) == ({"refund": 1, "sale": 1}, "1092.00", "31.67")
