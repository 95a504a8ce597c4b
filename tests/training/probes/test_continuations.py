import json
from pathlib import Path

import pytest

from aya.errors import InputError, UserError
from aya.models.named import Named
from tests.model_server import ModelServer
from training.model import new_model
from training.probes.continuations import Sampling, by_file, by_folder, by_named
from training.probes.prompts import Prompt
from training.tokens import Tokens

PROMPTS = [
    Prompt(id=f"{at}", language=code, text=text) for at, (code, text) in enumerate((("hin", "नमस्ते"), ("tha", "วันนี้")))
]
HOW = Sampling(samples=30, most=3, temperature=2.0)


@pytest.fixture(scope="module")
def folder(tokens: Tokens, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model with random weights."""
    path = tmp_path_factory.mktemp("model")
    new_model("tiny-causal", tokens, device="cpu").save(path)
    return path


def test_samples_depend_on_their_prompt_alone_and_are_drawn_once(folder: Path, tmp_path: Path) -> None:
    found = by_folder(str(folder), PROMPTS, HOW, tmp_path, device="cpu").texts
    assert [len(texts) for texts in found.values()] == [30, 30]
    assert len(set(found["0", "hin"])) > 10  # the second hand is no copy of the first
    (journal,) = tmp_path.iterdir()
    whole = journal.read_bytes()
    assert by_folder(str(folder), PROMPTS, HOW, tmp_path, device="cpu").texts == found
    assert journal.read_bytes() == whole
    journal.write_bytes(whole[:-20])  # killed while it wrote the last line
    assert by_folder(str(folder), PROMPTS[::-1], HOW, tmp_path, device="cpu").texts == found
    fewer = by_folder(str(folder), PROMPTS[1:], HOW.model_copy(update={"samples": 5}), tmp_path, device="cpu").texts
    assert fewer == {("1", "tha"): found["1", "tha"][:5]}


def test_another_seed_draws_others(folder: Path, tmp_path: Path) -> None:
    first, second = (
        by_folder(str(folder), PROMPTS, Sampling(samples=2, most=3, seed=seed), tmp_path, device="cpu").texts
        for seed in (0, 1)
    )
    assert first != second


def test_a_server_is_asked_for_every_sample_once(tmp_path: Path) -> None:
    how = Sampling(samples=3, most=5)
    with ModelServer(faults=0.2, kinds=("429", "500")) as server:
        model = Named(name="parrot", at=server.url)
        found = by_named(model, PROMPTS, how, tmp_path / "samples.sqlite")
        assert [len(set(texts)) for texts in found.texts.values()] == [3, 3]  # every sample has a seed of its own
        assert {"prompt", "seed"} <= server.bodies[0].keys()
        assert server.answered.total() == 6
        again = by_named(model, PROMPTS, how, tmp_path / "samples.sqlite")
        assert (again.texts, server.answered.total()) == (found.texts, 6)
        by_named(model, PROMPTS[:1], how.model_copy(update={"chat": True}), tmp_path / "samples.sqlite")
        assert server.bodies[-1]["messages"] == [{"role": "user", "content": "नमस्ते"}]


def test_what_no_budget_was_left_for_is_counted(tmp_path: Path) -> None:
    with ModelServer() as server:
        model = Named.model_validate({"name": "parrot", "at": server.url, "limits": {"tokens": 0}})
        found = by_named(model, PROMPTS, Sampling(samples=2), tmp_path / "samples.sqlite")
    assert (found.missing, found.texts["0", "hin"]) == ({"not asked": 4}, [])
    assert found.stopped is not None
    assert "tokens" in found.stopped


def test_a_file_has_samples_of_prompts_with_their_scores(tmp_path: Path) -> None:
    path = tmp_path / "said.jsonl"
    rows = [{"id": "0", "language": "hi", "targets": text, "score": score} for text, score in (("a", 0.5), ("b", 1))]
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    found = by_file(path, PROMPTS[:1])
    assert (found.texts, found.scores) == ({("0", "hin"): ["a", "b"]}, {("0", "hin"): [0.5, 1.0]})
    assert found.prompts == PROMPTS[:1]
    with pytest.raises(UserError, match="1 of the 2 prompts have no row"):
        by_file(path, PROMPTS)
    assert by_file(path, PROMPTS, PROMPTS[:1]).texts == found.texts
    with pytest.raises(InputError, match="has no rows"):
        by_file(path, PROMPTS, [])


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"id": "0", "language": "hin"}, "row 1: no `answer`"),
        ({"id": "00", "language": "hin", "answer": "a"}, "row 1: no prompt '00' in hin"),
        ({"id": "0", "language": "hin", "answer": "a", "score": 3}, "row 1: `score` is from 0 to 1, not '3'"),
    ],
)
def test_a_fault_of_a_file_of_samples_is_named(tmp_path: Path, row: dict[str, object], message: str) -> None:
    path = tmp_path / "said.jsonl"
    path.write_text(json.dumps(row) + "\n")
    with pytest.raises(InputError) as refused:
        by_file(path, PROMPTS[:1])
    assert message in str(refused.value)
