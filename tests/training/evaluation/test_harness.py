"""The same model on the same tasks, here and in lm-evaluation-harness."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from tokenizers import ByteLevelBPETokenizer
from transformers import PreTrainedTokenizerFast

from aya.errors import UserError
from tests.training.conftest import LINES
from tests.training.evaluation.worksheets import ROWS, choices, texts
from training.evaluation.answers import Own
from training.evaluation.harness import Harness
from training.evaluation.items import Item, items_of
from training.evaluation.run import Given, evaluate
from training.evaluation.task import Task
from training.model import load_model, new_model
from training.tokens import Tokens

pytestmark = [
    pytest.mark.slow,
    pytest.mark.xdist_group("harness"),
    pytest.mark.filterwarnings("ignore"),  # of lm_eval; its numbers are what is looked at
]

LONG = choices(choices="{{ right }} ||| {{ wrong }} ||| {{ q }}", answer="{{ n }}")
"""Three choices of unlike length."""


@pytest.fixture(scope="session")
def folder(tokens: Tokens, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An mT5 as plain transformers loads it."""
    path = tmp_path_factory.mktemp("seq2seq")
    new_model("tiny-mt5", tokens, device="cpu").save(path)
    return path


@pytest.fixture(scope="session")
def causal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A causal model with a vocabulary of bytes, which cuts texts alike wherever they begin."""
    path = tmp_path_factory.mktemp("causal")
    learned = ByteLevelBPETokenizer()
    learned.train_from_iterator(LINES, vocab_size=400, show_progress=False, special_tokens=["</s>"])
    fast: Any = PreTrainedTokenizerFast
    tokenizer = fast(tokenizer_object=learned._tokenizer, eos_token="</s>", pad_token="</s>")
    new_model("tiny-causal", Tokens(tokenizer), device="cpu").save(path)
    return path


def through(folder: Path, backend: str) -> Harness:
    return Harness(f"lm-eval:hf,pretrained={folder},backend={backend},dtype=float32,device=cpu,batch_size=4")


def test_an_encoder_decoder_has_the_same_scores(folder: Path) -> None:
    asked = [question for item in items_of(LONG, ROWS) for question in item.questions]
    ours, theirs = Own(load_model(str(folder), device="cpu")), through(folder, "seq2seq")
    for one, other in zip(ours.answers(LONG, asked), theirs.answers(LONG, asked), strict=True):
        assert one.scores == pytest.approx(other.scores, abs=1e-3)
    asked = [question for item in items_of(texts(), ROWS) for question in item.questions]
    for one, other in zip(ours.answers(texts(), asked), theirs.answers(texts(), asked), strict=True):
        assert other.text.startswith(one.text)  # it lets an encoder-decoder write for as long as the prompt, too


def test_a_causal_model_has_the_same_scores_but_for_the_line_break_between(causal: Path) -> None:
    asked = [question for item in items_of(LONG, ROWS) for question in item.questions]
    ours, theirs = Own(load_model(str(causal), device="cpu")), through(causal, "causal")
    for one, other in zip(ours.answers(LONG, asked), theirs.answers(LONG, asked), strict=True):
        apart = [mine - its for mine, its in zip(one.scores, other.scores, strict=True)]
        assert apart == pytest.approx([apart[0]] * 3, abs=1e-3)


def of_the_harness(items: Sequence[Item], folder: Path, out: Path) -> dict[str, dict[str, float]]:
    """Return what lm-evaluation-harness makes of the first prompt, as a task of its own."""
    from lm_eval import simple_evaluate

    languages: dict[str, list[dict[str, Any]]] = {}
    for item in items:
        row = {"text": item.questions[0].text, "choices": item.questions[0].choices, "answer": item.answer}
        languages.setdefault(item.tongue, []).append(row)
    tasks = []
    for tongue, rows in languages.items():
        (out / f"{tongue}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        files = {"data_files": str(out / f"{tongue}.jsonl"), "cache_dir": str(out / "cache")}
        metrics = [{"metric": name, "aggregation": "mean", "higher_is_better": True} for name in ("acc", "acc_norm")]
        tasks.append(
            {
                "task": tongue, "dataset_path": "json", "dataset_kwargs": files, "test_split": "train",
                "output_type": "multiple_choice", "doc_to_text": "{{text}}", "doc_to_choice": "choices",
                "doc_to_target": "answer", "target_delimiter": "", "metric_list": metrics,
            }
        )  # fmt: skip
    arguments = f"pretrained={folder},backend=seq2seq,dtype=float32"
    found = simple_evaluate("hf", arguments, tasks=tasks, device="cpu", batch_size=8, bootstrap_iters=0)
    return {
        tongue: {name: 100 * told[f"{key},none"] for name, key in (("accuracy", "acc"), ("accuracy_norm", "acc_norm"))}
        for tongue, told in found["results"].items()
    }


def test_figures_are_those_of_the_harness_by_language(folder: Path, tmp_path: Path) -> None:
    one_prompt = Task.model_validate(LONG.model_dump() | {"prompts": [LONG.prompts[0].model_dump()]})
    rows = [
        {**ROWS[n % 2], "wrong": str(ROWS[n % 5]["right"])[: 4 + n * 7 % 29], "n": n * n % 5 % 3} for n in range(24)
    ]
    found = evaluate(load_model(str(folder), device="cpu"), [Given(task=one_prompt, rows=rows)], tmp_path)
    told = found["tasks"]["capitals"]["measures"]
    theirs = of_the_harness(items_of(one_prompt, rows), folder, tmp_path)
    assert set(theirs) == set(told["accuracy"]["language"])
    for tongue, figures in theirs.items():
        for name, value in figures.items():
            assert told[name]["language"][tongue]["value"] == pytest.approx(value), (tongue, name)
    assert len({round(value) for figures in theirs.values() for value in figures.values()}) > 2  # not all alike


def test_what_the_harness_can_not_do_is_said(folder: Path) -> None:
    with pytest.raises(UserError, match="lm-evaluation-harness does not score the end of a text"):
        through(folder, "seq2seq").answers(choices(end=True), [])
    with pytest.raises(UserError, match="lm-eval:hgf"):
        Harness("lm-eval:hgf,pretrained=x")
