"""What the browser gets: types that fit, no HTML made of text, nothing from elsewhere."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "beancount_posguard" / "fava"
SCRIPT = FOLDER / "PosGuardClaims.js"
TEMPLATES = sorted((FOLDER / "templates").rglob("*.html"))


def test_the_types_of_the_script_fit() -> None:
    compiler = shutil.which("tsc")
    if compiler is None:
        pytest.skip("no TypeScript compiler (npm install --global typescript)")
    strict = "--noEmit --allowJs --checkJs --strict --noUncheckedIndexedAccess --target es2022 --module esnext"
    more = "--moduleResolution bundler --lib es2023,dom,dom.iterable"
    done = subprocess.run(
        [compiler, *strict.split(), *more.split(), "--types", "", str(SCRIPT)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_the_script_makes_no_html_of_text() -> None:
    text = SCRIPT.read_text("utf-8")
    for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "srcdoc"):
        assert way not in text


def test_no_template_switches_escaping_off() -> None:
    assert TEMPLATES
    for path in TEMPLATES:
        text = path.read_text("utf-8")
        assert "|safe" not in text.replace(" ", ""), path.name
        assert "autoescape" not in text, path.name
        assert not re.search(r"\son\w+=|javascript:", text), path.name


def test_nothing_comes_from_elsewhere() -> None:
    for path in [SCRIPT, FOLDER / "posguard.css", *TEMPLATES]:
        text = path.read_text("utf-8")
        assert not re.search(r"https?://|@import|url\(", text), path.name
        assert not re.search(r'(src|href)="//', text), path.name


def test_styles_touch_nothing_of_favas() -> None:
    text = re.sub(r"/\*.*?\*/", "", (FOLDER / "posguard.css").read_text("utf-8"), flags=re.DOTALL)
    selectors = [part.strip() for part in re.findall(r"([^{}]+)\{", text)]
    for selector in selectors:
        if not selector.startswith("@"):
            for one in re.split(r",(?![^(]*\))", selector):
                assert one.strip().startswith(".posguard"), one
