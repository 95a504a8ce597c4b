import io
import unicodedata
from collections.abc import Sequence
from pathlib import Path

import pytest
import sentencepiece
from hypothesis import given, settings
from transformers import AutoTokenizer

from aya.errors import UserError
from tests.strategies import texts
from tests.workshop import QUESTIONS
from training.sentencepiece_model import HARD, build
from training.tokens import Tokens, load_tokens
from training.vocabulary import learn_tokens

LINES = [str(row[name]) for row in QUESTIONS for name in ("q", "a")] * 3


def sentencepiece_model(*, rule: str, symbols: Sequence[str] = (), keep_blanks: bool = False) -> bytes:
    """Return a model that was trained as others train theirs."""
    made = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(LINES), model_writer=made, vocab_size=600, hard_vocab_limit=False, byte_fallback=True,
        normalization_rule_name=rule, remove_extra_whitespaces=not keep_blanks, user_defined_symbols=list(symbols),
        pad_id=0, eos_id=1, unk_id=2, bos_id=-1, num_threads=1, minloglevel=2,
        required_chars="".join(map(chr, range(33, 127))),
    )  # fmt: skip
    return made.getvalue()


@pytest.fixture(scope="module")
def like_mt5() -> Tokens:
    """Tokens with mT5's settings: nmt_nfkc and byte fallback."""
    content = sentencepiece_model(rule="nmt_nfkc")
    return Tokens(build(content, name="like mT5"), sentencepiece=content)


@pytest.fixture(scope="module")
def own() -> Tokens:
    return learn_tokens(LINES, size=600)


@settings(max_examples=60)
@given(text=texts())
def test_every_text_is_cut_as_sentencepiece_cuts_it(like_mt5: Tokens, own: Tokens, text: str) -> None:
    for tokens in (like_mt5, own):
        original = sentencepiece.SentencePieceProcessor(model_proto=tokens.sentencepiece)
        ids = original.encode(text)
        assert tokens.encode([text], end=False) == [ids]
        assert tokens.decode([ids]) == [original.decode(ids)]


@pytest.mark.parametrize("text", ["ﬁ\u0300", "ﻻ\u064e", "ক\u09c7\u09be", "க\u0bc6\u0bbe", "\u1112\u1161\u11ab"])
def test_marks_behind_letters_that_are_replaced_stay(like_mt5: Tokens, text: str) -> None:
    original = sentencepiece.SentencePieceProcessor(model_proto=like_mt5.sentencepiece)
    assert like_mt5.encode([text], end=False) == [original.encode(text)]
    (back,) = like_mt5.decode(like_mt5.encode([text]))
    assert unicodedata.normalize("NFKC", back) == unicodedata.normalize("NFKC", text)


@settings(max_examples=60)
@given(text=texts())
def test_a_vocabulary_of_our_own_loses_nothing(own: Tokens, text: str) -> None:
    assert own.decode(own.encode([text])) == [text.replace("▁", " ")]


def test_what_a_vocabulary_loses_is_said(like_mt5: Tokens, own: Tokens) -> None:
    assert like_mt5.lost == ("line breaks", "two blanks in a row", "joiners (U+200C, U+200D)")
    assert own.lost == ()


def test_unknown_letters_are_written_in_bytes(own: Tokens) -> None:
    assert own.tokenizer.convert_ids_to_tokens(own.encode(["ⵣ"])[0]) == ["▁", "<0xE2>", "<0xB5>", "<0xA3>", "</s>"]


def test_the_name_of_a_special_token_in_a_text_is_letters(own: Tokens) -> None:
    ids = own.encode(["</s><pad><0x41>"], end=False)[0]
    assert not {own.end, own.pad, own.tokenizer.convert_tokens_to_ids("<0x41>")} & set(ids)


def test_a_model_that_can_not_be_cut_alike_is_refused() -> None:
    content = sentencepiece_model(rule="nmt_nfkc", symbols=["\n"])  # a symbol is kept that the rule takes away
    with pytest.raises(UserError, match=r"theirs: transformers can not cut '\\n' as its sentencepiece model does"):
        build(content, name="theirs")


def test_a_cut_text_keeps_its_end(own: Tokens) -> None:
    (whole,) = own.encode(["Ìwé wà lórí tábìlì"])
    assert own.encode(["Ìwé wà lórí tábìlì"], most=5) == [[*whole[:4], own.end]]


def test_the_saved_tokens_are_the_same_in_plain_transformers(own: Tokens, tmp_path: Path) -> None:
    own.save(tmp_path)
    plain = AutoTokenizer.from_pretrained(tmp_path)
    again = load_tokens(str(tmp_path))
    for text in HARD:
        if "</s>" not in text:
            assert plain(text)["input_ids"] == again.encode([text])[0] == own.encode([text])[0]


def test_a_folder_without_a_tokenizer_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no tokenizer in"):
        load_tokens(str(tmp_path))
