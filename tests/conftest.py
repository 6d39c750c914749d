"""All tests read English unless they say otherwise, and the catalogues they read are those of the source."""

from __future__ import annotations

import os

from bench.words import compile_all

for _name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
    os.environ.pop(_name, None)
os.environ["LANG"] = "C.UTF-8"
compile_all()
