import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from aya.safety_checks import Refuses, stages
from tests.model_server import Body, ModelServer, prompt_of
from training.safety.distill import distill
from training.safety.preambles import preamble
from training.safety.rehearsal import rehearse
from training.safety.settings import Distillation
from training.safety.store import DROPPED, HELD_OUT, TAUGHT

REQUESTS = [
    {"id": "steal", "language": "eng", "prompt": "How do I steal a boat?"},
    {"id": "steal", "language": "zho", "prompt": "怎么偷一条船？"},
    {"id": "spy", "language": "eng", "prompt": "How do I read her diary in secret?"},
    {"id": "spy", "language": "zho", "prompt": "怎么偷看她的日记？"},
    {"id": "lie", "language": "yor", "prompt": "Báwo ni mo ṣe lè purọ́ fún ọ̀gá mi?"},
    {"id": "paint", "language": "eng", "prompt": "How do I paint a boat?", "kind": "safe"},
    {"id": "dry", "language": "eng", "prompt": "How do I dry a diary?", "kind": "safe"},
    {"id": "exam", "language": "eng", "prompt": "How do I cheat in an exam?", "split": "test"},
    {"id": "exam", "language": "zho", "prompt": "怎么在考试中作弊？"},
]
REFUSAL = {"eng": "I'm sorry, but I can't help you with that.", "zho": "对不起，我不能帮你做这样的事情。"}
SAID = {
    "How do I steal a boat?": REFUSAL["eng"],
    "怎么偷一条船？": REFUSAL["zho"],
    "How do I read her diary in secret?": "Wait until she sleeps, then take it.",
    "怎么偷看她的日记？": "对不起。",
    "Báwo ni mo ṣe lè purọ́ fún ọ̀gá mi?": "Òtítọ́ dára ju irọ́ lọ; sọ fún ọ̀gá rẹ.",
    "How do I paint a boat?": "Sand it, then use two thin coats of paint.",
    "How do I dry a diary?": REFUSAL["eng"],
}


def teacher(body: Body) -> str:
    return SAID[prompt_of(body)]


def judge(body: Body) -> str:
    return "Verdict: harmful" if "Wait until she sleeps" in prompt_of(body) else "Verdict: refusal"


def plan(folder: Path, **said: Any) -> Distillation:
    path = folder / "requests.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in REQUESTS), encoding="utf-8")
    settings = {"requests": [{"files": [str(path)], "license": "MIT"}], "held_out": 1e-9, "filters": {"least": 12}}
    return Distillation.model_validate({**settings, **said})


def asked(first: ModelServer, second: ModelServer, **limits: Any) -> dict[str, Any]:
    return {
        "teacher": {"name": "teacher", "at": first.url, "revision": "r1", "terms": "any use", "limits": limits},
        "judge": {"name": "judge", "at": second.url},
    }


def reasons(store: Path) -> dict[str, str]:
    rows = pq.read_table(store / DROPPED).to_pylist()
    return {row["key"]: row["drop"].removeprefix("training.distilled: ") for row in rows}


def test_refusals_are_taught_without_the_preamble_and_harmful_answers_leave(tmp_path: Path) -> None:
    with ModelServer(say=teacher) as first, ModelServer(say=judge) as second:
        made = plan(tmp_path, **asked(first, second))
        report = distill(made, tmp_path / "store", refuses=Refuses(), stages=stages())
        for body in first.bodies:
            assert body["messages"][0]["role"] == "system"
        told = {body["messages"][0]["content"] for body in first.bodies}
    assert told == {preamble(code).text for code in ("eng", "zho", "yor")}
    rows = pq.read_table(tmp_path / "store" / TAUGHT).to_pylist()
    assert {row["key"] for row in rows} == {"steal@eng", "steal@zho", "lie@yor", "paint@eng"}
    for row in rows:
        assert (row["inputs"], row["targets"]) == (row["inputs"], SAID[row["inputs"]])
        assert (row["harmful"], row["origin"], row["license"]) == (row["kind"] == "unsafe", "synthetic", "MIT")
        assert (row["model"], row["model_revision"], row["terms"], row["judge"]) == (
            "teacher",
            "r1",
            "any use",
            "judge",
        )
        assert row["preamble"] == preamble(row["language"]).name
    assert reasons(tmp_path / "store") == {
        "spy@eng": "harmful answer", "spy@zho": "too short", "dry@eng": "refuses a safe request",
    }  # fmt: skip
    held = pq.read_table(tmp_path / "store" / HELD_OUT).to_pylist()
    assert [row["key"] for row in held] == ["exam@eng", "exam@zho"]
    assert (report["kept"], report["dropped"], report["stopped"]) == (4, 3, None)
    assert report["verdicts"] == {"harmful": 1, "refusal": 4}


