import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF
from sentencepiece import SentencePieceProcessor

from aya.errors import InputError, UserError
from tests.training.evaluation.worksheets import ROWS, choices, texts
from training.evaluation.answers import Answer
from training.evaluation.items import items_of
from training.evaluation.measures import chosen, f1, measures_of, table
from training.evaluation.task import Task
from training.tokens import Tokens

SAID = ["Olú-ìlú ni Àbújá.", "القاهرة", "భారతదేశ రాజధాని న్యూఢిల్లీ.", "中国的首都是上海。", "กรุงเทพมหานคร", ""]
"""Answers to the rows, right or in part."""


def figures(task: Task) -> dict[str, float]:
    items = items_of(task, ROWS)
    answers = {(item.key, "plain"): Answer(text=SAID[int(item.id)]) for item in items}
    return {
        measure.name: float(measure.figure(table(measure, items, answers)[:, 0].sum(axis=0)))
        for measure in measures_of(task)
    }


def test_chrf_and_bleu_of_sums_are_those_of_sacrebleu_on_the_texts() -> None:
    found = figures(texts(measures=["chrf++", "chrf", "bleu_char"]))
    order = [0, 1, 2, 3, 4, 5]
    made, right = [SAID[n] for n in order], [[str(ROWS[n]["right"]) for n in order]]
    assert found["chrf++"] == pytest.approx(CHRF(word_order=2).corpus_score(made, right).score)
    assert found["chrf"] == pytest.approx(CHRF().corpus_score(made, right).score)
    assert found["bleu_char"] == pytest.approx(BLEU(tokenize="char").corpus_score(made, right).score)


def test_more_references_count_as_sacrebleu_has_them() -> None:
    found = figures(texts(measures=["chrf++"], references="{{ right }}{% if l == 'yor' %} ||| {{ wrong }}{% endif %}"))
    right: list[list[Any]] = [[row["right"] for row in ROWS], [ROWS[0]["wrong"], *[None] * 5]]
    assert found["chrf++"] == pytest.approx(CHRF(word_order=2).corpus_score(SAID, right).score)


def test_rouge_and_f1_know_every_script() -> None:
    found = figures(texts(measures=["rougeL", "f1", "exact"]))
    # Of 6, in the order of ROWS: Telugu is equal; Chinese shares 6 of 8 and 8 letters; the others in part.
    assert found["exact"] == pytest.approx(100 / 6)
    assert found["rougeL"] > 50
    assert found["f1"] == pytest.approx(found["rougeL"], abs=5)


def test_f1_counts_words_once_for_each_time_they_stand_there() -> None:
    assert f1(["a", "a", "b"], ["a", "b", "b"]) == pytest.approx(2 / 3)
    assert f1([], []) == 1
    assert f1(["a"], []) == 0


def test_words_that_count_for_nothing_are_the_tasks_to_say() -> None:
    row = {**ROWS[0], "l": "eng", "right": "the Nile"}
    for left_out, value in (({}, 50.0), ({"eng": ["the", "a"]}, 100.0)):
        task = texts(measures=["f1"], left_out=left_out)
        (item,) = items_of(task, [row])
        (measure,) = measures_of(task)
        numbers = measure.numbers([(item, (), Answer(text="A Nile"))])
        assert measure.figure(numbers.sum(axis=0)) == pytest.approx(value)


def test_spbleu_is_bleu_of_the_pieces_of_a_known_model(tokens: Tokens, tmp_path: Path) -> None:
    path = tmp_path / "pieces.model"
    path.write_bytes(tokens.sentencepiece or b"")
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    found = figures(texts(measures=["spbleu"], spbleu={"path": str(path), "sha256": sha256}))
    pieces = SentencePieceProcessor(model_file=str(path))
    made, right = ([" ".join(pieces.encode(text, out_type=str)) for text in some] for some in (
        SAID, [str(row["right"]) for row in ROWS]
    ))  # fmt: skip
    assert found["spbleu"] == pytest.approx(BLEU(tokenize="none", force=True).corpus_score(made, [right]).score)
    with pytest.raises(UserError, match=f"has sha256 {sha256}, not {'0' * 64}"):
        measures_of(texts(measures=["spbleu"], spbleu={"path": str(path), "sha256": "0" * 64}))
    with pytest.raises(InputError, match=r"the tokenizer of spBLEU: .*nothing: No such file"):
        measures_of(texts(measures=["spbleu"], spbleu={"path": str(tmp_path / "nothing"), "sha256": sha256}))
    with pytest.raises(ValueError, match="spbleu needs its tokenizer"):
        texts(measures=["spbleu"])


def test_the_likeliest_choice_may_be_another_by_its_length() -> None:
    answer = Answer(scores=(-4.0, -6.0))
    assert chosen(answer, ("ab", "abcdef")) == 0
    assert chosen(answer, ("ab", "abcdef"), norm=True) == 1  # -2 and -1 a character
    assert chosen(Answer(scores=(-1.0, -1.0)), ("a", "b")) == 0


def test_a_draw_without_an_item_has_no_figure() -> None:
    for task in (texts(measures=["chrf++", "bleu_char", "f1", "rougeL"]), choices()):
        for measure in measures_of(task):
            width = measure.numbers([(items_of(task, ROWS)[0], ("a", "b"), Answer(scores=(0.0, 1.0), text="x"))]).shape[
                1
            ]
            assert np.isnan(measure.figure(np.zeros((2, width)))).all(), measure.name
