import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from aya.build import build
from aya.engines.local import Local
from aya.errors import RecipeError
from aya.plan import describe
from aya.recipe import load_recipe
from aya.store import Store
from aya.version import Version
from translation.source import Nllb
from translation.tiny import pairs

KNOWN = list(dict(pairs("fra_Latn", num=40)))
ROWS = [
    {"q": f"- {KNOWN[0]}\n- `x`", "a": KNOWN[1], "kind": "names", "id": "r1", "made": "human"},
    {"q": "Give me a word that rhymes with moon.", "a": "spoon", "kind": "poetry", "id": "r2", "made": "human"},
    {"q": KNOWN[2], "a": KNOWN[3], "kind": "odd", "id": "r3", "made": "human"},
    {"q": KNOWN[4], "a": KNOWN[5], "kind": "names", "id": "r4", "made": "synthetic"},
    {"q": KNOWN[4], "a": KNOWN[5], "kind": "odd", "id": "r5", "made": "human"},
    {"q": KNOWN[4], "a": KNOWN[5], "kind": "names", "id": "r6", "made": "human"},
]
COLUMNS = {"inputs": "q", "targets": "a", "task_type": "kind", "parent_id": "id", "origin": "made"}


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def recipe(folder: Path, checkpoint: Path, /, **settings: Any) -> Path:
    (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS), encoding="utf-8")
    source = {
        "name": "names",
        "use": "translation.nllb",
        "files": "rows.jsonl",
        "columns": COLUMNS,
        "to": ["fra", "swh"],
        "model": str(checkpoint),
        "leave": {"task_type": ["odd"], "parent_id": ["r6"]},
        "license": "CC0-1.0",
        "revision": "1",
        "citation": "nobody",
    }
    said = {name: value for name, value in (source | settings).items() if value is not None}
    path = folder / "recipe.yaml"
    path.write_text(yaml.safe_dump({"name": "translated", "sources": [said]}), encoding="utf-8")
    return path


def built(folder: Path, path: Path, *, store: str = "store") -> Version:
    with Local(workers=0) as engine:
        return Version(build(load_recipe(path), store=Store(folder / store), engine=engine).version)


def test_every_row_is_there_in_every_language_and_what_failed_says_why(tiny_model: Path, tmp_path: Path) -> None:
    version = built(tmp_path, recipe(tmp_path, tiny_model))
    french = dict(pairs("fra_Latn", num=40))
    rows = {(row["language"], row["parent_id"]): row for row in version.polars(dropped=None).to_dicts()}
    assert {*rows} == {(code, f"r{n}") for code in ("fra", "swa") for n in range(1, 7)}
    first = rows["fra", "r1"]
    assert first["inputs"] == f"- {french[KNOWN[0]]}\n- `x`"
    assert (first["targets"], first["source_targets"]) == (french[KNOWN[1]], KNOWN[1])
    assert (first["origin"], first["license"], first["source_language"]) == ("translation", "CC0-1.0", "eng")
    assert (first["script"], first["fault"], first["finished"]) == ("Latn", None, True)
    assert -1 < first["logprob"] < 0 < first["num_tokens"]
    assert rows["swa", "r2"]["drop"] == "collection.source: skipped: verse"
    for left in ("r3", "r5", "r6"):
        assert rows["swa", left]["drop"] == "collection.source: left out by policy"
    assert rows["swa", "r2"]["targets"] is None
    assert rows["swa", "r4"]["origin"] == "synthetic"
    said = json.loads(first["provenance"])
    assert said["model"] == tiny_model.name
    assert len(said["model_revision"]) == 32
    assert said["decoding"].startswith("transformers ")


def test_rows_of_a_version_are_translated_with_their_facts(tiny_model: Path, tmp_path: Path) -> None:
    first = built(tmp_path, recipe(tmp_path, tiny_model, to=["fra"]))
    path = recipe(
        tmp_path, tiny_model, files=None, columns=None, leave=None, version_of="store", language="fra", to=["spa"]
    )
    second = built(tmp_path, path, store="second").polars(dropped=None)
    assert set(second["parent_id"]) == set(first.polars()["id"])
    assert set(second["task_type"]) == {"names"}
    assert set(second["origin"]) == {"translation", "synthetic"}
    assert set(second["language"]) == {"spa"}


def test_device_and_memory_are_no_part_of_a_task(tiny_model: Path, tmp_path: Path) -> None:
    recipe(tmp_path, tiny_model)
    plain, other = (
        Nllb.model_validate({"files": "rows.jsonl", "to": ["fra"], "model": str(tiny_model)} | more,
                            context={"roots": [tmp_path]})
        for more in ({}, {"device": "cpu", "threads": 1, "budget": 64, "memory": str(tmp_path / "memory")})
    )  # fmt: skip
    assert describe(plain, paths=False).digest == describe(other, paths=False).digest
    assert plain.parts() == other.parts()


def test_a_segment_that_is_stored_is_not_translated_again(tiny_model: Path, tmp_path: Path) -> None:
    path = recipe(tmp_path, tiny_model)
    ids = [row["id"] for row in built(tmp_path, path).polars().to_dicts()]
    source: Any = load_recipe(path).sources[0].source
    source.setup()
    network = source._engine().network
    handle = network.register_forward_pre_hook(lambda *_: pytest.fail("a segment went through the model"))
    again = [row["id"] for row in built(tmp_path, path, store="another").polars().to_dicts()]
    handle.remove()
    assert again == ids


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"files": None}, "say either `files` or `version_of`"),
        ({"to": ["bre"]}, "NLLB lacks it; the nearest it has: cym_Latn"),
        ({"model": "facebook/nllb-200-3.3B"}, "say its commit in `model_revision`"),
        ({"columns": {"input": "q"}}, "'input' is not taken over from files"),
        ({"leave": {"id": ["x"]}}, "no column 'id' to leave rows out by"),
        ({"skip": ["verses"]}, "skip.0"),
        ({"files": "recipe.yaml"}, "neither Parquet nor JSON Lines"),
    ],
)
def test_what_can_not_be_built_is_said_with_the_recipe(
    settings: dict[str, Any], message: str, tiny_model: Path, tmp_path: Path
) -> None:
    with pytest.raises(RecipeError, match=message):
        load_recipe(recipe(tmp_path, tiny_model, **settings))
