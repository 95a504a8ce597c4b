"""Build the documentation as a site: `python -m docs.build_site`; broken links and unknown pages are errors."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from docs.reference import pages

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
SHOWN = ("*.md", "*.png", "*.ipynb", "*.csv")


def gather(to: Path) -> None:
    """Copy pages and what they link to, with the reference written from the code."""
    for pattern in SHOWN:
        for path in sorted(DOCS.rglob(pattern)):
            inside = path.relative_to(DOCS)
            made = to / ("index.md" if str(inside) == "README.md" else inside)
            made.parent.mkdir(parents=True, exist_ok=True)
            if path.suffix == ".md":
                made.write_text(inward(path.read_text(encoding="utf-8"), depth=len(inside.parts) - 1), "utf-8")
            else:
                shutil.copyfile(path, made)
    shutil.copytree(DOCS / "examples", to / "examples", dirs_exist_ok=True)
    shutil.copytree(ROOT / "recipes", to / "recipes")
    for name, text in pages().items():
        (to / "reference").mkdir(exist_ok=True)
        (to / "reference" / name).write_text(text, encoding="utf-8")


def inward(text: str, *, depth: int) -> str:
    """Return a page whose links out of `docs/` lead to the copies beside it."""
    out = "../" * (depth + 1)
    return re.sub(rf"\]\({re.escape(out)}(?!\.\.)", f"]({'../' * depth}", text).replace("](README.md", "](index.md")


def build(folder: Path) -> Path:
    """Build the site in a folder and return where it lies.

    Raises: subprocess.CalledProcessError if a link leads nowhere.
    """
    shutil.rmtree(folder, ignore_errors=True)
    gather(folder / "pages")
    shutil.copyfile(DOCS / "zensical.toml", folder / "zensical.toml")
    command = [sys.executable, "-m", "zensical", "build", "--strict"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    return folder / "html"


if __name__ == "__main__":
    try:
        print(build(ROOT / "build" / "site") / "index.html")
    except subprocess.CalledProcessError as error:
        sys.exit(f"{error.stdout}{error.stderr}")