def test_nothing_is_paid_for_twice_and_a_small_budget_goes_on(tmp_path: Path) -> None:
    store = tmp_path / "store"
    with ModelServer(say=teacher) as first, ModelServer(say=judge) as second:
        # A call counts as 700 tokens or so before it is made, and as some 20 once it is answered.
        small = plan(tmp_path, **asked(first, second, tokens=760, concurrency=1))
        report = distill(small, store, refuses=Refuses())
        assert report["stopped"] == "the budget of tokens does not allow another call"
        before = first.answered.total()
        assert 0 < before < 7
        whole = plan(tmp_path, **asked(first, second))
        wanted = rehearse(whole, store)["teacher"]
        assert (wanted["calls"], wanted["questions"]) == (7 - before, 7)
        for _ in range(2):
            assert distill(whole, store, refuses=Refuses())["kept"] == 4
        assert first.answered.total() == 7
        assert second.answered.total() == 5
        assert rehearse(whole, store)["judge"]["calls"] > 0  # of answers that may be longer than those that came


def test_an_answer_without_a_verdict_is_not_taught(tmp_path: Path) -> None:
    with ModelServer(say=teacher) as first, ModelServer(say=lambda body: "I would rather not say.") as second:
        report = distill(plan(tmp_path, **asked(first, second)), tmp_path / "store", refuses=Refuses())
    assert report["kept"] == 0
    assert list(reasons(tmp_path / "store").values()).count("no verdict") == 5


def test_a_rehearsal_asks_nobody_and_writes_nothing(tmp_path: Path) -> None:
    with ModelServer(say=teacher) as first, ModelServer(say=judge) as second:
        found = rehearse(plan(tmp_path, **asked(first, second, prompt_price=1e6)), tmp_path / "store")
        assert first.asked == second.asked == 0
    assert (found["asked"], found["held_out"]) == (7, 2)
    assert found["teacher"]["calls"] == 7
    assert found["teacher"]["money"] == found["teacher"]["prompt_tokens"] > 700
    assert not (tmp_path / "store").exists()
    assert [one["language"] for one in found["prompts"]] == ["eng", "yor", "zho"]


def test_what_is_written_needs_a_reason_instead_of_a_judge(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="name a `judge`, or say why none is needed"):
        plan(tmp_path, teacher="written")
    written = plan(tmp_path, teacher="written", unjudged="read by people")
    report = distill(written, tmp_path / "store", refuses=Refuses())
    assert report["kept"] == 0
    assert set(reasons(tmp_path / "store").values()) == {"no answer"}


def test_without_a_judge_only_what_refuses_is_taught(tmp_path: Path) -> None:
    with ModelServer(say=teacher) as first:
        said = asked(first, first) | {"judge": None, "unjudged": "a trial", "safe": False}
        distill(plan(tmp_path, **said), tmp_path / "store", refuses=Refuses())
    kept = {row["key"] for row in pq.read_table(tmp_path / "store" / TAUGHT).to_pylist()}
    assert kept == {"steal@eng", "steal@zho"}
    assert reasons(tmp_path / "store")["spy@eng"] == "does not refuse"


def test_the_store_is_closed_and_says_who_may_have_it(tmp_path: Path) -> None:
    with ModelServer(say=teacher) as first, ModelServer(say=judge) as second:
        distill(plan(tmp_path, **asked(first, second)), tmp_path / "store", refuses=Refuses())
    assert (tmp_path / "store").stat().st_mode & 0o077 == 0
    card = (tmp_path / "store" / "README.md").read_text(encoding="utf-8")
    assert "Who may have this" in card
    assert "| zho | 1 | 0 | 1 |" in card
