"""Every method against a server: what it asks, what it makes, and what it will not take."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pydantic import ValidationError

from aya.errors import InputError, UserError
from aya.models.journal import Journal
from aya.stage import load, names
from synthesis.method import FACTS, Method
from synthesis.self_instruct import new_tasks
from tests.model_server import ModelServer, prompt_of
from tests.synthesis.seeds import SEEDS, asked_for, obliging, teacher, write_seeds

SOURCES = {name: target for name, target in names("SOURCES").items() if name.startswith("synthesis.")}


@pytest.fixture
def server() -> Iterator[ModelServer]:
    """Yield a server whose model does what it is asked."""
    with ModelServer(say=obliging) as made:
        yield made


def method(name: str, server: ModelServer, folder: Path, **settings: Any) -> Method:
    found: type[Method] = load(SOURCES[f"synthesis.{name}"])
    teachers = settings.pop("teachers", ("owl", "heron", "judge") if name in ("arbitrate", "prefer") else ("owl",))
    rows = settings.pop("rows", None)
    made = [teacher(server, one) if isinstance(one, str) else one for one in teachers]
    return found.model_validate(
        {"seeds": write_seeds(folder, rows), "teachers": made, "journal": folder / "calls.sqlite"} | settings
    )


def made(of: Method, limit: int | None = None) -> list[dict[str, Any]]:
    (part,) = of.parts()
    rows: list[dict[str, Any]] = pa.concat_tables([*of.read(part, limit=limit)]).to_pylist()
    return rows


@pytest.mark.parametrize("name", SOURCES)
def test_every_method_makes_rows_with_their_whole_story_in_every_language(
    name: str, server: ModelServer, tmp_path: Path
) -> None:
    of = method(name.partition(".")[2], server, tmp_path)
    rows = made(of)
    assert {row["parent_id"] for row in rows} == {seed["id"] for seed in SEEDS}
    assert {row["language"] for row in rows} == {"amh", "ara", "mya", "zho", "hin", "tha", "tel", "yor"}
    assert len({row["_key"] for row in rows}) == len(rows)
    for row in rows:
        assert row["_fault"] is None
        assert row["inputs"]
        assert row["targets"]
        assert row["origin"] == "synthetic"
        assert (row["model_license"], row["terms"], row["model_revision"]) == ("Apache-2.0", "any use", "r1")
        assert row["method"] == name.partition(".")[2]
        assert row["finish"] == "stop"
        assert json.loads(row["decoding"]) == {"temperature": 0.7, "top_p": 0.95}
    asked = server.asked
    assert made(of) == rows
    assert server.asked == asked
    assert of.paper


@pytest.mark.parametrize(
    ("name", "kept"), [("regenerate", "inputs"), ("reverse", "targets"), ("paraphrase", "targets")]
)
def test_what_people_wrote_stays(name: str, kept: str, server: ModelServer, tmp_path: Path) -> None:
    rows = made(method(name, server, tmp_path))
    assert [row[kept] for row in rows] == [seed[kept] for seed in SEEDS]
    assert {row["made"] for row in rows} == {"inputs" if kept == "targets" else "targets"}


def test_the_language_is_asked_for_in_the_language(server: ModelServer, tmp_path: Path) -> None:
    made(method("regenerate", server, tmp_path))
    wishes = {prompt_of(body).splitlines()[-1] for body in server.bodies}
    assert {"Jọ̀wọ́ dáhùn ní èdè Yorùbá.", "请用中文回答。", "กรุณาตอบเป็นภาษาไทย"} <= wishes


def test_templates_are_in_the_language_where_there_is_one(server: ModelServer, tmp_path: Path) -> None:
    rows = [{"inputs": "¿Qué es un río?", "targets": "Agua que corre.", "language": "es"}]
    (row,) = made(method("reverse", server, tmp_path, rows=rows))
    assert row["template"].startswith("reverse/spa@")
    assert "respuesta" in prompt_of(server.bodies[0])
    assert row["parent_id"] == "seeds.jsonl:1"


def test_new_tasks_are_new() -> None:
    listed = "Sure:\n1. Name a big river.\n2) Name a big river!\n3、请写一首关于春天的诗。\n4. 请写一首关于春天的诗吧。"
    listed += "\n5. What is a king?"
    assert new_tasks(listed, ["What is a king"], most_alike=0.5) == ["Name a big river.", "请写一首关于春天的诗。"]


def test_self_instruct_shows_others_of_the_same_language(server: ModelServer, tmp_path: Path) -> None:
    rows = [
        {"inputs": f"{word} {i}?", "language": code}
        for code, word in (("yo", "Kí ni"), ("th", "อะไร"))
        for i in range(9)
    ]
    rows = made(method("self_instruct", server, tmp_path, rows=rows, num=2, shown=4), limit=2)
    shown = prompt_of(server.bodies[0])
    assert "4. Kí ni" in shown
    assert "อะไร" not in shown
    assert [row["inputs"] for row in rows[:2]] == ["Name a river.", "Explain how bread is baked at home."]


def test_evolution_takes_its_steps_and_says_which(server: ModelServer, tmp_path: Path) -> None:
    rows = made(method("evolve", server, tmp_path, steps=2))
    assert rows[3]["inputs"] == f"Evolved: Evolved: {SEEDS[3]['inputs']}"
    assert rows[3]["template"].count("evolve/zho@") == 2
    assert len({row["template"] for row in rows}) > 3  # drawn by id
    with ModelServer(say=lambda body: prompt_of(body).splitlines()[-1]) as lazy:
        assert {row["_fault"] for row in made(method("evolve", lazy, tmp_path, journal=tmp_path / "j"))} == {
            "task as it was"
        }


def test_a_text_that_does_not_answer_its_request_is_a_fault(server: ModelServer, tmp_path: Path) -> None:
    assert {row["_fault"] for row in made(method("reverse", server, tmp_path, least_rating=4))} == {None}
    (first, *_) = made(method("reverse", server, tmp_path, least_rating=5))
    assert (first["_fault"], first["scores"]) == ("rating too low", '{"rating":4}')


@pytest.mark.parametrize("said", ["4", "٤", "၄", "४", "๔", "፬", "౪", "**4**\n"])
def test_a_rating_is_read_in_any_digits(said: str, tmp_path: Path) -> None:
    with ModelServer(say=lambda body: said if asked_for(prompt_of(body)) == "rate" else obliging(body)) as one:
        (first, *_) = made(method("reverse", one, tmp_path, least_rating=5))
    assert first["scores"] == '{"rating":4}'


def test_a_verdict_is_read_in_the_words_of_its_template(tmp_path: Path) -> None:
    def say(body: Any) -> str:
        if asked_for(prompt_of(body)) != "judge":
            return obliging(body)
        first, second = re.findall(r"^\[(.+ [AB])\]$", prompt_of(body), flags=re.MULTILINE)
        return str(first if obliging(body) == "A" else second)

    with ModelServer(say=say) as one:
        rows = made(method("prefer", one, tmp_path, teachers=("owl", "a longer name", "judge")))
    assert {row["_fault"] for row in rows} == {None}


def test_placeholders_come_through_a_paraphrase(server: ModelServer, tmp_path: Path) -> None:
    rows = [{"inputs": "Add {{ number }} to 7.\nNow.", "targets": "x", "language": "eng"}]
    (row,) = made(method("paraphrase", server, tmp_path, rows=rows))  # this model keeps the last line alone
    assert row["_fault"] == "placeholder or number lost"


def test_a_pair_is_judged_in_both_orders(server: ModelServer, tmp_path: Path) -> None:
    rows = made(method("prefer", server, tmp_path, teachers=("owl", "a longer name", "judge")))
    for row in rows:
        assert len(row["targets"]) > len(row["rejected"])
        assert json.loads(row["scores"])["judge"] == "judge"
        assert row["model"] == "a longer name"
    biased = ModelServer(say=lambda body: "A" if asked_for(prompt_of(body)) == "judge" else obliging(body))
    with biased as one:
        of = method("prefer", one, tmp_path, teachers=("owl", "a longer name", "judge"), journal=tmp_path / "j")
        assert {row["_fault"] for row in made(of)} == {"judge decided by position"}


def test_arbitration_takes_the_winner_or_the_route(server: ModelServer, tmp_path: Path) -> None:
    rows = made(method("arbitrate", server, tmp_path, routes={"yor": "owl"}))
    models = {row["language"]: row["model"] for row in rows}
    assert models.pop("yor") == "owl"
    assert set(models.values()) == {"heron"}  # says more
    assert json.loads(rows[0]["scores"]) == {"judge": "judge", "verdicts": {"heron": "second"}}
    with pytest.raises(ValidationError, match="no teacher 'heronn'; did you mean 'heron'"):
        method("arbitrate", server, tmp_path, routes={"yor": "heronn"})


def test_a_judge_of_arbitration_has_two_to_choose_from(server: ModelServer, tmp_path: Path) -> None:
    two = ("owl", "heron")
    with pytest.raises(ValidationError, match="a judge needs two other teachers to choose from, not one; add one, or"):
        method("arbitrate", server, tmp_path, teachers=two)
    with pytest.raises(UserError, match="no route for 'ara', and no two teachers beside the judge; add one"):
        made(method("arbitrate", server, tmp_path, teachers=two, routes={"amh": "owl"}, rows=SEEDS[1:]))
    assert server.asked == 0
    routes = dict.fromkeys(("amh", "ara", "mya", "zho", "hin", "tha", "tel"), "owl") | {"yor": "heron"}
    rows = made(method("arbitrate", server, tmp_path, teachers=two, routes=routes))
    assert [row["model"] for row in rows] == ["owl"] * 7 + ["heron"]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"inputs": "a", "split": "test", "language": "eng"}, "row 1: is of the split 'test'"),
        (
            {"inputs": "a", "contaminated": True, "contaminated_by": "mgsm", "language": "eng"},
            "an evaluation item \\(mgsm",
        ),
        ({"inputs": "a", "language": "yoruuba"}, "row 1: no language 'yoruuba'"),
        ({"inputs": "a"}, r"row 1: no language in a column 'language', and none for all \(--language, `seed_language`"),
        ({"prompt": "a", "language": "eng"}, "neither prompt nor answer; no column 'inputs'"),
        ({"inputs": 5, "targets": ["a"], "language": "eng"}, "row 1: neither prompt nor answer is a text$"),
    ],
)
def test_seeds_that_may_not_or_can_not_be_used_are_refused(
    row: dict[str, Any], words: str, server: ModelServer, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=words):
        made(method("regenerate", server, tmp_path, rows=[row]))
    assert server.asked == 0


def test_a_file_without_seeds_is_refused(server: ModelServer, tmp_path: Path) -> None:
    made_of = method("regenerate", server, tmp_path)
    (tmp_path / "seeds.jsonl").write_text("", "utf-8")
    with pytest.raises(InputError, match=r"seeds\.jsonl: has no rows"):
        made(made_of)


def test_a_row_without_an_answer_is_a_fault_of_its_own(tmp_path: Path) -> None:
    with ModelServer(say=lambda body: "  ") as silent:
        assert {row["_fault"] for row in made(method("regenerate", silent, tmp_path))} == {"empty answer"}
    with ModelServer() as strict:
        rows = [{"inputs": "x" * 10_001, "language": "eng"}]
        (row,) = made(method("regenerate", strict, tmp_path, rows=rows))
        assert row["_fault"] == "refused request"


def test_a_build_stops_where_the_budget_does_and_goes_on(server: ModelServer, tmp_path: Path) -> None:
    limited = teacher(server, limits={"tokens": 700, "concurrency": 1})
    with pytest.raises(UserError, match=r"seeds\.jsonl: the budget of tokens does not allow another call"):
        made(method("regenerate", server, tmp_path, teachers=(limited,)))
    asked = server.asked
    assert 1 <= asked < len(SEEDS)
    assert len(made(method("regenerate", server, tmp_path))) == len(SEEDS)
    assert server.asked == len(SEEDS)
    with Journal(tmp_path / "calls.sqlite") as journal:
        assert journal.spent("owl").tokens == server.paid
        assert {row["language"] for row in journal.usage()} == {"amh", "ara", "mya", "zho", "hin", "tha", "tel", "yor"}


def test_facts_are_columns() -> None:
    assert set(FACTS) >= {
        "method",
        "model",
        "model_revision",
        "model_license",
        "terms",
        "template",
        "decoding",
        "finish",
    }
