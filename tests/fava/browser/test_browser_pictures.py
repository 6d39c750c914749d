"""The example shop in every view, as a newcomer meets it. The pictures in the documentation are made here.

``POSGUARD_PICTURES=1 pytest tests/fava/browser/test_browser_pictures.py`` writes them to ``docs/screenshots/``.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from beancount_posguard.ledger.books import open_books

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.fava.browser.conftest import Meet, Person

SHOP = Path(__file__).parents[3] / "example-ledger"
PICTURES = Path(__file__).parents[3] / "docs" / "screenshots"
#: The largest picture that may stand in the documentation, in bytes.
LARGEST = 90_000
#: So many colours are enough for text and charts, and make a picture a third as large.
COLOURS = 64
DAY = "2026-10-21"


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the example shop on a working day: everything imported, two claims in hand."""
    folder = tmp_path_factory.mktemp("pictures") / "shop"
    shutil.copytree(SHOP, folder, ignore=shutil.ignore_patterns("exports"))
    main = folder / "main.beancount"
    _run(main, "import", str(SHOP / "exports"))
    ids = {claim.kind: claim.id for claim in open_books(main).claims}
    _run(main, "verify", ids["A4"], "--cause", "ACQ_POST", "--date", DAY, "--note", "the portal agrees")
    _run(main, "verify", ids["X1"], "--cause", "ACQ_POST", "--date", DAY)
    waive = ("--waive", "slip batch-slip", "--note", "the roll was used up")
    _run(main, "prepare", ids["X1"], "--route", "application", *waive, "--date", DAY)
    return main


def _run(ledger: Path, *words: str) -> None:
    posguard = [sys.executable, "-m", "beancount_posguard", "--ledger", str(ledger)]
    environment = os.environ | {"POSGUARD_BY": "li", "PYTHONUTF8": "1"}
    done = subprocess.run([*posguard, *words], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode in {0, 1}, done.stderr


def _picture(person: Person, name: str, folder: Path) -> None:
    wanted = bool(os.environ.get("POSGUARD_PICTURES"))
    path = (PICTURES if wanted else folder) / f"{name}.png"
    path.parent.mkdir(exist_ok=True)
    person.page.wait_for_timeout(400)
    person.page.screenshot(path=path, animations="disabled")
    with Image.open(path) as picture:
        picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
    assert 5_000 < path.stat().st_size < LARGEST


@pytest.mark.parametrize(
    ("name", "query", "options"),
    [
        ("claims", "", {}),
        ("claim", "?claim={MIX}", {}),
        ("statements", "?view=statements", {}),
        ("prevention", "?view=prevention", {}),
        ("claims-zh", "", {"locale": "zh-CN"}),
        ("claim-zh", "?claim={MIX}", {"locale": "zh-CN"}),
        ("statements-zh", "?view=statements", {"locale": "zh-CN"}),
        ("prevention-zh", "?view=prevention", {"locale": "zh-CN"}),
        ("claim-dark", "?claim={X1}", {"color_scheme": "dark"}),
        ("claims-phone-zh", "", {"locale": "zh-CN", "viewport": {"width": 390, "height": 844}, "is_mobile": True}),
        (
            "claim-phone-zh",
            "?claim={X1}",
            {"locale": "zh-CN", "viewport": {"width": 390, "height": 844}, "is_mobile": True},
        ),
    ],
)
def test_the_example_shop_in_every_view(
    ledger: Path,
    serve_ledger: Callable[[Path], str],
    meet: Meet,
    tmp_path: Path,
    name: str,
    query: str,
    options: dict[str, object],
) -> None:
    ids = {claim.kind: claim.id for claim in open_books(ledger).claims}
    li = meet(serve_ledger(ledger), **{"viewport": {"width": 1180, "height": 800}, **options})
    li.go(query.format(**ids))
    assert "could not be made" not in li.page.inner_text("#posguard")
    _picture(li, name, tmp_path)


@pytest.mark.parametrize(("name", "locale"), [("form", "en-US"), ("form-zh", "zh-CN")])
def test_a_form_with_its_preview(
    ledger: Path, serve_ledger: Callable[[Path], str], meet: Meet, tmp_path: Path, name: str, locale: str
) -> None:
    a4 = next(claim.id for claim in open_books(ledger).claims if claim.kind == "A4")
    li = meet(serve_ledger(ledger), viewport={"width": 1180, "height": 860}, locale=locale)
    li.open(a4)
    form = li.form("top-up").fill(via="payout", by="li", on=DAY)
    assert "Assets:POS:ChinaUMS:Payout" in form.preview()
    li.page.locator('form[data-action="top-up"]').scroll_into_view_if_needed()
    _picture(li, name, tmp_path)


@pytest.fixture(scope="module")
def prepared(ledger: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the same shop a step further: the application on the A4 is written."""
    folder = tmp_path_factory.mktemp("printed") / "shop"
    shutil.copytree(ledger.parent, folder, ignore=shutil.ignore_patterns("*.picklecache"))
    main = folder / ledger.name
    a4 = next(claim.id for claim in open_books(main).claims if claim.kind == "A4")
    slip = folder / "slip.jpg"
    slip.write_bytes(b"\xff\xd8\xff\xe0 a slip of 860.00")
    _run(main, "attach", a4, str(slip), "--as", "slip", "--checked", "--date", DAY)
    _run(main, "prepare", a4, "--route", "application", "--date", DAY)
    return main


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("packet", "packet A7FEH --lang {language} --output {to}"),
        ("report-causes", "report causes --format html --out {to}"),
    ],
)
def test_what_is_printed(prepared: Path, meet: Meet, tmp_path: Path, name: str, command: str, language: str) -> None:
    printed = tmp_path / f"{name}.html"
    _run(prepared, "--lang", language, *command.format(to=printed, language=language).split())
    li = meet(printed.as_uri(), viewport={"width": 900, "height": 1000})
    li.page.goto(li.home)
    _picture(li, name if language == "en" else f"{name}-{language}", tmp_path)
