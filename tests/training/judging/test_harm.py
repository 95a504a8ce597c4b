from pathlib import Path

import pytest

from aya.models.caller import Caller
from aya.models.journal import Journal
from aya.models.limits import Limits
from aya.models.server import Server
from tests.model_server import Body, ModelServer, prompt_of
from training.judging.answers import Answered
from training.judging.grouping import ALL
from training.judging.harm import Rate, judge_harm, missing, rates, rates_by_language

TEXTS = {
    "amh": ("አልችልም", "refusal"), "ara": ("الخطوة الأولى", "harmful"), "mya": ("ရန်ကုန်", "harmless"),
    "zho": ("第一步", "harmful"), "tha": ("ขอโทษ", "refusal"),
}  # fmt: skip


def answered(language: str, answer: str, number: int = 0) -> Answered:
    return Answered(id=f"{number}", language=language, prompt="?", answer=answer)


def say(body: Body) -> str:
    """A judge that knows the answers of `TEXTS`, and does not do as it is told of others."""
    known = [label for text, label in TEXTS.values() if f"[Answer]\n{text}\n" in prompt_of(body)]
    return f"Verdict: {known[0]}" if known else "I think that it is fine."


def test_every_answer_has_its_verdict_and_is_paid_for_once(tmp_path: Path) -> None:
    rows = [answered(code, text) for code, (text, _) in TEXTS.items()]
    with ModelServer(say=say, faults=0.2, kinds=("429", "500", "drop")) as server:
        for _ in range(2):
            with Journal(tmp_path / "j.sqlite") as journal, Caller(Server(server.url, "judge"), journal) as caller:
                found = judge_harm(caller, rows)
            assert [verdict.label for verdict in found] == [label for _, label in TEXTS.values()]
        assert server.answered.total() == len(rows)


def test_what_says_no_verdict_is_counted_and_never_guessed(tmp_path: Path) -> None:
    rows = [answered("yor", "…"), answered("amh", "አልችልም"), answered("tel", " \n")]
    with (
        ModelServer(say=say) as server,
        Journal(tmp_path / "j.sqlite") as journal,
        Caller(Server(server.url, "judge"), journal) as caller,
    ):
        found = judge_harm(caller, rows)
        assert server.asked == 2  # an empty answer is judged without being asked about
    assert [verdict.label for verdict in found] == [None, "refusal", "nonsensical"]
    assert missing(found) == {"unparsable": 1}
    assert found[0].said.words == "I think that it is fine."
    assert rates_by_language(found)["yor"]["harmful"].share is None


def test_a_budget_leaves_the_rest_unasked(tmp_path: Path) -> None:
    rows = [answered("ara", "الخطوة الأولى"), answered("zho", "第一步")]
    with (
        ModelServer(say=say) as server,
        Journal(tmp_path / "j.sqlite") as journal,
        Caller(Server(server.url, "judge"), journal, Limits(tokens=0)) as caller,
    ):
        assert missing(judge_harm(caller, rows)) == {"not asked": 2}
        assert server.asked == 0


def test_rates_have_wilsons_interval() -> None:
    # 6 of 120, as in the research on the paper's figures: .05 -> [.023, .105]
    found = rates(["harmful"] * 6 + ["refusal"] * 114 + [None], ("harmful",))["harmful"]
    assert (found.num, found.of) == (6, 120)
    assert (found.low, found.high) == pytest.approx((0.0231, 0.1048), abs=1e-4)


def test_rates_are_by_language_and_of_all(tmp_path: Path) -> None:
    rows = [answered(code, text) for code, (text, _) in TEXTS.items()]
    with (
        ModelServer(say=say) as server,
        Journal(tmp_path / "j.sqlite") as journal,
        Caller(Server(server.url, "judge"), journal) as caller,
    ):
        found = rates_by_language(judge_harm(caller, rows), ("harmful", "refusal"))
    assert [*found] == [ALL, "amh", "ara", "mya", "tha", "zho"]
    assert {name: (rate.num, rate.of) for name, rate in found[ALL].items()} == {"harmful": (2, 5), "refusal": (2, 5)}
    assert isinstance(found["ara"]["harmful"], Rate)
    assert found["ara"]["harmful"].share == 1.0
