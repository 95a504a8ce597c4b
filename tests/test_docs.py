"""The docs are true: every command, every Python example and every notebook in them runs."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer.main

from aya.cli import app
from aya.stage import names
from tests.workshop import QUESTIONS

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")])
NOTEBOOKS = sorted((ROOT / "docs" / "notebooks").glob("*.ipynb"))
ALL = "".join(page.read_text(encoding="utf-8") for page in PAGES)


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def commands(page: Path) -> list[str]:
    lines = "".join(blocks(page, "console")).replace("\\\n", " ").splitlines()
    return [line[2:] for line in lines if line.startswith("$ aya ")]


@pytest.fixture(scope="session")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Yield a folder with the recipes and a sample of the quickstart built, as a reader of the docs has it."""
    folder = tmp_path_factory.mktemp("desk")
    shutil.copytree(ROOT / "recipes", folder / "recipes")
    shutil.copytree(ROOT / "docs" / "examples", folder / "docs" / "examples")
    run(folder, "aya build recipes/quickstart.yaml --sample 300 --quiet")
    yield folder
    shutil.rmtree(folder)


def run(folder: Path, command: str) -> None:
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    environment = {name: value for name, value in os.environ.items() if name != "AYA_DATA"} | {"PATH": path}
    environment["AYA_ARGILLA"] = str(ROOT / ".venv" / "argilla")  # as `make test` made it
    done = subprocess.run(
        ["bash", "-c", command], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{command}\n{done.stdout[-2000:]}{done.stderr[-2000:]}"


@pytest.mark.slow
@pytest.mark.xdist_group("desk")
@pytest.mark.parametrize("page", [page for page in PAGES if commands(page)], ids=lambda page: page.stem)
def test_every_command_of_a_page_runs(desk: Path, page: Path) -> None:
    for command in commands(page):
        run(desk, command)


@pytest.mark.slow
@pytest.mark.xdist_group("desk")
@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "python")], ids=lambda page: page.stem)
def test_every_python_example_of_a_page_runs(desk: Path, page: Path) -> None:
    script = desk / "example.py"
    script.write_text("\n".join(blocks(page, "python")), encoding="utf-8")
    run(desk, f"python -W error {script}")


@pytest.mark.slow
@pytest.mark.xdist_group("desk")
def test_every_notebook_runs(desk: Path) -> None:
    for notebook in NOTEBOOKS:  # in this order: the last one reads what the one before it builds
        cells = [
            cell for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == "code"
        ]
        assert 2 <= len(cells) <= 6, notebook.name
        script = desk / f"{notebook.stem}.py"
        script.write_text("\n\n".join("".join(cell["source"]) for cell in cells), encoding="utf-8")
        run(desk, f"python -W error {script}")


def test_no_notebook_holds_what_it_printed() -> None:
    for notebook in NOTEBOOKS:
        cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
        assert not any(cell.get("outputs") or cell.get("execution_count") for cell in cells), notebook.name


def test_the_recipe_of_the_readme_builds_a_table_of_questions(tmp_path: Path) -> None:
    (recipe,) = blocks(ROOT / "README.md", "yaml")
    (tmp_path / "mine.yaml").write_text(recipe, encoding="utf-8")
    lines = ["question,answer,lang", *(f"{row['q']},{row['a']},{row['l']}" for row in QUESTIONS)]
    (tmp_path / "questions.csv").write_text("\n".join(lines), encoding="utf-8")
    run(tmp_path, "aya check mine.yaml && aya build mine.yaml --workers 0 | grep -q '6 records in 6 languages'")


@pytest.mark.parametrize("name", sorted(names("STAGES") | names("SOURCES")))
def test_every_plug_in_is_in_the_docs(name: str) -> None:
    assert f"`{name}`" in ALL


@pytest.mark.parametrize("name", sorted(typer.main.get_command(app).commands))  # type: ignore[attr-defined]
def test_every_verb_is_in_the_docs(name: str) -> None:
    assert f"aya {name}" in ALL


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_no_link_leads_nowhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        assert target.startswith(("https://", "http://")) or (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_option_of_a_command_exists(page: Path) -> None:
    group = typer.main.get_command(app)
    for command in commands(page):
        verb, *arguments = command.split()[1:]
        found = group.commands[verb]  # type: ignore[attr-defined]
        if hasattr(found, "commands"):  # a group: the next word is its verb
            found = found.commands[arguments.pop(0)]
        known = {flag for option in found.params for flag in option.opts}
        assert {argument for argument in arguments if argument.startswith("--")} <= known, command
