import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner, Result

from aya.cli import app
from aya.errors import RecipeError, UserError
from tests.model_server import Body, ModelServer, prompt_of
from training.judging.answers import read_answers
from training.judging.human_harm import item_of

PROMPTS = {"ara": "ما عاصمة مصر؟", "yor": "Kí ni olú-ìlú?", "tha": "เมืองหลวงคืออะไร"}
QUALITY = {"best": 3, "good": 2, "poor": 1}


def say(body: Body) -> str:
    """A judge that reads the quality that stands at the end of each answer; of equals it takes the first."""
    text = prompt_of(body)
    if "harmful" in text:
        (quality,) = re.findall(r"\((\d)\)", text)
        return "Verdict: " + {"1": "harmful", "2": "refusal", "3": "It depends"}[quality]
    first, second = re.findall(r"\((\d)\)", text)
    return f"Verdict: {'A' if first >= second else 'B'}"


@pytest.fixture
def answers(tmp_path: Path) -> dict[str, Path]:
    """Answers of three systems in three languages; two prompts each."""
    made = {}
    for name, quality in QUALITY.items():
        rows = [
            {"id": f"{at}", "language": code, "prompt": f"{text} {at}", "answer": f"{text} {code} ({quality})"}
            for code, text in PROMPTS.items()
            for at in range(2)
        ]
        made[name] = tmp_path / f"{name}.jsonl"
        made[name].write_text("".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows))
    return made


@pytest.fixture(scope="module")
def server() -> Iterator[ModelServer]:
    """The judge; `asked` goes up from test to test."""
    with ModelServer(say=say, faults=0.1, kinds=("429", "500", "drop")) as running:
        yield running


def run(verb: str, *words: Any) -> Result:
    return CliRunner().invoke(app, ["evaluate", verb, *map(str, words)])


def judged(server: ModelServer, tmp_path: Path, *words: Any, verb: str = "win") -> Result:
    return run(verb, *words, "--judge", "owl", "--at", server.url, "--out", tmp_path / "out", "--draws", 50, "--quiet")


def test_many_systems_are_ranked_and_a_second_run_pays_nothing(
    server: ModelServer, tmp_path: Path, answers: dict[str, Path]
) -> None:
    page = tmp_path / "page.html"
    words = [*(f"{name}={path}" for name, path in answers.items()), "--html", page]
    done = judged(server, tmp_path, *words, "--json")
    assert done.exit_code == 0, done.exception
    report = json.loads(done.stdout)
    assert [(two["systems"], two["languages"][""]["win"]) for two in report["pairs"]] == [
        (["best", "good"], 6), (["best", "poor"], 6), (["good", "poor"], 6),
    ]  # fmt: skip
    strengths = {name: one["value"] for name, one in report["strengths"][""]["systems"].items()}
    assert sorted(strengths, key=lambda name: -strengths[name]) == ["best", "good", "poor"]
    assert report["usage"][0]["calls"] == 12
    asked, files = server.answered.total(), (tmp_path / "out" / "verdicts.jsonl").read_bytes()
    again = json.loads(judged(server, tmp_path, *words, "--json").stdout)
    assert server.answered.total() == asked
    assert {**again, "calls": None} == {**report, "calls": None}
    assert (tmp_path / "out" / "verdicts.jsonl").read_bytes() == files
    assert "best against poor" in page.read_text(encoding="utf-8")
    assert "Thai" in page.read_text(encoding="utf-8")


def test_one_may_be_compared_with_all(server: ModelServer, tmp_path: Path, answers: dict[str, Path]) -> None:
    report = json.loads(judged(server, tmp_path, *answers.values(), "--against", "good", "--json").stdout)
    assert [two["systems"] for two in report["pairs"]] == [["best", "good"], ["poor", "good"]]
    refused = judged(server, tmp_path, *answers.values(), "--against", "goood")
    assert "no system 'goood'; did you mean 'good'?" in str(refused.exception)


def test_a_dry_run_asks_nobody_and_a_spent_budget_is_said(
    server: ModelServer, tmp_path: Path, answers: dict[str, Path]
) -> None:
    judge = tmp_path / "judge.yaml"
    limits = {"prompt_price": 1e6, "completion_price": 2e6}
    judge.write_text(yaml.safe_dump({"name": "owl", "at": server.url, "limits": limits}))
    asked = server.asked
    words = (answers["best"], answers["poor"], "--judge", judge, "--out", tmp_path / "out", "--quiet")
    plan = json.loads(run("win", *words, "--dry-run", "--json").stdout)
    assert (plan["questions"], plan["calls"], plan["completion_tokens"]) == (12, 12, 12 * 32)
    assert plan["money"] == plan["prompt_tokens"] + 2 * 12 * 32
    assert server.asked == asked
    assert not (tmp_path / "out").exists()
    short = run("win", *words, "--tokens", 1500)
    assert short.exit_code == 3
    assert "questions have no verdict: not asked" in short.stderr
    assert "goes on with a larger one" in short.stderr
    assert run("win", *words, "--tokens", 100_000).exit_code == 0


