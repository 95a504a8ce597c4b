import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.translation.engines import Careless, Shouting
from translation.protection import spans
from translation.segments import Locale
from translation.translate import Pair, Segment, translate_pairs

ENGLISH = Locale("eng", "Latn", "eng_Latn")
SPANISH = Locale("spa", "Latn", "spa_Latn")
CHINESE = Locale("zho", "Hans", "zho_Hans")

DOCUMENT = """# Try it

Run `pip install aya` first. Then open https://aya.org/x?y=1 {name}!

- one ☃ 👍🏽
- two $x^2$

```python
print("hello")
```
| a | b |
|---|---|
| cat | dog |"""


def _one(inputs: str, targets: str, engine: Shouting, target: Locale = SPANISH) -> tuple[str, str, str | None]:
    (found,) = translate_pairs([Pair(inputs, targets)], engine, source=ENGLISH, target=target, memory={})
    return found.inputs or "", found.targets or "", found.fault


@pytest.mark.parametrize("engine", [Shouting(), Careless()], ids=["keeps", "loses"])
def test_structure_comes_through_even_a_model_that_loses_it(engine: Shouting) -> None:
    found, _, fault = _one(DOCUMENT, "Yes it is", engine)
    assert fault is None
    assert found.splitlines()[0] == "# TRY IT"
    assert "`pip install aya`" in found
    assert '```python\nprint("hello")\n```' in found
    assert found.splitlines()[-3:] == ["| A | B |", "|---|---|", "| CAT | DOG |"]
    assert [DOCUMENT[start:end] for start, end in spans(DOCUMENT)] == [found[start:end] for start, end in spans(found)]
    assert "☃ 👍🏽" in found


@given(
    text=st.lists(
        st.sampled_from(["word", "Mehr.", "`c()`", "{x}", "http://a.b/c", "\n", "- ", "😀", "ሰላም።", "$a_1$"])
    ),
    engine=st.sampled_from([Shouting, Careless]),
)
def test_protected_spans_are_equal_before_and_after_in_order(text: list[str], engine: type[Shouting]) -> None:
    source = " ".join(text)
    found, _, _ = _one(source, "", engine())
    assert [source[start:end] for start, end in spans(source)] == [found[start:end] for start, end in spans(found)]
    assert source.count("\n") == found.count("\n")


def test_a_segment_goes_through_the_engine_once() -> None:
    engine = Shouting()
    memory: dict[str, Segment] = {}
    pairs = [Pair("Hello there. Hello there.", "Hello there."), Pair("Hello there.", "Bye.")]
    for _ in range(2):
        translate_pairs(pairs, engine, source=ENGLISH, target=SPANISH, memory=memory)
    assert sorted(engine.seen) == ["Bye.", "Hello there."]


def test_an_option_is_translated_as_in_the_question() -> None:
    inputs, targets, fault = _one("Is a lemon red fruit or yellow fruit?", "yellow fruit", Careless())
    assert targets in inputs
    assert targets == "YELLOW FRUIT"
    assert fault is None


def test_a_quotation_is_a_segment_of_its_own_in_prompt_and_answer() -> None:
    engine = Shouting()
    _one('Who said "to be or not to be" first?', 'Hamlet said "to be or not to be" once.', engine)
    assert engine.seen.count("to be or not to be") == 1


def test_sentences_stand_apart_as_the_target_has_it() -> None:
    assert _one("One is here. Two is here.", "Yes.", Shouting(), CHINESE)[0] == "ONE IS HERE.TWO IS HERE."
    assert _one("One is here. Two is here.", "Yes.", Shouting(), SPANISH)[0] == "ONE IS HERE. TWO IS HERE."


def test_what_can_not_be_translated_is_said() -> None:
    assert _one("12 + 30 =", "42", Shouting())[2] == "nothing to translate"


def test_the_logprob_is_the_mean_over_tokens_and_the_worst_is_kept() -> None:
    pair = Pair("abc.", "abcdefghi.")
    (found,) = translate_pairs([pair], Shouting(), source=ENGLISH, target=SPANISH, memory={})
    assert found.num_tokens == 14
    assert found.logprob == pytest.approx(-(0.4 * 4 + 1.0 * 10) / 14)
    assert found.worst_logprob == pytest.approx(-1.0)
