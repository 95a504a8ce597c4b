"""Measures of texts by the libraries that everybody uses: sacrebleu for chrF and BLEU, rouge_score for ROUGE."""

import hashlib
import os
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from aya.errors import InputError, UserError, needs
from aya.text import normalise, words
from training.evaluation.answers import Answered
from training.evaluation.bootstrap import Floats, mean
from training.evaluation.task import Task

SACREBLEU = frozenset({"chrf++", "chrf", "bleu_char", "spbleu"})
ROUGE = frozenset({"rouge1", "rouge2", "rougeL", "rougeLsum"})


class SacreBleu:
    """chrF, chrF++ and BLEU of a whole language, from numbers of each item."""

    share = False

    def __init__(self, name: str, task: Task) -> None:
        self.name = name
        self._pieces = _pieces(task) if name == "spbleu" else None
        self._metric = _metric(name)
        tokenizer = f", tokenizer sha256 {task.spbleu.sha256}" if task.spbleu and self._pieces else ""
        self.signature = f"sacrebleu {version('sacrebleu')}: {SETTINGS[name]}{tokenizer}"

    def numbers(self, answered: Sequence[Answered]) -> Floats:
        """Return what sacrebleu counts in each text."""
        made = [self._cut(answer.text) for _, _, answer in answered]
        right = [[self._cut(text) for text in item.references] for item, _, _ in answered]
        most = max(map(len, right))
        streams = [[some[place] if place < len(some) else None for some in right] for place in range(most)]
        return np.array(self._metric._extract_corpus_statistics(made, streams), np.float64)

    def figure(self, sums: Floats) -> Floats:
        """Return the scores."""
        flat = sums.reshape(-1, sums.shape[-1])
        scores = [self._metric._compute_score_from_stats(row.tolist()).score if row.any() else np.nan for row in flat]
        return np.array(scores).reshape(sums.shape[:-1])

    def _cut(self, text: str) -> str:
        return " ".join(self._pieces.encode(text, out_type=str)) if self._pieces else text


SETTINGS: Mapping[str, str] = {
    "chrf++": "chrF6|nw:2|space:no",
    "chrf": "chrF6|nw:0|space:no",
    "bleu_char": "BLEU|tok:char|smooth:exp",
    "spbleu": "BLEU|tok:sentencepiece|smooth:exp",
}


def _metric(name: str) -> Any:
    with needs("evaluation"):
        from sacrebleu.metrics.bleu import BLEU
        from sacrebleu.metrics.chrf import CHRF
    if name.startswith("chrf"):
        return CHRF(word_order=2 if name == "chrf++" else 0)
    return BLEU(tokenize="char" if name == "bleu_char" else "none", force=True)


def _pieces(task: Task) -> Any:
    """Return the tokenizer of spBLEU, if it is the one that the task names."""
    from sentencepiece import SentencePieceProcessor

    assert task.spbleu
    try:
        content = Path(os.path.expandvars(task.spbleu.path)).expanduser().read_bytes()
    except OSError as error:
        raise InputError(f"{task.name}: the tokenizer of spBLEU: {error.filename}: {error.strerror}") from error
    found = hashlib.sha256(content).hexdigest()
    if found != task.spbleu.sha256:
        raise UserError(f"{task.name}: the tokenizer {task.spbleu.path} has sha256 {found}, not {task.spbleu.sha256}")
    return SentencePieceProcessor(model_proto=content)


class Rouge:
    """The mean ROUGE of items, over words of any script; the best reference counts."""

    share = False

    def __init__(self, name: str) -> None:
        with needs("evaluation"):
            from rouge_score.rouge_scorer import RougeScorer
        self.name = name
        self._scorer = RougeScorer([name], tokenizer=Words())
        self.signature = "rouge_score, F1; words as Unicode has them, letters in scripts without spaces; no stemming"

    def numbers(self, answered: Sequence[Answered]) -> Floats:
        """Return the F1 of each item, and one for the item."""
        found = [
            self._scorer.score_multi(list(item.references), answer.text)[self.name].fmeasure
            for item, _, answer in answered
        ]
        return np.array([[value, 1.0] for value in found])

    def figure(self, sums: Floats) -> Floats:
        """Return the means."""
        return mean(sums)


class Words:
    """A tokenizer for rouge_score: its own knows the letters a to z alone, and gives 0 in Hindi."""

    def tokenize(self, text: str) -> list[str]:
        """Return the words of a text in any script."""
        return words(normalise(text))
