"""The docs are true: every command, every Python example and every notebook in them runs."""

import contextlib
import json
import os
import re
import runpy
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path

import polars as pl
import pytest
import typer.main
from typer.testing import CliRunner

from aya.cli import app
from aya.stage import names
from tests.hub.server import Hub
from tests.tiny_nllb import COMMAND, trained
from tests.workshop import QUESTIONS

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")])
NOTEBOOKS = sorted((ROOT / "docs" / "notebooks").glob("*.ipynb"))
ELSEWHERE = {
    **dict.fromkeys(("annotation", "annotation_server", "annotate"), "people: tests/annotation plays them in Argilla"),
    "cluster": "machines: tests/aya/engines has two of them, played on one",
    "loop": "minutes: docs/log.md has its run, tests/aya/test_loop.py a small one",
    "synthesis": "a model behind a server: tests/synthesis has a small one",
}
"""Pages whose commands in plain blocks are not run, by what they need; docs/README.md says so."""
TRANSLATION = [ROOT / "docs" / "translation.md", ROOT / "docs" / "howto" / "translate.md"]
ALL = "".join(page.read_text(encoding="utf-8") for page in PAGES)


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def commands(page: Path) -> list[str]:
    lines = "".join(blocks(page, "console")).replace("\\\n", " ").splitlines()
    return [line[2:] for line in lines if line.startswith("$ aya ")]


def plain_commands(page: Path) -> list[str]:
    """Return the lines that call `aya` or a program of ours in blocks of any other kind."""
    text = re.sub(r"^```console\n.*?^```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    fenced = [
        line
        for block in re.findall(r"^ *```\w*\n(.*?)^ *```", text, re.DOTALL | re.MULTILINE)
        for line in block.splitlines()
    ]
    indented = [line for line in text.splitlines() if line.startswith("    ")]
    return [line.strip() for line in (*fenced, *indented) if re.match(r"(\$ )?aya ", line.strip())]


@pytest.fixture(scope="session")
def desk() -> Iterator[Path]:
    """Yield a folder with the recipes and a sample of the quickstart built, as a reader of the docs has it.

    It is in memory where there is room: builds write hundreds of small files, each to the disk itself.
    """
    memory = Path("/dev/shm")
    roomy = memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 2e9
    with tempfile.TemporaryDirectory(dir=memory if roomy else None) as name:
        folder = Path(name)
        shutil.copytree(ROOT / "recipes", folder / "recipes")
        shutil.copytree(ROOT / "docs" / "examples", folder / "docs" / "examples")
        _build_twice(folder)
        _own_files(folder)
        yield folder


def _build_twice(folder: Path) -> None:
    """Build the quickstart, and before it a version with a lower cap, to compare it with; most work is of both."""
    recipe = (folder / "recipes" / "quickstart.yaml").read_text(encoding="utf-8")
    capped = recipe.replace("most: 2_000}", "most: 4}")
    assert capped != recipe
    (folder / "recipes" / "capped.yaml").write_text(capped, encoding="utf-8")
    for name in ("capped", "quickstart"):
        run(folder, f"aya build recipes/{name}.yaml --store build/quickstart --sample 300 --quiet")
    (folder / "recipes" / "capped.yaml").unlink()


def _own_files(folder: Path) -> None:
    """Write the files that readers are thought to have: rows, evaluation sets, translations."""
    examples = folder / "docs" / "examples"
    for name in ("train", "evals", "translated/yor_Latn"):
        (folder / name).mkdir(parents=True)
    rows = pl.read_ndjson(examples / "rows.jsonl")
    rows.write_parquet(folder / "train" / "part-0.parquet")
    rows.with_row_index("parent_id").cast({"parent_id": pl.String}).write_parquet(
        folder / "translated/yor_Latn/dolly.parquet"
    )
    shutil.copy(examples / "rows.jsonl", folder / "more.jsonl")
    shutil.copy(examples / "armenian.jsonl", folder / "human.jsonl")
    shutil.copy(examples / "exam.jsonl", folder / "evals")
    (folder / "sets.yaml").write_text("- evals/exam.jsonl\n")


