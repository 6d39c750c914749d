"""What setup.cfg cannot say: the catalogues of translations are compiled when the package is built or installed."""

from __future__ import annotations

from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from setuptools import setup
from setuptools.command.build_py import build_py


class BuildPy(build_py):
    """Compile each ``.po`` beside itself, where package_data finds it."""

    def run(self) -> None:
        """Compile, then build."""
        for path in Path("beancount_posguard/locale").glob("*/LC_MESSAGES/*.po"):
            with path.open("rb") as source, path.with_suffix(".mo").open("wb") as target:
                write_mo(target, read_po(source))
        super().run()


setup(cmdclass={"build_py": BuildPy})
