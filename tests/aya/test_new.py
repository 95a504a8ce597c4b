import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from aya.build import build
from aya.cli import app
from aya.engines.local import Local
from aya.errors import UserError
from aya.recipe import load_recipe
from aya.store import Store
from aya.version import Version
from tests.workshop import QUESTIONS

FACTS = ["--license", "CC-BY-4.0", "--revision", "2026-11-01", "--citation", "Our community: twelve of us"]

ARMENIAN = [
    ("Ո՞րն է Հայաստանի մայրաքաղաքը։", "Հայաստանի մայրաքաղաքը Երևանն է, որը գտնվում է Հրազդան գետի ափին։"),
    ("Ո՞րն է Հայաստանի ամենամեծ լիճը։", "Հայաստանի ամենամեծ լիճը Սևանա լիճն է, որը գտնվում է Գեղարքունիքի մարզում։"),
    ("Ո՞ր լեռն է պատկերված Հայաստանի զինանշանի վրա։", "Հայաստանի զինանշանի վրա պատկերված է Արարատ լեռը։"),
]
"""Written for these tests."""


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def made(folder: Path, *arguments: str) -> str:
    """Return the recipe that `aya new` writes."""
    done = CliRunner().invoke(app, ["new", *arguments, *FACTS, "--out", str(folder / "recipe.yaml")])
    assert done.exit_code == 0, f"{done.output}{done.exception}"
    return (folder / "recipe.yaml").read_text(encoding="utf-8")


def built(folder: Path) -> Version:
    with Local(workers=0) as engine:
        done = build(load_recipe(folder / "recipe.yaml"), store=Store(folder / "store"), engine=engine)
    return Version(done.version)


def test_an_armenian_collection_is_cleaned_by_twenty_lines(tmp_path: Path) -> None:
    garbled = {"inputs": ARMENIAN[0][0], "targets": "Երևան Երևան " * 60}
    good = [{"inputs": q, "targets": a, "dataset_name": "facts", "language": "hye"} for q, a in ARMENIAN]
    rows = [*good, *good, garbled | {"dataset_name": "facts", "language": "hye"}]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "armenian.parquet")
    text = made(tmp_path, "clean", str(tmp_path / "armenian.parquet"), "--most", "2")
    assert len(text.splitlines()) <= 30
    version = built(tmp_path)
    why = version.polars(dropped=True)["drop"].value_counts().rows()
    assert dict(why) == {
        "collection.caps: above the cap": 1,
        "collection.repetition: repeated phrases": 1,
        "dedup.exact: copy of another record": 3,
    }
    assert set(version.polars()["targets"]) < {answer for _, answer in ARMENIAN}


def test_own_files_need_no_more_than_their_facts(tmp_path: Path) -> None:
    lines = ["question,answer,lang", *(f"{row['q']},{row['a']},{row['l']}" for row in QUESTIONS)]
    (tmp_path / "questions.csv").write_text("\n".join(lines), encoding="utf-8")
    text = made(tmp_path, "from-csv", str(tmp_path / "questions.csv"))
    assert "columns: {inputs: question, targets: answer, language: lang}" in text
    assert len(built(tmp_path).polars()) == 6


def test_the_language_is_guessed_from_the_texts(tmp_path: Path) -> None:
    path = write(tmp_path / "rows.jsonl", [{"prompt": q, "completion": a} for q, a in ARMENIAN])
    assert "    language: hye\n" in made(tmp_path, "from-csv", str(path))


def test_rows_that_hold_evaluation_items_leave(tmp_path: Path) -> None:
    path = write(tmp_path / "rows.jsonl", [{"prompt": q, "completion": a, "lang": "hye"} for q, a in ARMENIAN])
    write(tmp_path / "evals/test.jsonl", [{"text": ARMENIAN[1][1]}])
    made(tmp_path, "decontaminate", str(path), "--against", "evals/test.jsonl")
    assert built(tmp_path).polars(dropped=True)["targets"].to_list() == [ARMENIAN[1][1]]


def test_translated_files_keep_their_parents(tmp_path: Path) -> None:
    rows = [
        {"inputs": q, "targets": a, "language": "hye_Armn", "parent_id": f"dolly:{number}", "source_inputs": "?"}
        | {"logprob": -0.5, "fault": None}
        for number, (q, a) in enumerate(ARMENIAN)
    ]
    rows.append(rows[0] | {"fault": "answer not in the prompt", "parent_id": "dolly:3"})
    made(tmp_path, "translate", str(write(tmp_path / "translated/hye_Armn/dolly.jsonl", rows)))
    version = built(tmp_path)
    kept = version.polars()
    assert version.polars(dropped=True)["drop"].to_list() == ["collection.source: answer not in the prompt"]
    assert set(kept["logprob"]) == {-0.5}
    assert set(kept["origin"]) == {"translation"}
    assert set(kept["parent_id"]) == {"dolly:0", "dolly:1", "dolly:2"}


def test_the_mixture_of_aya_weighs_named_pools(tmp_path: Path) -> None:
    rows = [{"prompt": q, "completion": a, "lang": "hye"} for q, a in ARMENIAN]
    human = write(tmp_path / "human.jsonl", rows[:1])
    translated = write(tmp_path / "translated.jsonl", rows[1:])
    text = made(tmp_path, "aya-mixture", f"aya_dataset={human}", f"aya_translations={translated}")
    assert "preset: aya-translation-heavy" in text
    assert set(built(tmp_path).polars()["origin"]) == {"human", "translation"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["clena", "rows.jsonl"], "no job 'clena'; did you mean 'clean'?"),
        (["translate", "rows.jsonl"], "rows.jsonl is not translated; first: aya translate rows.jsonl --to LANGUAGE"),
        (["clean", "rows.txt"], "rows.txt: no source reads this kind of file"),
        (["clean", "other.jsonl"], "no file other.jsonl"),
        (["clean", "../rows.jsonl"], "../rows.jsonl does not lie below"),
        (["clean", "rows.jsonl", "--inputs", "promt"], "no column 'promt'; did you mean 'prompt'?"),
        (["decontaminate", "rows.jsonl"], "name the evaluation sets that nothing may hold: --against FILE"),
        (["decontaminate", "rows.jsonl", "--against", "no.jsonl"], "no file 'no.jsonl'"),
        (["aya-mixture", "rows.jsonl"], "write POOL=FILE"),
    ],
)
def test_what_can_not_be_is_said(
    tmp_path: Path, arguments: list[str], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "rows.jsonl", [{"prompt": "a", "completion": "b", "lang": "eng"}])
    done = CliRunner().invoke(app, ["new", *arguments, *FACTS])
    assert isinstance(done.exception, UserError)
    assert message in str(done.exception)
    assert not (tmp_path / "recipe.yaml").exists()


def test_a_recipe_that_is_there_stays(tmp_path: Path) -> None:
    path = write(tmp_path / "rows.jsonl", [{"prompt": "a", "completion": "b", "lang": "eng"}])
    before = made(tmp_path, "clean", str(path))
    again = CliRunner().invoke(app, ["new", "clean", str(path), *FACTS, "--out", str(tmp_path / "recipe.yaml")])
    assert "is there already" in str(again.exception)
    assert (tmp_path / "recipe.yaml").read_text() == before