def serve(folder: Path, command: str) -> None:
    """Run a command that serves a page: it says where, answers there, and ends in order with Ctrl-C."""
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    words = [*shlex.split(command), "--no-open", "--port", "0"]
    with subprocess.Popen(words, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout
        with urllib.request.urlopen(running.stdout.readline().strip(), timeout=30) as answer:
            assert answer.status == 200
        running.send_signal(signal.SIGINT)
    assert running.returncode == 0, command


@pytest.fixture(scope="session")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Yield the environment of a reader who is logged in to a Hub, which is one of this machine."""
    folder = tmp_path_factory.mktemp("hub")
    with Hub(folder / "hub", xet=True) as running:
        yield running.environment(folder / "home")
    shutil.rmtree(folder)


def run(folder: Path, command: str, environ: Mapping[str, str] = os.environ) -> str:
    """Run a command as a reader does; return what it printed."""
    path = f"{Path(sys.executable).parent}:{environ['PATH']}"
    environment = {name: value for name, value in environ.items() if name != "AYA_DATA"} | {"PATH": path}
    environment["AYA_ARGILLA"] = str(ROOT / ".venv" / "argilla")  # as `make test` made it
    done = subprocess.run(
        ["bash", "-c", command], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{command}\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
    return done.stdout


@pytest.mark.slow
def test_the_first_screen_shows_what_the_demo_prints(tmp_path: Path) -> None:
    demo = (ROOT / "Makefile").read_text(encoding="utf-8").partition("\ndemo:")[2].partition("\n\n")[0]
    shutil.copytree(ROOT / "recipes", tmp_path / "recipes")
    printed = "\n".join(run(tmp_path, f"aya {line}") for line in re.findall(r"@\$\(AYA\) (.*)", demo))
    seen = re.sub("[\u2068\u2069]| +$", "", printed, flags=re.MULTILINE)  # what sets text apart is not seen
    assert seen.rstrip() == blocks(ROOT / "README.md", "")[0].rstrip()


@pytest.mark.slow
@pytest.mark.xdist_group("desk")
@pytest.mark.parametrize(
    "page", [page for page in PAGES if commands(page) and page not in TRANSLATION], ids=lambda page: page.stem
)
def test_every_command_of_a_page_runs(desk: Path, hub: Mapping[str, str], page: Path) -> None:
    run_page(desk, hub, page)


def run_page(desk: Path, hub: Mapping[str, str], page: Path) -> None:
    """Run the commands of a page, once in a session."""
    done = desk / f".{page.relative_to(ROOT).as_posix().replace('/', '-')}.done"
    for command in () if done.exists() else commands(page):
        if command.startswith("aya browse"):
            serve(desk, command)
        elif QUICK & {*verbs(command)} and not SHELL.search(command.partition("#")[0]):
            run_here(desk, command)
        else:
            run(desk, command, hub)
    done.touch()


QUICK = {
    "annotate check", "annotate new", "check", "clean", "decontaminate", "dedup", "diff", "doctor", "evaluate",
    "explain", "languages", "lock", "new", "plan", "release diff", "release remove", "report", "schema", "show",
    "stages", "status", "train",
}  # fmt: skip
"""Verbs that take less time than their process would take to start: they run in this one."""
SHELL = re.compile(r"[<>|&;$`]")


def verbs(command: str) -> tuple[str, str]:
    """Return the verb of a command, alone and with the word behind it."""
    _, verb, behind, *_ = [*command.split(), ""]
    return verb, f"{verb} {behind}"


def run_here(folder: Path, command: str) -> None:
    environment = {"AYA_DATA": None, "XDG_CACHE_HOME": str(folder / "cache")}
    with contextlib.chdir(folder):
        words = subprocess.run(["bash", "-c", f"printf '%s\\0' {command}"], capture_output=True, text=True, check=True)
        done = CliRunner(env=environment).invoke(app, words.stdout.split("\0")[1:-1])
    assert done.exit_code == 0, f"{command}\n{done.output[-2000:]}{done.exception}"


@pytest.fixture(scope="session")
def translator(desk: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Put a tiny model where the docs train one, and in the place of NLLB; and a data set in that of the Hub's."""
    import torch

    torch.set_num_threads(1)
    (desk / "facebook").mkdir()
    for name in ("tiny-nllb", "facebook/nllb-200-3.3B"):
        (desk / name).symlink_to(trained(tmp_path_factory.getbasetemp().parent))
    (desk / "CohereLabs" / "aya_dataset").mkdir(parents=True)
    for path in ("dolly.jsonl", "CohereLabs/aya_dataset/train.jsonl"):
        shutil.copy(desk / "docs" / "examples" / "interface.jsonl", desk / path)


@pytest.mark.slow
@pytest.mark.xdist_group("desk")
@pytest.mark.usefixtures("translator")
@pytest.mark.parametrize("page", TRANSLATION, ids=lambda page: page.stem)
def test_every_command_of_a_page_on_translation_runs(desk: Path, page: Path) -> None:
    for command in commands(page):
        run_here(desk, command)  # what translating imports takes seconds


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_command_that_is_not_run_needs_what_is_said(page: Path) -> None:
    assert plain_commands(page) == [] or page.stem in ELSEWHERE


def test_the_tiny_model_of_the_tests_is_that_of_the_docs_and_of_make() -> None:
    assert f"$ {COMMAND}\n" in (ROOT / "docs" / "translation.md").read_text(encoding="utf-8")
    assert COMMAND.replace("tiny-nllb", "build/tiny-nllb") in (ROOT / "Makefile").read_text(encoding="utf-8")


@pytest.mark.slow
@pytest.mark.xdist_group("desk")
@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "python")], ids=lambda page: page.stem)
def test_every_python_example_of_a_page_runs(desk: Path, hub: Mapping[str, str], page: Path) -> None:
    if page == ROOT / "docs" / "release.md":  # its examples load what its commands have pushed
        run_page(desk, hub, page)
    script = desk / "example.py"
    script.write_text("\n".join(blocks(page, "python")), encoding="utf-8")
    run(desk, f"python -W error {script}", hub)


@pytest.mark.slow
@pytest.mark.xdist_group("desk")
def test_every_notebook_runs(desk: Path) -> None:
    for notebook in NOTEBOOKS:  # in this order: some read what one before them builds
        if notebook.stem != "translate":
            run(desk, f"python -W error {script_of(notebook, desk)}")


@pytest.mark.slow
@pytest.mark.xdist_group("desk")
@pytest.mark.usefixtures("translator")
def test_the_notebook_of_translation_runs(desk: Path) -> None:
    with contextlib.chdir(desk):
        runpy.run_path(str(script_of(ROOT / "docs" / "notebooks" / "translate.ipynb", desk)))


def script_of(notebook: Path, folder: Path) -> Path:
    """Return a file with the code of a notebook's cells."""
    cells = [cell for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == "code"]
    assert 2 <= len(cells) <= 6, notebook.name
    script = folder / f"{notebook.stem}.py"
    script.write_text("\n\n".join("".join(cell["source"]) for cell in cells), encoding="utf-8")
    return script


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
        known = {flag for option in found.params for flag in (*option.opts, *option.secondary_opts)}
        assert {argument for argument in arguments if argument.startswith("--")} <= known, command
