"""What is built carries what the program needs, and installs where no checkout is."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROFILES = sorted(path.parent.name for path in (ROOT / "importers").glob("*/profile.toml"))


def _build(kind: str, folder: Path) -> Path:
    """Build from a copy: what an earlier build left behind in the checkout must not get in."""
    ignored = shutil.ignore_patterns(".*", "build", "dist", "*.egg-info", "__pycache__", "*.mo")
    source = folder.with_name(folder.name + "-source")
    shutil.copytree(ROOT, source, ignore=ignored)
    command = [sys.executable, "-m", "build", f"--{kind}", "--no-isolation", "--outdir", str(folder), str(source)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return next(folder.iterdir())


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _build("wheel", tmp_path_factory.mktemp("wheel"))


def test_the_wheel_carries_packages_and_catalogue(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    packages = {
        f"{path.relative_to(ROOT)}".replace(os.sep, "/") for path in (ROOT / "beancount_posguard").rglob("*.py")
    }
    assert packages <= names
    assert "beancount_posguard/py.typed" in names
    assert "beancount_posguard/locale/zh/LC_MESSAGES/posguard.mo" in names
    page = ROOT / "beancount_posguard" / "fava"
    shown = {path.relative_to(ROOT).as_posix() for end in ("js", "css", "html") for path in page.rglob(f"*.{end}")}
    assert "beancount_posguard/fava/PosGuardClaims.js" in shown
    assert shown <= names
    assert PROFILES
    assert {f"posguard_importers/{name}/profile.toml" for name in PROFILES} <= names


def test_the_wheel_installs_no_package_that_could_shadow_a_users_folder(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        tops = {name.split("/")[0] for name in archive.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"beancount_posguard", "posguard_importers"}


def test_the_source_distribution_builds_the_same_program(tmp_path: Path) -> None:
    with tarfile.open(_build("sdist", tmp_path)) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"setup.cfg", "setup.py", "README.md", "LICENSE", "beancount_posguard/plugin.py"} <= names
    assert "beancount_posguard/locale/zh/LC_MESSAGES/posguard.po" in names
    assert {f"importers/{name}/profile.toml" for name in PROFILES} <= names


def test_an_installed_wheel_finds_its_catalogue(wheel: Path, tmp_path: Path) -> None:
    """Install without its dependencies, which the running environment lends, and far from the checkout."""
    venv.create(tmp_path / "env", with_pip=False)
    site = next((tmp_path / "env").rglob("site-packages"))
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)  # noqa: S202  # our own wheel
    lent = [path for path in sys.path if path.endswith("site-packages")]
    code = (
        f"import sys; sys.path[:0] = [{str(site)!r}]; sys.path += {lent!r};"
        "from importlib.resources import files; import beancount_posguard;"
        "print(beancount_posguard.__file__);"
        "print(*sorted(p.name for p in files('posguard_importers').iterdir() if (p / 'profile.toml').is_file()))"
    )
    python = next((tmp_path / "env").rglob("python3"))
    done = subprocess.run([str(python), "-I", "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
    where, found = done.stdout.splitlines()
    assert where.startswith(str(site))
    assert found.split() == PROFILES
