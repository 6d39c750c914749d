"""Downloads dropped on the page: shown before anything is written, then imported, and seen in the calendar."""

from __future__ import annotations

import base64
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.fava.browser.conftest import Meet

SHOP = Path(__file__).parents[3] / "example-ledger"
DOWNLOAD = "98765432-20261019-20261020.csv"

DROP = """([name, content]) => {
    const data = new DataTransfer();
    const bytes = Uint8Array.from(atob(content), one => one.charCodeAt(0));
    data.items.add(new File([bytes], name));
    document.querySelector(".posguard-dropzone").dispatchEvent(
        new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer: data }));
}"""


def test_a_download_is_dropped_shown_and_imported(
    serve_ledger: Callable[[Path], str], meet: Meet, tmp_path: Path
) -> None:
    shutil.copytree(SHOP, tmp_path / "shop", ignore=shutil.ignore_patterns("exports"))
    ledger = tmp_path / "shop" / "main.beancount"
    imports = tmp_path / "shop" / "pos-imports.beancount"
    before = imports.read_text()
    li = meet(serve_ledger(ledger))
    li.go("?view=statements")
    content = base64.b64encode((SHOP / "exports" / DOWNLOAD).read_bytes()).decode()
    li.page.evaluate(DROP, [DOWNLOAD, content])
    form = li.form_opened("import")
    assert "98765432" in form.preview()
    assert imports.read_text() == before
    form.submit()
    li.page.wait_for_selector(".posguard-days .came")
    assert li.page.locator(".posguard-days .came").count() == 2  # 19 and 20 October
    assert DOWNLOAD in li.page.inner_text("#posguard")
    assert imports.read_text().count(f'posguard-file: "{DOWNLOAD}"') == 2
    assert "adds up" in li.page.inner_text("#posguard")
