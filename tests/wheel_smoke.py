"""Build the wheel, install it in an empty virtual environment, and use it far from the checkout.

Run as `python -m tests.wheel_smoke`. It guards what a flat layout gets wrong in silence: a folder
missing from `packages`, data files that `.gitignore` hides from the wheel, tests that are shipped.
"""

import subprocess
import sys
import tempfile
import venv
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = {"aya", "collection", "annotation", "translation", "synthesis", "dedup", "training", "hub_release"}
ARGILLA = ("argilla_server", "redis", "sqlalchemy")  # in the environment of the annotation server
IMPORT_ALL = """
import importlib, pkgutil
from aya.errors import MissingExtra
for name in {packages!r}:
    package = importlib.import_module(name)
    for module in pkgutil.walk_packages(package.__path__, name + "."):
        try:
            importlib.import_module(module.name)
        except MissingExtra:  # it says what to install
            continue
        except ModuleNotFoundError as error:
            assert module.name.startswith("annotation.engine."), (module.name, error)
            assert error.name.split(".")[0] in {argilla!r}, (module.name, error)
from aya import languages
assert len(languages.group("aya101")) == 101
from importlib.resources import files
from aya.report.page import SCRIPTS
assert files("annotation").joinpath("argilla-2.8.0.txt").is_file()
for name in ("head.html", "page.css"):
    assert files("aya").joinpath(name).is_file(), name
for name in ("index.html", "style.css", "d3/LICENSE", *SCRIPTS):
    assert files("aya.report").joinpath("page", name).is_file(), name
"""


def main() -> None:
    """Raise if the wheel lacks anything, or holds anything that is not ours."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(home), str(ROOT))
        (wheel,) = home.glob("aya-*.whl")
        tops = {name.partition("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
        assert {name for name in tops if not name.endswith(".dist-info")} == PACKAGES, sorted(tops)
        venv.create(home / "venv", with_pip=True)
        python = str(home / "venv" / "bin" / "python")
        run(python, "-m", "pip", "install", "--quiet", str(wheel))
        run(python, "-c", IMPORT_ALL.format(packages=sorted(PACKAGES), argilla=ARGILLA), cwd=home)
        run(str(home / "venv" / "bin" / "aya"), "stages", cwd=home)
        run(str(home / "venv" / "bin" / "aya"), "languages", "aya_low", cwd=home)
    sys.stdout.write(f"wheel: {wheel.name} is whole\n")


def run(*command: str, cwd: Path = ROOT) -> None:
    """Run a command; what it printed is shown only if it fails."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)[:200]}\n{done.stdout}{done.stderr}")


if __name__ == "__main__":
    main()
