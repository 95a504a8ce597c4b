"""Who may import whom, how big a module may be, and that every name in a table leads to a plug-in.

`docs/architecture.md` says why; what is read here is the code itself, by its syntax tree.
"""

import ast
import inspect
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pyarrow as pa
import pytest

from aya.stage import FOLDERS, Settings, load, names
from aya.table import SCHEMA

ROOT = Path(__file__).parents[1]
PACKAGES = ("aya", *FOLDERS)
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))

FOR_FOLDERS = frozenset(
    f"aya.{name}"
    for name in (
        "card", "errors", "intervals", "json_lines", "judgement", "languages", "models", "page", "stage", "table",
        "text",
    )
)  # fmt: skip
"""What a stage folder may import of `aya`; third parties and its own modules besides."""

BELOW = {
    "aya.errors": frozenset[str](),
    "aya.languages": frozenset({"aya.errors"}),
    "aya.card": frozenset({"aya.languages"}),
    "aya.json_lines": frozenset({"aya.errors"}),
    "aya.text": frozenset({"aya.errors", "aya.languages"}),
    "aya.table": frozenset({"aya.errors", "aya.languages", "aya.text"}),
    "aya.stage": frozenset({"aya.errors", "aya.languages", "aya.text", "aya.table"}),
}
"""What the modules at the bottom of `aya` may import of it."""

EMPTY_NAMES = frozenset({"utils", "util", "helpers", "helper", "common", "base", "misc", "core"})
PLUG_INS = names("STAGES") | names("SOURCES")


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def imports(path: Path) -> Iterator[tuple[str, int]]:
    """Yield (module, line) for every import in a file; `from aya import table` is `aya.table`."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: relative import"
            module = node.module or ""
            for alias in node.names:
                inner = ROOT / Path(*module.split("."), alias.name)
                is_module = inner.with_suffix(".py").exists() or (inner / "__init__.py").exists()
                yield f"{module}.{alias.name}" if is_module else module, node.lineno


def ours(path: Path) -> list[tuple[str, int]]:
    return [(module, line) for module, line in imports(path) if module.split(".")[0] in (*PACKAGES, "tests")]


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_folder_imports_the_shared_package_and_itself_alone(folder: str) -> None:
    for path in (ROOT / folder).rglob("*.py"):
        for module, line in ours(path):
            allowed = module in FOR_FOLDERS or module.startswith("aya.models.")
            assert module.split(".")[0] == folder or allowed, f"{path}:{line}: imports {module}"


def test_the_shared_package_finds_folders_by_name_alone() -> None:
    for path in (ROOT / "aya").rglob("*.py"):
        for module, line in ours(path):
            assert module.split(".")[0] == "aya", f"{path}:{line}: imports {module}"
            assert module != "aya.cli" or path.stem == "__main__", f"{path}:{line}: imports the command line"


def test_a_process_of_a_build_does_not_import_the_command_line() -> None:
    code = "import sys, aya.__main__; print(sorted(name for name in sys.modules if name.startswith('aya')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "['aya', 'aya.__main__']\n"


@pytest.mark.parametrize("module", BELOW)
def test_the_bottom_imports_only_what_lies_below(module: str) -> None:
    path = (ROOT / Path(*module.split("."))).with_suffix(".py")
    assert {name for name, _ in ours(path)} <= BELOW[module]


def test_no_module_imports_itself_in_a_circle() -> None:
    graph = {name_of(path): {module for module, _ in ours(path)} for path in MODULES if path.name != "__init__.py"}
    assert list(TopologicalSorter(graph).static_order())  # raises CycleError with the circle


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_table_of_a_folder_imports_nothing(folder: str) -> None:
    assert list(imports(ROOT / folder / "__init__.py")) == []
    assert ast.get_docstring(tree(ROOT / folder / "__init__.py"))


def test_only_the_engine_of_that_name_knows_of_ray() -> None:
    assert {name_of(path) for path in MODULES for module, _ in imports(path) if module.split(".")[0] == "ray"} == {
        "aya.engines.ray"
    }


def test_only_the_command_line_prints() -> None:
    for path in MODULES:
        calls = (node for node in ast.walk(tree(path)) if isinstance(node, ast.Call))
        lines = [call.lineno for call in calls if isinstance(call.func, ast.Name) and call.func.id == "print"]
        assert not lines or name_of(path) in ("aya.cli", "aya.terminal"), f"{path}:{lines}: prints"


@pytest.mark.parametrize("path", [*MODULES, *TESTS], ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_module_is_short_and_says_what_it_is(path: Path) -> None:
    assert path.stem not in EMPTY_NAMES, f"{path}: name a module after what is in it"
    assert len(path.read_text("utf-8").splitlines()) <= 400, f"{path}: split it"
    assert ROOT / "tests" in path.parents or ast.get_docstring(tree(path)), f"{path}: opens with no sentence"
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or 0) - node.lineno < 60, f"{path}:{node.lineno}: {node.name} is too long"


def test_tests_are_no_packages() -> None:
    """A `tests/dedup/__init__.py` would shadow `dedup`."""
    assert list((ROOT / "tests").rglob("__init__.py")) == []


def test_what_git_ignores_is_rooted() -> None:
    """An unrooted `build/` would hide a folder of that name anywhere; caches and `*.tmp` may be anywhere."""
    lines = (ROOT / ".gitignore").read_text().split()
    assert [line for line in lines if not line.startswith("/")] == ["__pycache__/", "*.tmp"]


@pytest.mark.parametrize("name", PLUG_INS)
def test_every_name_leads_to_a_documented_plug_in(name: str) -> None:
    of = load(PLUG_INS[name])
    assert of.name == name
    assert isinstance(of.version, int)
    assert of.version >= 1
    assert issubclass(of, Settings)
    assert inspect.getdoc(of)
    for setting, field in of.model_fields.items():
        assert field.description or inspect.getdoc(field.annotation), f"{name}: setting {setting} has no description"


def known_columns() -> set[str]:
    """The columns of a record and those that some source or stage adds."""
    writers = [load(target) for target in PLUG_INS.values()]
    return {*SCHEMA.names, *(column for writer in writers for column in getattr(writer, "writes", ()))}


@pytest.mark.parametrize("name", names("STAGES"))
def test_every_stage_says_what_it_reads_and_writes(name: str) -> None:
    of = load(names("STAGES")[name])
    local, steps = "__call__" in vars(of), ("summarise", "settle", "conclude", "apply")
    assert local != all(callable(getattr(of, step, None)) for step in steps)
    assert set(of.reads) <= known_columns() - {"drop", "evidence"}
    assert all(isinstance(type_, pa.DataType) for type_ in of.writes.values())
    assert not {"id", "drop", "evidence"} & of.writes.keys()
