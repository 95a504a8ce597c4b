import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from aya import table
from aya.cli import app
from aya.diff import rows as rows_module
from aya.diff.compare import chosen, compare, is_same, opened
from aya.diff.page import render
from aya.diff.recipes import changes
from aya.errors import UserError
from aya.version import Version
from tests.versions import HOSTILE
from tests.workshop import QUESTIONS, Workshop

REASONS = (None, "collection.length: too short", "dedup.exact: copy of another record")
LANGUAGES = ("yor", "ara", "tel")

Kept = dict[int, tuple[str | None, str]]
"""Reason and text of a row by its number."""


def version(folder: Path, rows: Kept) -> Version:
    """Write a version whose row `n` is in language `n` modulo three."""
    files = []
    for top in ("data", "dropped"):
        for place, language in enumerate(LANGUAGES):
            of = {n: row for n, row in rows.items() if n % 3 == place and (row[0] is None) == (top == "data")}
            if of:
                path = f"{top}/{language}_Latn/made-00000-of-00001.parquet"
                made = [
                    {"id": f"{n * 0x1111:032x}", "language": language, "script": "Latn", "source": "made",
                     "inputs": text, "targets": text, "drop": drop}
                    for n, (drop, text) in sorted(of.items())
                ]  # fmt: skip
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                pq.write_table(table.records(made), folder / path)
                files.append({"path": path, "rows": len(of), "datasets": {}})
    kept = sum(drop is None for drop, _ in rows.values())
    manifest = {
        "name": folder.name, "collection": "made", "sample": None, "complete": True, "num_kept": kept,
        "num_dropped": len(rows) - kept, "aya": "0", "languages_registry": 1, "mixture": None, "files": files,
    }  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return Version(folder)


versions = st.dictionaries(
    st.integers(0, 40), st.tuples(st.sampled_from(REASONS), st.sampled_from(["a", "b", HOSTILE[0]])), max_size=25
)


@settings(max_examples=25)
@given(one=versions, other=versions, most=st.sampled_from([2, 500_000]))
def test_every_row_is_counted_once_and_the_way_back_is_the_mirror(
    tmp_path_factory: pytest.TempPathFactory, one: Kept, other: Kept, most: int
) -> None:
    folder = tmp_path_factory.mktemp("diff")
    before, after = version(folder / "one", one), version(folder / "other", other)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rows_module, "RANGE", most)
        forth, back = compare(before, after), compare(after, before)
    assert sorted([*move[:2], move[3], move[2], move[4]] for move in forth["moves"]) == back["moves"]
    for at, found in ((2, before), (3, after)):
        kept = sum(move[4] for move in forth["moves"] if move[at] == "kept")
        assert kept == found.manifest["num_kept"]
        dropped = sum(move[4] for move in forth["moves"] if move[at] not in ("kept", "absent"))
        assert dropped == found.manifest["num_dropped"]
    names = {n: row[0] or "kept" for n, row in one.items()}, {n: row[0] or "kept" for n, row in other.items()}
    wanted = Counter((of[0].get(n, "absent"), of[1].get(n, "absent")) for of in [names] for n in one | other)
    counted: Counter[tuple[str, str]] = Counter()
    for move in forth["moves"]:
        counted[move[2], move[3]] += move[4]
    assert counted == wanted
    both = [n for n in one if n in other and one[n][0] is None and other[n][0] is None]
    assert forth["totals"]["changed"] == sum(one[n][1] != other[n][1] for n in both)


@settings(max_examples=10)
@given(rows=versions)
def test_a_version_does_not_differ_from_itself(tmp_path_factory: pytest.TempPathFactory, rows: Kept) -> None:
    made = version(tmp_path_factory.mktemp("same") / "one", rows)
    found = compare(made, made)
    assert is_same(found)
    assert found["samples"] == []


def test_samples_show_both_sides(tmp_path: Path) -> None:
    before = version(tmp_path / "a", {0: (None, "old"), 1: (None, "gone"), 2: (REASONS[1], "back")})
    after = version(tmp_path / "b", {0: (None, "new"), 2: (None, "back"), 3: (None, "fresh")})
    shown = {
        (item["kind"], item["before"], item["after"]): [row and row["inputs"] for row in item["rows"]]
        for item in compare(before, after)["samples"]
    }
    assert shown == {
        ("changed", "kept", "kept"): ["old", "new"],
        ("lost", "kept", "absent"): ["gone", None],
        ("gained", REASONS[1], "kept"): ["back", "back"],
        ("gained", "absent", "kept"): [None, "fresh"],
    }


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    """Return a store with two versions: the second also drops copies."""
    made = Workshop(tmp_path_factory.mktemp("diff"))
    made.rows([*QUESTIONS, *QUESTIONS])
    made.recipe(stages=[{"use": "collection.length"}], mixture={"total": 12})
    made.build()
    made.path.rename(made.folder / "before.yaml")
    made.recipe(
        stages=[{"use": "collection.length", "inputs": {"least": 2}}, {"use": "dedup.exact"}], mixture={"total": 6}
    )
    made.build()
    return made


