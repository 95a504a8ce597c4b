"""Refusals and self-reference are found in many languages, and what only looks alike stays."""

from typing import Any

import pytest

from aya.table import records
from synthesis.refusal import Refusal


def reason(answer: str, language: str = "eng", prompt: str = "", **settings: Any) -> str | None:
    table = records([{"id": "1", "inputs": prompt, "targets": answer, "language": language}])
    found: str | None = Refusal(**settings)(table)["drop"][0].as_py()
    return found and found.removeprefix("synthesis.refusal: ")


@pytest.mark.parametrize(
    ("language", "answer"),
    [
        ("eng", "I’m sorry, but I can’t help with that."),
        ("yor", "I'm sorry, but I cannot answer in Yoruba."),  # models fall back to English
        ("spa", "¡Hola! Lo siento, pero no puedo ayudarte."),
        ("fra", "Je suis désolé, mais je ne peux pas répondre."),
        ("deu", "Es tut mir leid, aber das geht nicht."),
        ("rus", "Извините, но я не могу этого сделать."),
        ("ara", "عذراً، لا أستطيع المساعدة في ذلك."),
        ("hin", "क्षमा करें, मैं यह नहीं कर सकता।"),
        ("zho", "很抱歉，我无法回答这个问题。"),
        ("jpn", "申し訳ありませんが、お答えできません。"),
        ("kor", "죄송하지만 도와드릴 수 없습니다."),
        ("tha", "ขออภัย ฉันไม่สามารถช่วยได้"),
        ("tel", "క్షమించండి, నేను సహాయం చేయలేను."),
    ],
)
def test_a_refusal_is_found(language: str, answer: str) -> None:
    assert reason(answer, language) == "refusal"


@pytest.mark.parametrize(
    ("language", "answer"),
    [
        ("eng", "Great question! As an AI language model, I have no favourite colour."),
        ("fra", "En tant qu’assistant, je n'ai pas de préférences."),
        ("spa", "Soy una inteligencia artificial."),
        ("zho", "你好！作为一个AI语言模型，我没有感情。"),
        ("kor", "제가 Qwen이라는 모델이기 때문입니다."),
        ("amh", "እኔ ChatGPT ነኝ።"),
        ("mya", "ကျွန်တော်သည် OpenAI မှ ဖန်တီးထားသော မော်ဒယ်ဖြစ်သည်။"),
    ],
)
def test_a_model_that_speaks_of_itself_is_found(language: str, answer: str) -> None:
    assert reason(answer, language) == "self-reference"


@pytest.mark.parametrize(
    ("language", "answer"),
    [
        ("eng", "Treat it as an aid to memory."),
        ("fra", "Le peintre Claude Monet est né à Paris."),
        ("fra", "– Mon chéri, je suis désolé mais je ne peux pas venir, dit-elle."),  # inside a story
        ("por", "Ele me contou como ia para a escola."),
        ("tha", "ประเทศไทยมีเจ็ดสิบเจ็ดจังหวัด"),
        ("yor", "Mo lọ sí ọjà."),
    ],
)
def test_what_only_looks_alike_stays(language: str, answer: str) -> None:
    assert reason(answer, language) is None


def test_a_name_that_the_prompt_has_is_no_fault() -> None:
    assert reason("ChatGPT is made by OpenAI.", prompt="Who made ChatGPT, OpenAI?") is None


def test_refusals_stay_where_they_are_wanted() -> None:
    assert reason("I'm sorry, but I can't help.", kinds=("self-reference",)) is None
    assert reason("As an AI, I do not know.", kinds=("refusal",)) is None


def test_the_phrase_is_the_evidence() -> None:
    table = records([{"id": "1", "inputs": "", "targets": "Hi. As an AI I can not.", "language": "eng"}])
    assert Refusal()(table)["evidence"][0].as_py() == '{"phrase":"as an ai"}'
