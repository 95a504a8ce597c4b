import unicodedata

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aya.stage import run_global
from aya.table import records
from aya.text import normalise
from dedup import exact
from dedup.exact import Exact
from tests.strategies import texts


def table(*rows: tuple[str, str | None, str | None]) -> pa.Table:
    """Records of id, inputs and targets, in Yoruba."""
    columns = ("id", "inputs", "targets")
    return records({"language": "yor"} | dict(zip(columns, row, strict=True)) for row in rows)


def gone(rows: pa.Table, stage: Exact | None = None) -> list[str]:
    judged = run_global(stage or Exact(), rows)
    return [name for name, drop in zip(judged["id"].to_pylist(), judged["drop"].to_pylist(), strict=True) if drop]


@pytest.mark.parametrize(
    ("text", "copy"),
    [
        ("Ọjà", "O\u0323JA\u0300"),  # Yoruba, precomposed or not
        ("straße", "STRASSE"),
        ("ＡＢＣ１２３", "abc123"),
        ("カタカナ", "ｶﾀｶﾅ"),
        ("ﻻ شيء", "لا شيء"),  # Arabic presentation form
        ("क़लम", "क\u093cलम"),
        ("నమస్తే  లోకం", "నమస్తే లోకం\n"),
        ("你好\u3000世界", "你好 世界"),
        ("ΣΊΣΥΦΟΣ", "σίσυφος"),
        ("한국", "한국"),
    ],
)
def test_copies_in_another_form_go(text: str, copy: str) -> None:
    assert gone(table(("b", text, "x"), ("a", copy, "X "))) == ["b"]


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("ọjà", "ọja"),
        ("ńlá", "nla"),
        ("कल", "काल"),
        ("我们", "我門"),
        ("ก่อน", "กอน"),
        ("كتب", "كتاب"),
        ("ቤት", "ቤቶች"),
        ("a", "a."),
    ],
)
def test_another_letter_or_mark_is_another_text(text: str, other: str) -> None:
    assert gone(table(("a", text, "x"), ("b", other, "x"))) == []


def test_both_texts_must_be_the_same_and_their_border_counts() -> None:
    assert gone(table(("a", "ab", "c"), ("b", "a", "bc"), ("c", "ab", "d"))) == []


def test_the_evidence_names_the_record_that_stays() -> None:
    judged = run_global(Exact(), table(("c", "x", "y"), ("a", "x", "y"), ("b", "x", "y")))
    assert judged["drop"].to_pylist() == [
        "dedup.exact: copy of another record",
        None,
        "dedup.exact: copy of another record",
    ]
    assert judged["evidence"].to_pylist() == ['{"kept":"a"}', None, '{"kept":"a"}']


def test_the_copy_nearest_to_a_person_stays() -> None:
    origins = [None, "synthetic", "translation", "template", "human"]
    rows = [{"id": str(i), "inputs": "x", "targets": "y", "origin": origin} for i, origin in enumerate(origins)]
    for num in range(2, 6):
        assert gone(records(rows[:num])) == [str(i) for i in range(num - 1)]


def test_two_languages_are_never_copies() -> None:
    rows = [
        {"id": str(i), "inputs": "Berlin", "targets": "Berlin", "language": tongue}
        for i, tongue in enumerate(["deu", "yor"])
    ]
    assert gone(records(rows)) == []


def test_fields_can_be_chosen() -> None:
    rows = table(("a", "x", "1"), ("b", "x", "2"), ("c", "y", "2"))
    assert gone(rows, Exact(fields="inputs")) == ["b"]
    assert gone(rows, Exact(fields="targets")) == ["c"]
    assert gone(rows) == []


def test_texts_below_the_least_length_are_no_copies() -> None:
    rows = table(("a", "p", "yes"), ("b", "q", "YES"), ("c", "r", None), ("d", "s", " "))
    assert gone(rows, Exact(fields="targets")) == ["b"]
    assert gone(rows, Exact(fields="targets", least=4)) == []


def test_a_dropped_record_neither_goes_again_nor_takes_another_along() -> None:
    rows = [{"id": "a", "inputs": "x", "targets": "y", "drop": "x: y"}, {"id": "b", "inputs": "x", "targets": "y"}]
    assert run_global(Exact(), records(rows))["drop"].to_pylist() == ["x: y", None]


def test_rows_of_one_id_are_not_both_lost() -> None:
    assert gone(table(("a", "x", "y"), ("a", "x", "y"))) == []


@given(st.lists(st.tuples(texts(max_size=3), texts(max_size=2)), max_size=12))
def test_just_one_record_of_each_text_stays(pairs: list[tuple[str, str]]) -> None:
    rows = table(*((f"{i:03}", *pair) for i, pair in enumerate(pairs)))
    forms = [(normalise(inputs), normalise(targets)) for inputs, targets in pairs]
    first = {form: f"{i:03}" for i, form in reversed(list(enumerate(forms)))}
    stay = {name for form, name in first.items() if any(form)} | {
        f"{i:03}" for i, form in enumerate(forms) if not any(form)
    }
    assert set(rows["id"].to_pylist()) - set(gone(rows)) == stay


def alike(rows: list[str]) -> bool:
    """Return whether rows have one key just where they have one normalised form."""
    found = Exact(fields="inputs").summarise(table(*((str(i), text, "") for i, text in enumerate(rows))))
    keys = zip(*(found[name].to_pylist() for name in ("key", "check")), strict=True)
    forms = {str(i): normalise(text) for i, text in enumerate(rows)}
    pairs = set(zip(keys, (forms[name] for name in found["id"].to_pylist()), strict=True))
    return len(pairs) == len({key for key, _ in pairs}) == len({*forms.values()} - {""})


@pytest.mark.parametrize("mark", ["", "\u030a"])
def test_keys_are_those_of_the_normalised_form_for_every_code_point(mark: str) -> None:
    assert alike([chr(point) + mark for point in range(0x10000) if point >> 11 != 27])


@given(st.lists(st.text("αᾳᾼᾴͺιΐ\u0345\u0301\u030aأ\u0654ا가ᄀ ", max_size=4), max_size=20))
def test_it_does_not_matter_what_was_composed_before_the_case_was_folded(rows: list[str]) -> None:
    assert alike(rows)


@given(st.lists(texts(max_size=6) | st.text("ǖΰᾴ가\u0308e ", max_size=6), max_size=8), st.integers(1, 5))
def test_characters_are_counted_as_they_are_composed(rows: list[str], least: int) -> None:
    found = Exact(fields="inputs", least=least).summarise(table(*((str(i), text, "") for i, text in enumerate(rows))))
    assert found["id"].to_pylist() == [str(i) for i, text in enumerate(rows) if len(normalise(text)) >= least]


def test_no_character_is_taken_apart_into_more_than_is_reckoned_with() -> None:
    every = (chr(point) for point in range(0x30000) if point >> 11 != 27)
    assert max(len(unicodedata.normalize("NFD", letter)) for letter in every) == exact.COMPOSED