def test_a_judge_that_is_not_there_and_a_wrong_file_are_said(tmp_path: Path, answers: dict[str, Path]) -> None:
    two = (answers["best"], answers["poor"])
    assert "where is owl?" in str(run("win", *two, "--judge", "owl", "--out", tmp_path / "o").exception)
    judge = tmp_path / "judge.yaml"
    judge.write_text("name: owl\nat: http://127.0.0.1:1/v1\nlimit: {}\n")
    refused = run("win", *two, "--judge", judge, "--out", tmp_path / "o").exception
    assert isinstance(refused, RecipeError)
    assert "judge.yaml:3: " in str(refused)
    answers["poor"].write_text(answers["poor"].read_text().splitlines()[0])
    refused_too = run("win", *two, "--judge", "smollm2", "--out", tmp_path / "o").exception
    assert isinstance(refused_too, UserError)
    assert "poor has no answer to '1' in ara, and to 4 more; --shared" in str(refused_too)


def test_harm_is_told_by_language_and_put_right_by_people(
    server: ModelServer, tmp_path: Path, answers: dict[str, Path]
) -> None:
    labels = tmp_path / "labels.csv"
    items = [item_of("poor", one) for one in read_answers(answers["poor"])]
    labels.write_text("item,choice,rater\n" + "".join(f"{item},harmless,amina\n" for item in items[:2]))
    page = tmp_path / "harm.html"
    words = (*answers.values(), "--people", labels, "--html", page)
    done = judged(server, tmp_path, *words, "--json", verb="harm")
    assert done.exit_code == 0, done.exception
    report = json.loads(done.stdout)
    poor = report["systems"]["poor"]["languages"]
    assert (poor[""]["harmful"]["num"], poor["ara"]["harmful"]["of"]) == (6, 2)
    assert report["systems"]["good"]["languages"][""]["refusal"]["share"] == 1.0
    assert report["missing"] == {"unparsable": 6}  # of the best, on which the judge says no verdict
    assert report["people"]["poor"]["ara"]["value"] == 0.0
    assert report["people"]["poor"]["ara"]["labelled"] == 2
    assert report["people"]["good"]["ara"]["method"] == "Rogan-Gladen"
    assert "as people would find it" in page.read_text(encoding="utf-8")


def test_a_pack_goes_out_and_comes_back_by_the_campaign_and_by_files(
    server: ModelServer, tmp_path: Path, answers: dict[str, Path]
) -> None:
    two = (answers["best"], answers["poor"])
    pack, key, panel = tmp_path / "pack", tmp_path / "pack.key", tmp_path / "panel"
    done = run("blind", *two, "--out", pack, "--key", key, "--campaign", panel, "--json")
    assert done.exit_code == 0, done.exception
    assert json.loads(done.stdout)["items"] == {"ara": 2, "tha": 2, "yor": 2}
    sides = {item: one["systems"] for item, one in json.loads(key.read_text())["items"].items()}
    lines = [f"{item},{'first' if two[0] == 'best' else 'second'},amina" for item, two in sides.items()]
    choices = tmp_path / "choices.csv"
    choices.write_text("\n".join(["item,choice,rater", *lines, *(line.replace("amina", "badr") for line in lines)]))
    judged(server, tmp_path, *two)
    words = ("--key", key, "--answers", choices, "--answers", panel / "campaign.yaml")
    opened = run("open", pack, *words, "--judge", tmp_path / "out" / "verdicts.jsonl", "--json")
    assert opened.exit_code == 0, opened.exception
    report = json.loads(opened.stdout)
    assert report["pairs"][0]["systems"] == ["best", "poor"]
    assert report["pairs"][0]["languages"][""]["rate"]["value"] == 1.0
    between = {row["between"]: row["share_alike"] for row in report["agreement"] if row["language"] == ""}
    assert between == {"people": 1.0, "judge and people": 1.0}


def test_what_is_to_be_labelled_is_a_campaign_that_aya_takes(tmp_path: Path, answers: dict[str, Path]) -> None:
    done = run("label", *answers.values(), "--out", tmp_path / "labels", "--most", 1, "--json")
    assert json.loads(done.stdout)["items"] == 9
    said = CliRunner().invoke(app, ["annotate", "check", str(tmp_path / "labels" / "campaign.yaml")])
    assert "good; 3 languages, tasks harm" in said.stdout.replace("\n", " ")
    assert "is there already" in str(run("label", *answers.values(), "--out", tmp_path / "labels").exception)


def test_contaminated_prompts_are_reported_with_and_without(
    server: ModelServer, tmp_path: Path, answers: dict[str, Path]
) -> None:
    for path in (answers["best"], answers["poor"]):
        rows = [json.loads(line) for line in path.read_text().splitlines()]
        rows[0]["contaminated_by"] = '{"exam": 1}'
        path.write_text("".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows))
    report = json.loads(judged(server, tmp_path, answers["best"], answers["poor"], "--json").stdout)
    (two,) = report["pairs"]
    assert (two["languages"][""]["prompts"], two["clean"]["clean"]["prompts"]) == (6, 5)
    harm = json.loads(judged(server, tmp_path, answers["poor"], "--json", verb="harm").stdout)
    poor = harm["systems"]["poor"]
    assert (poor["languages"][""]["harmful"]["of"], poor["clean"]["clean"]["harmful"]["of"]) == (6, 5)
