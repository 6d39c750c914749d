"""A real Chromium on a real server: the small shop, opened in Fava, and clicked through."""

from __future__ import annotations

import logging
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from fava.application import create_app
from werkzeug.serving import make_server

if TYPE_CHECKING:
    from flask import Flask
    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

    from tests.fava.conftest import Desk, Open

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--force-color-profile=srgb",
    "--font-render-hinting=none",
]


@pytest.fixture(scope="session")
def chromium(require_in_ci: Callable[[bool, str], None]) -> Iterator[Browser]:
    """Return the system's Chromium, started once for all tests."""
    program = shutil.which("chromium")
    require_in_ci(program is not None, "no program called chromium")
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  # only where there is a browser

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield browser
        browser.close()


@dataclass
class Person:
    """One person at one browser. Whatever the console complains about fails the test, unless it was expected."""

    page: Page
    context: BrowserContext
    home: str
    complaints: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    def go(self, query: str = "") -> None:
        """Open our page anew and wait until it lives."""
        self.page.goto(self.home + query)
        self.page.wait_for_selector("#posguard[data-live]", state="attached")

    def open(self, claim: str) -> None:
        """Open a claim by its address."""
        self.go(f"?claim={claim}")
        self.page.wait_for_selector("dialog#posguard-claim[open]")

    def form(self, action: str) -> Form:
        """Open the form of an action by its button."""
        self.page.click(f'#posguard-claim button[data-opens="{action}"]')
        return Form(self.page, f'form[data-action="{action}"]')

    def form_opened(self, action: str) -> Form:
        """Return the form of an action that opened by itself."""
        self.page.wait_for_selector(f'form[data-action="{action}"]:not([hidden])')
        return Form(self.page, f'form[data-action="{action}"]')

    def flash(self) -> str:
        """Return what the window says was done."""
        return self.page.inner_text(".posguard-flash")

    def complain(self, message: ConsoleMessage) -> None:
        """Keep an error of the console."""
        if message.type == "error":
            self.complaints.append(f"{message.text} ({message.location.get('url', '')})")

    def unexpected(self) -> list[str]:
        """Return what the console said that no test expected."""
        return [one for one in self.complaints if not any(word in one for word in self.expected)]


class Form:
    """One form of the page."""

    def __init__(self, page: Page, selector: str) -> None:
        self._page = page
        self._selector = selector

    def fill(self, **words: str) -> Form:
        """Type into the fields, or choose."""
        for name, value in words.items():
            selector = f'{self._selector} [name="{name.replace("_", "-")}"]'
            if self._page.eval_on_selector(selector, "one => one.tagName") == "SELECT":
                self._page.select_option(selector, value)
            else:
                self._page.fill(selector, value)
        return self

    def preview(self) -> str:
        """Return what the form shows that it would write."""
        part = f'{self._selector}:not([aria-busy="true"]) [data-part="entries"]:not([hidden])'
        return self._page.inner_text(f"{part} pre")

    def send(self) -> None:
        """Write it, and wait until the page is drawn anew and shows it."""
        self._page.evaluate("document.querySelector('#posguard').dataset.old = 'old'")
        self.submit()
        self._page.wait_for_selector("#posguard:not([data-old]) .posguard-flash .posguard-alert.good")

    def submit(self) -> None:
        """Press the button."""
        self._page.click(f"{self._selector} button[type=submit]")

    def message(self) -> str:
        """Return what the form says is wrong."""
        part = f'{self._selector}:not([aria-busy="true"]) [data-part="message"]:not([hidden])'
        return self._page.inner_text(part)


Meet = Callable[..., Person]


@pytest.fixture
def meet(chromium: Browser, listening: object, fava: object) -> Iterator[Meet]:  # noqa: ARG001  # for their order
    """Return what sits a person down at a browser of their own, at a page's address.

    It asks for the servers so that people leave before a server stops: Fava's page keeps asking what has changed.
    """
    people: list[Person] = []

    def meet_(home: str, **options: Any) -> Person:  # noqa: ANN401  # Playwright's own
        context = chromium.new_context(**{"locale": "en-US", "viewport": {"width": 1280, "height": 860}, **options})
        context.set_default_timeout(30_000)  # a busy machine is no fault
        page = context.new_page()
        person = Person(page, context, home)
        page.on("console", person.complain)
        page.on("pageerror", lambda error: person.complaints.append(str(error)))
        page.on("dialog", lambda dialog: person.complaints.append(f"a dialog: {dialog.message}"))
        people.append(person)
        return person

    yield meet_
    for person in people:
        person.context.close()
    assert not [one for person in people for one in person.unexpected()]


@dataclass
class Server:
    """A running Fava: the address of our page, and the desk to look at what was written."""

    home: str
    desk: Desk


Serve = Callable[..., Server]


@pytest.fixture
def listening() -> Iterator[Callable[[Flask], str]]:
    """Return what serves an app on a port of its own and gives its address."""
    running: list[tuple[Any, threading.Thread]] = []
    logging.getLogger("werkzeug").setLevel(logging.ERROR)

    def listen(app: Flask) -> str:
        server = make_server("127.0.0.1", 0, app, threaded=True)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        running.append((server, thread))
        return f"http://127.0.0.1:{server.server_port}"

    yield listen
    for server, thread in running:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def serve(opened: Open, listening: Callable[[Flask], str]) -> Serve:
    """Return what opens the small shop in Fava and serves it."""

    def serve_(*words: str, **options: bool) -> Server:
        desk = opened(*words, **options)
        return Server(f"{listening(desk.app)}{desk.home}", desk)

    return serve_


@pytest.fixture
def serve_ledger(listening: Callable[[Flask], str]) -> Callable[[Path], str]:
    """Return what opens any ledger in Fava and gives the address of our page."""

    def serve_(ledger: Path) -> str:
        app = create_app([str(ledger)], load=True, poll_watcher=True)
        ((slug, _),) = app.config["LEDGERS"].items()
        return f"{listening(app)}/{slug}/extension/PosGuardClaims/"

    return serve_


@pytest.fixture
def fava() -> Iterator[Callable[..., str]]:
    """Return what starts Fava's own program on a ledger and gives its address."""
    started: list[subprocess.Popen[bytes]] = []

    def start(ledger: Path, *words: str) -> str:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        command = [sys.executable, "-m", "fava.cli", str(ledger), "-p", str(port), *words]
        silent = subprocess.DEVNULL
        started.append(subprocess.Popen(command, stdout=silent, stderr=silent, env=os.environ | {"LANG": "C.UTF-8"}))
        address = f"http://127.0.0.1:{port}"
        for _ in range(600):
            try:
                with urllib.request.urlopen(f"{address}{words[words.index('--prefix') + 1] if words else ''}/"):  # noqa: S310
                    return address
            except OSError:
                time.sleep(0.1)
        pytest.fail("Fava did not start within a minute")

    yield start
    for process in started:
        process.terminate()
        process.wait()
