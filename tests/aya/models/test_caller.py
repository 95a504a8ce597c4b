"""A caller asks each question once, whatever the server does, and never past its budget."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from aya.models.caller import Caller
from aya.models.journal import Journal
from aya.models.limits import Limits
from aya.models.model import Answer, Decoding, Message, ModelError, Request
from aya.models.server import Server
from tests.model_server import ModelServer, restart_after

FEW = Decoding(max_tokens=8)


def question(text: str, **more: Any) -> Request:
    return Request(messages=(Message("user", text),), decoding=FEW, **more)


def texts(answers: Sequence[Answer | None]) -> list[str | None]:
    return [answer.text if answer else None for answer in answers]


JOURNALS: list[Journal] = []


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    """Close the journals that a test opened."""
    yield
    while JOURNALS:
        JOURNALS.pop().close()


def journal(path: Path) -> Journal:
    JOURNALS.append(Journal(path))
    return JOURNALS[-1]


def ask(server: ModelServer, folder: Path, requests: Sequence[Request], **limits: Any) -> tuple[Any, Caller]:
    with Caller(Server(server.url, "parrot", timeout=1), journal(folder / "calls.sqlite"), Limits(**limits)) as caller:
        return caller.ask(requests), caller


@pytest.mark.slow
def test_two_thousand_prompts_are_answered_once_through_faults_and_a_restart(tmp_path: Path) -> None:
    requests = [question(f"question {i}", language=("yor", "tha")[i % 2]) for i in range(2000)]
    with ModelServer(faults=0.15) as server:
        restart = restart_after(server, 900)
        answers, caller = ask(server, tmp_path, requests, concurrency=64)
        restart.join()
        assert texts(answers) == [f"0 {f'question {i}'[::-1]}" for i in range(2000)]
        assert set(server.faults) == {"429", "500", "hang", "drop", "cut", "nonsense"}
        assert caller.counts["retries"] >= sum(server.faults.values())
        assert len(server.answered) == 2000
        assert sum(server.answered.values()) - 2000 <= 64  # answers that were on the way as the server went down
        assert caller.journal.spent("parrot").tokens >= server.paid
        asked = server.asked
        again, second = ask(server, tmp_path, requests, concurrency=64)
        assert again == answers
        assert server.asked == asked
        assert second.counts == {"hits": 2000}
    usage = caller_usage(tmp_path)
    assert [(row["language"], row["calls"] - row["lost"]) for row in usage] == [("tha", 1000), ("yor", 1000)]


def caller_usage(folder: Path) -> list[Any]:
    return journal(folder / "calls.sqlite").usage()


def test_a_question_under_way_is_not_asked_again(tmp_path: Path) -> None:
    with ModelServer(delay=0.1) as server:
        answers, caller = ask(server, tmp_path, [question("a"), question("a"), question("a", seed=1)])
    assert texts(answers) == ["0 a", "0 a", "1 a"]
    assert (server.asked, caller.counts["hits"]) == (2, 1)


def test_model_revision_decoding_and_seed_name_an_answer() -> None:
    one = question("a")
    others = [
        question("b"),
        question("a", seed=1),
        Request(messages=(Message("system", "a"),), decoding=FEW),
        Request(prompt="a", decoding=FEW),
        Request(messages=(Message("user", "a"),)),
    ]
    keys = {one.key("m", "1"), one.key("m", "2"), one.key("n", "1"), *(other.key("m", "1") for other in others)}
    assert len(keys) == 8
    assert question("a", language="yor", task="x").key("m", "1") == one.key("m", "1")


@pytest.mark.parametrize("budget", ["tokens", "money"])
def test_a_budget_is_never_passed_also_when_answers_are_lost(tmp_path: Path, budget: str) -> None:
    limits = {"tokens": 3000} if budget == "tokens" else {"money": 3.0, "prompt_price": 1000, "completion_price": 1000}
    requests = [question(f"question {i}") for i in range(900)]
    with ModelServer(faults=0.1, kinds=("drop", "cut", "nonsense")) as server:
        for run in range(2):  # what the first run paid counts for the second
            answers, caller = ask(server, tmp_path, requests, concurrency=16, **limits)
            assert server.paid <= caller.journal.spent("parrot").tokens <= 3000
            assert caller.stopped == f"the budget of {budget} does not allow another call"
            num = sum(answer is not None for answer in answers)
            assert num >= 100, run  # and is used: lost answers may cost a hundred tokens each
    assert caller.counts["hits"] == num


def test_two_runs_at_once_share_a_budget(tmp_path: Path) -> None:
    def run(name: str) -> None:
        with Journal(tmp_path / "j") as own, Caller(Server(server.url, "parrot"), own, Limits(tokens=3000)) as caller:
            caller.ask([question(f"{name} {i}") for i in range(600)])
            assert caller.stopped

    with ModelServer() as server, ThreadPoolExecutor(2) as pool:
        assert [*pool.map(run, ("one", "two"))] == [None, None]
    assert 2800 <= server.paid == journal(tmp_path / "j").spent("parrot").tokens <= 3000


def test_time_that_is_over_begins_no_call(tmp_path: Path) -> None:
    with ModelServer() as server:
        answers, caller = ask(server, tmp_path, [question("a")], hours=0)
    assert (answers, caller.stopped, server.asked) == ([None], "the budget of time does not allow another call", 0)


def test_no_more_are_under_way_than_allowed(tmp_path: Path) -> None:
    with ModelServer(delay=0.02) as server:
        ask(server, tmp_path, [question(str(i)) for i in range(30)], concurrency=3)
    assert server.most_at_once == 3


def test_a_request_that_is_refused_says_why_and_is_asked_again_next_time(tmp_path: Path) -> None:
    with ModelServer() as server:
        (long, short), caller = ask(server, tmp_path, [question("x" * 10_001), question("a")])
        assert (long.text, long.fault, short.text) == ("", "400: 400 Bad Request", "0 a")
        assert caller.counts == {"calls": 2, "refused": 1}
        ask(server, tmp_path, [question("x" * 10_001)])
        assert server.asked == 3


@pytest.mark.parametrize(
    ("name", "key", "words"), [("nobody", None, "knows no such model"), ("parrot", "wrong", "refuses the key")]
)
def test_a_model_that_can_not_be_used_ends_the_run(tmp_path: Path, name: str, key: str | None, words: str) -> None:
    with ModelServer() as server, Caller(Server(server.url, name, api_key=key), journal(tmp_path / "j")) as caller:
        with pytest.raises(ModelError, match=words):
            caller.ask([question("a")])
        assert caller.journal.spent("parrot") == (0, 0)


def test_nobody_there_is_said_after_the_last_attempt(tmp_path: Path) -> None:
    limits = Limits(retries=0, concurrency=2)
    with Caller(Server("http://127.0.0.1:9/v1", "parrot"), journal(tmp_path / "j"), limits) as caller:
        assert "can not be reached" in str(caller.ask([question("a")])[0])
        assert caller.journal.spent("parrot") == (0, 0)
        with pytest.raises(ModelError, match="in a row had no answer"):
            caller.ask([question(str(i)) for i in range(9)])


def test_a_stream_is_heard_in_pieces_and_kept(tmp_path: Path) -> None:
    pieces: list[str] = []
    with (
        ModelServer(faults=0.5, kinds=("cut",)) as server,
        Caller(Server(server.url, "parrot"), journal(tmp_path / "j")) as caller,
    ):
        run = caller._runner.run
        answer = run(caller.answer(question("a long question"), pieces.append))
        assert answer.text == "0 noitseuq gnol a" == "".join(pieces)[-17:]
        assert len(pieces) >= 4
        assert answer.finish == "stop"
        assert run(caller.answer(question("a long question"))) == answer
        assert caller.counts["hits"] == 1


def test_a_bare_prompt_goes_to_completions(tmp_path: Path) -> None:
    with ModelServer() as server:
        answers, _ = ask(server, tmp_path, [Request(prompt="ab", decoding=Decoding(max_tokens=2, stop=("x",)))])
    assert answers[0].text == "0 ba"
    assert answers[0].finish == "length"  # two words are two tokens here
    assert "/v1/completions" in server.headers[0]
    assert server.bodies[0]["stop"] == ["x"]


KILLED = """
import sys
from pathlib import Path
from tests.aya.models.test_caller import ask, question
from types import SimpleNamespace
ask(SimpleNamespace(url=sys.argv[1]), Path(sys.argv[2]), [question(f"q {i}") for i in range(300)], concurrency=4)
"""


def test_a_killed_run_goes_on_without_paying_twice(tmp_path: Path) -> None:
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])}
    with ModelServer(delay=0.01) as server:
        command = [sys.executable, "-c", KILLED, server.url, str(tmp_path)]
        running = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE)
        while server.asked < 100:
            time.sleep(0.005)
            assert running.poll() is None, running.communicate()
        running.send_signal(signal.SIGKILL)
        running.communicate()
        known = sum(row["calls"] - row["lost"] for row in caller_usage(tmp_path))
        asked = server.asked
        answers, caller = ask(server, tmp_path, [question(f"q {i}") for i in range(300)])
        assert texts(answers) == [f"0 {i[::-1]}" for i in (f"q {n}" for n in range(300))]
        assert known >= 90
        assert caller.counts["hits"] == known
        assert server.asked == asked + 300 - known
        assert caller.journal.spent("parrot").tokens >= server.paid  # with the calls that nobody heard the end of


@pytest.mark.parametrize(
    ("most", "within", "num"),
    [
        ({"requests_a_second": 20}, {"requests_per_minute": 600}, 25),
        ({"tokens_a_second": 400}, {"tokens_per_minute": 12_000}, 40),
    ],
    ids=["requests", "tokens"],
)
def test_within_its_limits_no_request_is_refused(most: Any, within: dict[str, float], num: int, tmp_path: Path) -> None:
    requests = [question(f"question {i} of many words in it") for i in range(num)]
    with ModelServer(**most) as server:
        hasty, _ = ask(server, tmp_path, requests, concurrency=num)
        assert server.faults["429"] > 0
    with ModelServer(**most) as server:
        (tmp_path / "paced").mkdir()
        answers, caller = ask(server, tmp_path / "paced", requests, concurrency=num, **within)
        assert (server.faults["429"], caller.counts) == (0, {"calls": num})
    assert answers == hasty
