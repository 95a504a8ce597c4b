from collections.abc import Callable
from pathlib import Path

import pytest

from translation.checkpoint import Checkpoint
from translation.ctranslate2_engine import CTranslate2
from translation.engine import Engine
from translation.nllb import Transformers
from translation.tiny import pairs
from translation.vocabulary import kept, lines

KNOWN = dict(pairs("fra_Latn", num=40))

Make = Callable[[list[int] | None], Engine]


@pytest.fixture(scope="module", params=["transformers", "ctranslate2"])
def make(request: pytest.FixtureRequest, tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Make:
    cache = tmp_path_factory.mktemp("converted")

    def of(ids: list[int] | None) -> Engine:
        if request.param == "transformers":
            return Transformers(str(tiny_model), dtype="float32", kept=ids)
        return CTranslate2(str(tiny_model), device="cpu", threads=1, cache=cache, kept=ids)

    return of


def test_with_the_tokens_of_its_languages_a_model_says_the_same(make: Make, tiny_model: Path) -> None:
    ids = kept(Checkpoint(str(tiny_model)), [*KNOWN, *KNOWN.values()])
    whole, short = make(None), make(ids)
    assert len(ids) < 0.7 * len(Checkpoint(str(tiny_model)).tokenizer)
    said = [
        [one.text for one in engine.translate(list(KNOWN), source="eng_Latn", target="fra_Latn")]
        for engine in (whole, short)
    ]
    assert said[0] == said[1]
    assert whole.key != short.key


def test_a_text_with_a_token_that_is_not_kept_is_asked_of_the_whole_vocabulary(make: Make, tiny_model: Path) -> None:
    ids = kept(Checkpoint(str(tiny_model)), [])
    texts = [text for text in KNOWN if len(text) > 12]
    said = [
        [one.text for one in engine.translate(texts, source="eng_Latn", target="fra_Latn")]
        for engine in (make(None), make(ids))
    ]
    assert said[0] == said[1]


def test_a_token_that_is_not_kept_is_not_said(tiny_model: Path) -> None:
    ids = kept(Checkpoint(str(tiny_model)), KNOWN)
    engine = Transformers(str(tiny_model), dtype="float32", kept=ids)
    for one in engine.translate(list(KNOWN), source="eng_Latn", target="fra_Latn"):
        assert {*engine.checkpoint.tokenizer(one.text, add_special_tokens=False)["input_ids"]} <= {*ids}


def test_texts_are_the_lines_of_files(tmp_path: Path) -> None:
    (tmp_path / "texts.txt").write_text("ሰላም\nsannu\n", encoding="utf-8")
    assert list(lines([tmp_path / "texts.txt"])) == ["ሰላም", "sannu"]
