"""``python -m beancount_posguard`` is ``posguard``."""

from __future__ import annotations

from beancount_posguard.cli.main import main

if __name__ == "__main__":
    main(prog_name="posguard")
