from collections.abc import Sequence

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aya.errors import InputError
from dedup.run_index import Lengths, build_index
from dedup.runs import Runs, find_runs
from dedup.units import is_dense, kinds, units
from tests.strategies import texts

Run = tuple[int, int, int, int, int]
SMALL = Lengths(least=8, least_dense=4, whole=3, whole_dense=2)


def column(rows: Sequence[str | None]) -> pa.Array:
    return pa.array(rows, pa.large_string())


def found(rows: Sequence[str | None], items: Sequence[str], lengths: Lengths, *, common: int = 1000) -> list[Run]:
    runs: Runs = find_runs(column(rows), build_index(column(items), lengths, common=common))
    return list(zip(*(part.tolist() for part in runs), strict=True))


def num_dense(text: str) -> int:
    return sum(kinds()[ord(letter)] == 2 for letter in text)


def counts(run: str, lengths: Lengths) -> bool:
    return len(run) >= lengths.least or (len(run) >= lengths.least_dense and 2 * num_dense(run) >= lengths.least_dense)


def naive(rows: Sequence[str], items: Sequence[str], lengths: Lengths) -> list[Run]:
    """Compare every place of every row with every place of every item."""
    every = [
        (i, k, *run)
        for i, row in enumerate(map(units, rows))
        for k, item in enumerate(map(units, items))
        for run in naive_runs(row, item, lengths)
    ]
    return sorted(every)


def naive_runs(row: str, item: str, lengths: Lengths) -> list[tuple[int, int, int]]:
    if not counts(item, lengths):
        least = lengths.whole_dense if is_dense(item) else lengths.whole
        whole = len(item) >= min(least, lengths.whole) and item
        return [(0, i, len(item)) for i in range(len(row)) if whole and row.startswith(item, i)]
    runs = []
    for place in range(len(item)):
        for start in range(len(row)):
            if not (place and start and item[place - 1] == row[start - 1]):
                length = 0
                while place + length < len(item) and row[start + length : start + length + 1] == item[place + length]:
                    length += 1
                if counts(row[start : start + length], lengths):
                    runs.append((place, start, length))
    return runs


few = st.text("ab1กข我 .", max_size=24) | st.text("ab", max_size=24) | st.text("ก我a", max_size=24)


@settings(deadline=None, max_examples=300)
@given(rows=st.lists(few, max_size=3), items=st.lists(few, max_size=3))
def test_it_finds_what_a_naive_matcher_finds(rows: list[str], items: list[str]) -> None:
    assert found(rows, items, SMALL) == naive(rows, items, SMALL)


@settings(deadline=None, max_examples=100)
@given(
    item=texts(max_size=60),
    before=texts(max_size=60),
    after=texts(max_size=60),
    lengths=st.sampled_from([SMALL, Lengths()]),
)
def test_it_finds_what_a_naive_matcher_finds_in_any_script(
    item: str, before: str, after: str, lengths: Lengths
) -> None:
    rows = [before + item + after, after + item[5:], item.upper()]
    assert found(rows, [item], lengths) == naive(rows, [item], lengths)


ENGLISH = "the quick brown fox jumps over the lazy dog and runs into the dark forest before anyone can see it at all"


@pytest.mark.parametrize("cut", range(0, 40, 3))
def test_a_run_of_36_units_is_found_wherever_it_stands(cut: int) -> None:
    run = ENGLISH.replace(" ", "")[cut : cut + 36]
    assert found([f"{'x' * cut}{run}!{'y' * 50}"], [ENGLISH], Lengths()) == [(0, 0, cut, cut, 36)]
    assert found([run[:-1]], [ENGLISH], Lengths()) == []


@pytest.mark.parametrize("before", range(20))
def test_14_units_without_spaces_are_found_behind_any_latin_text(before: int) -> None:
    item = "ประเทศไทยตั้งอยู่ในเอเชียตะวันออกเฉียงใต้และมีพรมแดนติดต่อกับประเทศเพื่อนบ้าน"
    run = item[20:34]
    assert found([f"{'x' * before}{run} and more"], [item], Lengths()) == [(0, 0, 20, before, 14)]
    assert found([f"{'x' * before}{run[:-1]} and more"], [item], Lengths()) == []


def test_a_short_text_counts_as_a_whole_only() -> None:
    question = "How many legs have two dogs?"
    assert found(["Q: how many  legs have two dogs A: 8", "how many legs have two"], [question], Lengths()) == [
        (0, 0, 0, 1, 22)
    ]
    assert found(["why not?"], ["why not?"], Lengths()) == []


def test_case_white_space_signs_and_composed_letters_make_no_difference() -> None:
    item = "Ọjà Ẹ̀bá-Ògún ni ó tóbi jùlọ ní gbogbo ìlú Ìbàdàn, ṣùgbọ́n kì í ṣe òun nìkan"
    row = "O\u0323JA\u0300 E\u0323\u0300BA\u0301 O\u0300GU\u0301N ni o\u0301 to\u0301bi\nju\u0300lo\u0323 ní GBOGBO ìlú"
    ((_, _, place, start, length),) = found([row], [item], Lengths())
    assert (place, start) == (0, 0)
    assert units(row)[:length] == units(row)


def test_wording_that_a_set_repeats_is_not_looked_up_but_whole_texts_are() -> None:
    prompt = "Choose the one right answer to the question that follows here: "
    items = [prompt + word for word in ("alpha", "beta", "gamma", "delta")]
    assert found([prompt], items, Lengths(), common=3) == []
    assert [run[1] for run in found([prompt], items, Lengths(), common=4)] == [0, 1, 2, 3]
    assert found([prompt + "gamma"], items, Lengths(), common=3)[0][1] == 2


def test_rows_with_more_finds_than_expected_are_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dedup.runs.CAPACITY", 1)
    rows, items = [ENGLISH, ENGLISH[:60], "", ENGLISH + ENGLISH], [ENGLISH, ENGLISH[10:], "x" + ENGLISH]
    assert found(rows, items, Lengths()) == naive(rows, items, Lengths())


def test_what_is_not_utf_8_is_refused_with_its_row() -> None:
    broken = pa.Array.from_buffers(
        pa.large_string(), 2, [None, column(["abc", "de"]).buffers()[1], pa.py_buffer(b"abc\xffe")]
    )
    with pytest.raises(InputError, match="row 2 of inputs is not UTF-8"):
        find_runs(broken, build_index(column([ENGLISH]), Lengths(), common=8), name="inputs")


def test_rows_may_be_null_and_an_index_may_be_empty() -> None:
    assert found([None, "", ENGLISH], [], Lengths()) == []
    assert found([], [ENGLISH], Lengths()) == []
