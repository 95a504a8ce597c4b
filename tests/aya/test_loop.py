import json
import shutil
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pyarrow.parquet as pq
import pytest
import yaml
from jinja2 import Template
from transformers import AutoModelForSeq2SeqLM
from typer.testing import CliRunner

from aya.cli import app
from aya.engines.local import Local
from aya.errors import RecipeError
from aya.loop.file import Loop, load_loop, section, with_distilled
from aya.loop.page import write_page
from aya.loop.receipts import Receipts
from aya.loop.steps import run_loop
from aya.recipe import load_recipe
from aya.training_file import load_training

pytestmark = pytest.mark.usefixtures("one_thread")

ROOT = Path(__file__).parents[2]
RECIPE = ROOT / "recipes" / "loop.yaml"
SIZE = {"d_model": 16, "d_kv": 8, "num_heads": 2, "d_ff": 16, "num_layers": 1}


def small(folder: Path) -> Loop:
    """Write a loop that is over in seconds, with the sections of the one that is shipped."""
    rows = [row | {"l": "yor" if number % 2 else "zho"} for number, row in enumerate(_rows())]
    (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    said = yaml.safe_load(RECIPE.read_text(encoding="utf-8"))
    source = {
        "name": "rows", "use": "collection.jsonl", "files": "rows.jsonl", "license": "CC0-1.0", "revision": "1",
        "citation": "nobody", "columns": {"inputs": "q", "targets": "a", "language": "l"},
    }  # fmt: skip
    said["collection"] = {"sources": [source], "mixture": {"weights": {"rows": 2}}}
    said["training"] |= {"model": {"new": "tiny-mt5", "vocabulary": 700, "sizes": SIZE}, "steps": 4, "rows": 2}
    said["training"] |= {"rows_at_once": 2, "checkpoint_every": 1, "held_out": 0.3}
    said["tasks"] = [
        {
            "name": "even", "kind": "choice", "rows": {}, "language": "{{ language }}", "choices": "even ||| odd",
            "answer": "{{ 0 if targets == 'even' else 1 }}", "prompts": [{"name": "own", "text": "{{ inputs }}"}],
        }
    ]  # fmt: skip
    said["distillation"]["requests"][0] |= {"files": [f"safety/{code}.yaml" for code in ("ara", "zho")], "most": 9}
    said["limit"] = 6
    return Loop.model_validate(said)


def _rows() -> list[dict[str, str]]:
    return [{"q": f"{number}: even?", "a": "odd" if number % 2 else "even"} for number in range(60)]


def go(loop: Loop, folder: Path, tell: Any = lambda what, done, of: None) -> dict[str, Any]:
    shutil.copytree(ROOT / "recipes" / "safety", folder / "safety", dirs_exist_ok=True)
    with Local(workers=0) as engine:
        return run_loop(loop, folder, folder / "out", engine=engine, tell=tell)


class Killed(BaseException):
    """Comes from outside, at any moment."""


def test_a_killed_loop_goes_on_and_ends_like_one_that_was_not(tmp_path: Path) -> None:
    """The claims of the shipped recipe itself take minutes: docs/log.md has its run."""
    places = [tmp_path / "killed", tmp_path / "whole"]
    for place in places:
        place.mkdir()
    told: list[str] = []

    def kill(what: str, done: int, of: int) -> None:
        told.append(what)
        if (what, done) in (("train before", 2), ("train after", 3)) and told.count(f"killed {what}") == 0:
            told.append(f"killed {what}")
            raise Killed

    for _ in range(2):
        with pytest.raises(Killed):
            go(small(places[0]), places[0], kill)
    made = go(small(places[0]), places[0], kill)
    assert made["steps"] == {
        "done": ["train-after", "evaluate-after"], "known": ["train-before", "evaluate-before", "distil"],
    }  # fmt: skip
    whole = go(small(places[1]), places[1])
    for side in ("before", "after"):
        assert {name: made[side][name] for name in ("version", "rows", "sources", "training", "safety")} == {
            name: whole[side][name] for name in ("version", "rows", "sources", "training", "safety")
        }
    assert go(small(places[1]), places[1])["steps"]["done"] == []
    check_report(whole, places[1])


def check_report(made: dict[str, Any], folder: Path) -> None:
    """See that the second version has the distilled rows in its share, and that page and cards tell of it."""
    before, after = made["before"], made["after"]
    taught = pq.read_table(folder / "out" / "distilled" / "distilled.parquet")
    assert (after["rows"], made["distilled"]["kept"]) == (before["rows"] + len(taught), len(taught))
    assert after["sources"]["distilled"] == pytest.approx(0.5 * sum(after["sources"].values()), abs=1)
    assert not made["holds"]  # four steps teach nobody to refuse
    held = pq.read_table(folder / "out" / "distilled" / "held_out.parquet")
    assert len(after["safety"]["answers"]) == len(held) / 4 > 0  # each is asked in one of its four ways
    write_page(made, folder / "loop.html")
    page = (folder / "loop.html").read_text(encoding="utf-8")
    assert "does not hold" in page
    assert all(word in page for word in ("even", "Arabic", "Chinese", before["version"], after["version"]))
    card = (Path(after["model"]) / "README.md").read_text(encoding="utf-8")
    assert card.count("## Evaluation: even") == card.count("## Refusals") == 1
    assert "| distilled | CC0-1.0 |" in card
    AutoModelForSeq2SeqLM.from_pretrained(after["model"])


def test_dots_at_both_ends_are_drawn_whole() -> None:
    page = files("aya.loop").joinpath("page", "index.html").read_text(encoding="utf-8")
    macros = page[page.index("{% macro number") : page.index("{% macro cell")]
    none, every = ({"value": value, "low": value, "high": value} for value in (0, 100))
    drawn = ElementTree.fromstring(Template(macros).module.drawn(none, every))
    left, _, width, _ = map(float, drawn.attrib["viewBox"].split())
    dots = [(float(dot.attrib["cx"]), float(dot.attrib["r"]) + 0.5) for dot in drawn.iter("circle")]  # half the stroke
    assert [place for place, _ in dots] == [0, 200]
    assert all(left <= place - reach < place + reach <= left + width for place, reach in dots)


def test_the_shipped_recipe_is_whole(tmp_path: Path) -> None:
    loop = load_loop(RECIPE)
    assert (loop.bounds.refusals_rise, loop.bounds.over_refusal) == (0.5, 0.25)
    section("before", {"name": "loop", **loop.collection}, tmp_path, lambda path: load_recipe(path, data=RECIPE.parent))


def test_the_distilled_rows_get_their_share_of_the_mixture() -> None:
    said = {"sources": [{"use": "a"}], "mixture": {"weights": {"a": 90, "b": 7}, "temperature": 2}}
    made = with_distilled(said, "distilled", 0.03)
    assert made["mixture"] == {"weights": {"a": 90, "b": 7, "distilled": pytest.approx(3)}, "temperature": 2}
    assert [source.get("store") for source in made["sources"]] == [None, "distilled"]
    assert said["sources"] == [{"use": "a"}]


def test_faults_are_said_with_their_section(tmp_path: Path) -> None:
    said = yaml.safe_load(RECIPE.read_text(encoding="utf-8"))
    path = tmp_path / "loop.yaml"
    path.write_text(yaml.safe_dump({**said, "shares": 0.1, "collection": {}}), encoding="utf-8")
    with pytest.raises(RecipeError, match=r"loop.yaml:\d+: no setting 'shares'; did you mean 'share'"):
        load_loop(path)
    path.write_text(yaml.safe_dump({**said, "training": {"stepps": 1}}), encoding="utf-8")
    done = CliRunner().invoke(app, ["loop", str(path), "--out", str(tmp_path / "out"), "--workers", "0"])
    assert isinstance(done.exception, RecipeError)
    assert all(fault.startswith(f"{path}:") and ": distillation: " in fault for fault in done.exception.faults)


@pytest.mark.parametrize(
    ("name", "changed", "line", "message"),
    [
        ("training", {"stepps": 1}, "  stepps: 1", "no setting 'stepps'; did you mean 'steps'?"),
        ("collection", {"stages": [{"use": "dedup.exacct"}]}, "  - use: dedup.exacct", "no stage 'dedup.exacct'"),
        ("training", {"rows": -1}, "  rows: -1", "rows: Input should be greater"),
    ],
)
def test_a_fault_of_a_section_names_its_line(
    tmp_path: Path, name: str, changed: dict[str, Any], line: str, message: str
) -> None:
    said = yaml.safe_load(RECIPE.read_text(encoding="utf-8"))
    path = tmp_path / "loop.yaml"
    path.write_text(yaml.safe_dump({**said, name: {**said[name], **changed}}), encoding="utf-8")
    loop = load_loop(path)

    def read(one: Path) -> object:
        return load_recipe(one, data=RECIPE.parent) if name == "collection" else load_training(one, data=["none"])

    with pytest.raises(RecipeError) as refused:
        section("before", {"name": "loop", **getattr(loop, name)}, tmp_path, read, partial(loop.place, name))
    number = path.read_text(encoding="utf-8").splitlines().index(line) + 1
    assert any(fault.startswith(f"{path}:{number}: before: {message}") for fault in refused.value.faults)


def test_a_receipt_counts_as_long_as_what_it_stands_on(tmp_path: Path) -> None:
    work: list[int] = []

    def count() -> dict[str, Any]:
        work.append(0)
        return {"number": len(work)}

    receipts = Receipts(tmp_path)
    assert [receipts.once("a", on, count)["number"] for on in ([1], [1], [2], [2], [1])] == [1, 1, 2, 2, 3]
    assert receipts.ran == ["a"] * 3
