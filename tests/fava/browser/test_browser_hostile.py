"""What others may try: a page of another site, markup in every field of the ledger and of the forms."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.fava.browser.conftest import Meet, Serve

DAY = "2026-11-09"
#: Markup in every disguise that a till, a bank or a person could send.
MARKUP = "<img src=x onerror=window.hacked=1>'`{{7*7}}</script><script>window.hacked=1</script>"

#: A page on another origin that tries every way a browser has to send something.
ATTACK = """<!doctype html><title>attack</title><form id=f method=post enctype=text/plain><input name=x></form><script>
const said = %(said)s;
const body = JSON.stringify(said);
const json = { "Content-Type": "application/json" };
const tries = [
  fetch("%(act)s", { method: "PUT", headers: json, body }),
  fetch("%(act)s", { method: "PUT", mode: "no-cors", headers: json, body }),
  fetch("%(act)s", { method: "POST", mode: "no-cors", headers: { "Content-Type": "text/plain" }, body }),
  fetch("%(act)s", { method: "POST", headers: json, body }),
  fetch("%(act)s?body=" + encodeURIComponent(body), { mode: "no-cors" }),
].map((one) => one.catch(() => null));
Promise.all(tries).then(() => { document.title = "tried"; });
</script>"""


@pytest.fixture
def other_site() -> Iterator[tuple[str, list[str]]]:
    """Return the address of another site, and the page it serves."""
    page = [""]

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # the library's name
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(page[0].encode())

        def log_message(self, *_: object) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/", page
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_page_of_another_site_writes_nothing(serve: Serve, meet: Meet, other_site: tuple[str, list[str]]) -> None:
    server = serve()
    claim = server.desk.claim("A1")
    li = meet(server.home)
    li.open(claim.id)
    seen = li.page.get_attribute("form[data-seen]", "data-seen")
    said = {"action": "verify", "claim": claim.id, "seen": seen, "said": {"by": "evil", "on": DAY}}
    address, page = other_site
    page[0] = ATTACK % {"said": json.dumps(said), "act": f"{server.home}act"}
    before = (server.desk.path.parent / "pos-claims.beancount").read_bytes()
    evil = meet(address)
    evil.expected += ["CORS", "net::ERR_FAILED", "405", "404", "400", "415", "403", "favicon"]
    evil.page.goto(address)
    evil.page.wait_for_function("document.title === 'tried'")
    assert (server.desk.path.parent / "pos-claims.beancount").read_bytes() == before
    said["said"] = {"by": "li", "on": DAY}
    li.form("verify").fill(by="li", on=DAY).send()  # what a page of ours sends is taken
    assert server.desk.claim("A1").stage == "verified"


def _hostile(text: str) -> str:
    """Return ``text`` as a string of a ledger."""
    return text.replace("\\", "\\\\").replace('"', '\\"')


def test_markup_in_every_field_is_text(serve: Serve, meet: Meet) -> None:
    evil = _hostile(MARKUP)
    server = serve()
    folder = server.desk.path.parent
    imports = (folder / "pos-imports.beancount").read_text()
    slip = "".join(f'    {key}: "{evil}"\n' for key in ("cashier", "store", "order", "memo", "ticket", "reference"))
    imports = imports.replace('    trace: "000002"\n', f'    trace: "000002"\n{slip}')
    imports = imports.replace('"ChinaUMS" "Terminal', f'"{evil}" "{evil} Terminal', 1)
    imports = imports.replace('"Till"', f'"{evil}"', 1)
    (folder / "pos-imports.beancount").write_text(imports)
    claim = server.desk.claim("A1").id
    (folder / "pos-claims.beancount").write_text(
        f'2026-11-07 custom "posguard-claim" "{claim}" "note"\n  by: "{evil}"\n  note: "{evil}"\n'
        f'2026-11-07 custom "posguard" "shop-name" "{evil}"\n'
        f'2026-11-07 custom "posguard-claim" "{evil}" "{evil}"\n  by: "{evil}"\n'
        f'2026-11-07 custom "posguard-{evil[:4].strip("<")}" "{evil}"\n'
    )
    li = meet(server.home)
    for query in (
        "",
        "?all=1",
        "?view=statements",
        "?view=prevention",
        f"?claim={claim}",
        "?claim=%3Cimg%20src%3Dx%3E",
    ):
        li.go(query)
        assert li.page.evaluate("window.hacked") is None
        assert li.page.locator("#posguard img").count() == 0
    li.open(claim)
    assert "<img src=x onerror" in li.page.inner_text(".posguard-history")
    assert "49" not in li.page.inner_text(".posguard-history")  # no template was run
    form = li.form("note").fill(by=MARKUP[:70], note=MARKUP, on=DAY)
    form.preview()
    form.send()
    assert li.page.evaluate("window.hacked") is None
    assert "<img" not in (folder / "pos-claims.beancount").read_text().rpartition('"note"')[2]
    li.page.click("details.posguard-reasons summary")
    li.page.wait_for_selector("details.posguard-reasons dt")
    for name in ("packet", "legal-file"):
        li.expected += ["409", "favicon"]  # the first is refused: nothing is prepared
        li.page.goto(f"{server.home}paper?name={name}&id={claim}")
        assert li.page.evaluate("window.hacked") is None
        assert li.page.locator("img").count() == 0