def test_a_new_stage_is_what_rows_are_lost_to(workshop: Workshop) -> None:
    found = compare(*chosen([workshop.store.path]))
    lost = [move for move in found["moves"] if move[3] == "dedup.exact: copy of another record"]
    assert sum(move[4] for move in lost) == found["totals"]["lost"] == 6
    assert {"place": "stages[dedup.exact].use", "before": None, "after": "dedup.exact"} in found["recipe"]
    assert {"place": "stages[collection.length].inputs.least", "before": None, "after": "2"} in found["recipe"]
    assert {"place": "mixture.total", "before": "12", "after": "6"} in found["recipe"]
    assert sum(row[2] for row in found["mixture"]) == 12
    assert sum(row[3] for row in found["mixture"]) == 6


def test_versions_are_named_in_every_way(workshop: Workshop) -> None:
    one, other = chosen([workshop.store.path])
    by_name = chosen([workshop.store.path, Path(one.name), Path(other.name)])
    by_folder = chosen([one.path, workshop.store.path])
    assert [version.name for version in (*by_name, *by_folder)] == [one.name, other.name] * 2


def test_a_recipe_stands_for_what_it_built(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(workshop.folder)
    (workshop.folder / "build").mkdir(exist_ok=True)
    (workshop.folder / "build/small").symlink_to(workshop.store.path)
    before, after = chosen([workshop.store.path])
    assert opened(Path("recipe.yaml")).name == after.name
    assert opened(Path("before.yaml")).name == before.name
    text = workshop.path.read_text() + "# another\n"
    (workshop.folder / "other.yaml").write_text(text)
    with pytest.raises(UserError, match=r"other\.yaml as it is now was not built in build/small; build it with"):
        opened(Path("other.yaml"))


def test_the_command_says_text_json_and_page(workshop: Workshop) -> None:
    run = CliRunner()
    store = str(workshop.store.path)
    text = run.invoke(app, ["diff", store, "--num", "1"])
    assert "0 gained, 6 lost, 0 changed" in text.output
    assert "lost: kept -> dedup.exact: copy of another record" in text.output
    found: dict[str, Any] = json.loads(run.invoke(app, ["diff", store, "--json"]).output)
    assert found["totals"] == {"stayed": 6, "gained": 0, "lost": 6, "elsewhere": 0, "changed": 0}
    page = workshop.folder / "difference.html"
    assert run.invoke(app, ["diff", store, "--html", str(page)]).exit_code == 0
    assert "→" in page.read_text()
    assert run.invoke(app, ["diff", store, store]).output == "no difference\n"


def test_the_page_trusts_no_text_and_asks_nobody(tmp_path: Path) -> None:
    before = version(tmp_path / "a", {n: (None, text) for n, text in enumerate(HOSTILE)})
    after = version(tmp_path / "b", {})
    page = render(compare(before, after))
    assert page.count("</script>") == 5  # four scripts and the data
    assert not re.search(r"(src|href)=[\"']?https?:", page)
    assert "default-src 'none'" in page


@pytest.mark.parametrize(
    ("before", "after", "wanted"),
    [
        ("a: 1", "a: 1 # the same", []),
        ("seed: 1", "seed: 2", [("seed", "1", "2")]),
        ("stages: [{use: x, n: 1}]", "stages: [{use: y}, {use: x, n: 2}]",
         [("stages[x].n", "1", "2"), ("stages[y].use", None, "y")]),
        ("stages: [{use: x}, {use: y}]", "stages: [{use: y}, {use: x}]", [("order of stages", "x, y", "y, x")]),
        ("sources: [{name: a, use: x}]", "sources: [{name: b, use: x}]",
         [("sources[a].name", "a", None), ("sources[a].use", "x", None),
          ("sources[b].name", None, "b"), ("sources[b].use", None, "x")]),
    ],
)  # fmt: skip
def test_recipes_are_compared_by_setting(before: str, after: str, wanted: list[tuple[str, ...]]) -> None:
    assert [tuple(change.values()) for change in changes(before, after)] == wanted


def test_a_score_that_changes_is_a_change_and_a_new_one_is_a_column(tmp_path: Path) -> None:
    made = [version(tmp_path / name, {0: (None, "a"), 3: (None, "b")}) for name in "abc"]
    for one, scores in zip(made, ([0.5, 0.5], [0.5, 0.25], None), strict=True):
        (path,) = one.files()
        frame = pl.read_parquet(path)
        frame = frame if scores is None else frame.with_columns(pl.Series("score", scores))
        path.unlink()
        frame.write_parquet(path)
    assert compare(made[0], made[1])["changed_columns"] == {"score": 1}
    new = compare(made[2], made[0])
    assert (new["new_columns"], new["totals"]["changed"]) == (["score"], 0)
