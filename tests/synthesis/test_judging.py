"""Stages that ask a judge, and the one that finds copies of seeds: against a server, in many languages."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from aya.errors import UserError
from aya.table import records
from synthesis.preferred import Preferred
from synthesis.rated import Rated
from synthesis.seed_copy import SeedCopy
from tests.model_server import ModelServer, prompt_of
from tests.synthesis.seeds import SEEDS, asked_for, obliging, teacher, write_seeds
from tests.workshop import Workshop

CODES = ("amh", "ara", "mya", "zho", "hin", "tha", "tel", "yor")


@pytest.fixture
def server() -> Iterator[ModelServer]:
    """Yield a judge that takes the longer of two answers, and rates by length."""

    def say(body: Any) -> str:
        text = prompt_of(body)
        return str(min(5, len(text.rpartition("]")[2]) // 20)) if asked_for(text) == "rate" else obliging(body)

    with ModelServer(say=say) as made:
        yield made


def rows(*targets: str, origin: str = "synthetic", **more: str) -> pa.Table:
    """Return a record of each seed, or of so many, with these answers."""
    made = zip(SEEDS, CODES, targets, strict=False)
    return records(
        {"id": f"{code}", "inputs": seed["inputs"], "targets": text, "language": code, "parent_id": seed["id"],
         "origin": origin, "provenance": json.dumps({"made": "targets"})} | more
        for seed, code, text in made
    )  # fmt: skip


def drops(table: pa.Table) -> dict[str, str]:
    return {row["id"]: row["drop"] for row in table.to_pylist() if row["drop"]}


def test_a_low_rating_goes_and_a_second_run_asks_nothing(server: ModelServer, tmp_path: Path) -> None:
    stage = Rated(judge=teacher(server), journal=tmp_path / "j", least=3)
    table = rows("ረጅም መልስ " * 9, "قصير")
    judged = stage(table)
    assert drops(judged) == {"ara": "synthesis.rated: no rating"}  # 0 is no rating
    assert judged["judge_rating"].to_pylist()[0] == 3
    short = stage(rows("x" * 45))
    assert drops(short) == {"amh": "synthesis.rated: rated low"}
    assert json.loads(short["evidence"][0].as_py()) == {"judge": "owl", "rating": 2}
    asked = server.asked
    assert stage(table).equals(judged)
    assert server.asked == asked


def test_people_are_not_judged(server: ModelServer, tmp_path: Path) -> None:
    stage = Rated(judge=teacher(server), journal=tmp_path / "j")
    assert stage(rows("a", origin="human"))["judge_rating"].to_pylist() == [None]
    assert stage(rows()).num_rows == 0
    assert server.asked == 0


def test_who_loses_against_the_seed_in_both_orders_goes(server: ModelServer, tmp_path: Path) -> None:
    longer = [seed["targets"] + " " + seed["targets"] for seed in SEEDS[:4]]
    same = [seed["targets"] for seed in SEEDS[4:6]]
    settings = {"judge": teacher(server), "journal": tmp_path / "j", "seeds": write_seeds(tmp_path)}
    table = pa.concat_tables([rows(*longer, *same, "x", "y")])
    judged = Preferred.model_validate(settings)(table)
    assert judged["judge_verdict"].to_pylist() == ["better"] * 4 + ["tie"] * 2 + ["worse"] * 2
    assert drops(judged) == dict.fromkeys(("tel", "yor"), "synthesis.preferred: worse than the seed")
    assert server.asked == 2 * len(table) - 2  # both orders of two answers that are one are one question
    strict = Preferred.model_validate(settings | {"win": True})(table)
    assert drops(strict)["hin"] == "synthesis.preferred: no better than the seed"
    assert server.asked == 2 * len(table) - 2
    stranger = Preferred.model_validate(settings)(rows("a", parent_id="nobody"))
    assert stranger["judge_verdict"].to_pylist() == [None]


def test_a_judge_that_prefers_a_position_decides_nothing(tmp_path: Path) -> None:
    with ModelServer(say=lambda body: "A") as biased:
        stage = Preferred(judge=teacher(biased), journal=tmp_path / "j", seeds=(write_seeds(tmp_path),))
        judged = stage(rows("x"))
    assert (judged["judge_verdict"].to_pylist(), drops(judged)) == (["inconsistent"], {})


def test_a_judge_that_says_no_verdict_has_none(tmp_path: Path) -> None:
    with ModelServer(say=lambda body: "A good answer says why.") as chatty:
        stage = Preferred(judge=teacher(chatty), journal=tmp_path / "j", seeds=(write_seeds(tmp_path),))
        judged = stage(rows("x"))
    assert judged["judge_verdict"].to_pylist() == [None]
    assert [*drops(judged).values()] == ["synthesis.preferred: no verdict"]


def test_a_budget_ends_the_task_and_a_larger_one_goes_on(server: ModelServer, tmp_path: Path) -> None:
    short = Rated(judge=teacher(server, limits={"tokens": 10}), journal=tmp_path / "j")
    with pytest.raises(UserError, match="owl: the budget of tokens does not allow another call; the same command"):
        short(rows("a"))


def test_copies_of_seeds_go_in_every_script(tmp_path: Path) -> None:
    stage = SeedCopy(seeds=(write_seeds(tmp_path),), least=0.6)
    copies = stage(rows(*(f"{seed['targets']}!" for seed in SEEDS)))
    assert drops(copies) == dict.fromkeys(CODES, "synthesis.seed_copy: nearly a seed")
    assert json.loads(copies["evidence"][0].as_py()) == {"seed": "a", "part": "targets", "alike": 1.0}
    assert drops(stage(rows(*(seed["inputs"] for seed in SEEDS)))) == {}  # a question is no copy of an answer
    assert drops(stage(rows(SEEDS[0]["targets"], origin="human"))) == {}
    assert drops(stage(rows(SEEDS[0]["targets"], language="tir"))) == {}
    made = json.dumps({"made": "inputs"})
    assert drops(stage(rows(SEEDS[0]["targets"], provenance=made))) == {"amh": "synthesis.seed_copy: nearly a seed"}


def test_how_alike_is_the_share_of_pairs(tmp_path: Path) -> None:
    seed = {"id": "s", "inputs": "p", "targets": "a b c d e f g h i j k", "language": "yor"}  # 10 pairs
    stage = SeedCopy(seeds=(write_seeds(tmp_path, [seed]),))
    one = {"language": "yor", "parent_id": "s"}
    near = stage(rows("a b c d e f g h i j x", **one))  # 9 of 11 pairs
    assert json.loads(near["evidence"][0].as_py())["alike"] == 0.818
    assert drops(stage(rows("a b c d e f g h i x y", **one))) == {}  # 8 of 12


def test_a_recipe_may_judge_what_it_generates(server: ModelServer, tmp_path: Path) -> None:
    shop = Workshop(tmp_path)
    write_seeds(shop.folder)
    judge = {"name": "owl", "at": server.url, "revision": "r1", "terms": "any use"}
    source = {
        "name": "made", "use": "synthesis.regenerate", "seeds": "seeds.jsonl", "teachers": [judge],
        "journal": str(tmp_path / "calls"), "unguarded": "a test",
        **dict.fromkeys(("files", "columns", "revision", "citation")),
    }  # fmt: skip
    stages = [
        {"use": "synthesis.seed_copy", "seeds": "seeds.jsonl"},
        {"use": "synthesis.preferred", "judge": judge, "seeds": "seeds.jsonl", "journal": str(tmp_path / "calls")},
        {"use": "synthesis.rated", "judge": judge, "least": 2, "journal": str(tmp_path / "calls")},
    ]
    shop.recipe(source=source, stages=stages, allow={"dropped": 1, "empty_languages": "all"})
    shop.build()
    found = {*shop.version().polars(dropped=True)["drop"]} | {*shop.version().polars()["judge_verdict"]}
    assert found <= {"synthesis.preferred: worse than the seed", "synthesis.rated: rated low", "better"}
    assert len(shop.version().polars())
