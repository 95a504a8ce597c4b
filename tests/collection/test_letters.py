import unicodedata

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aya.text import SCRIPTS, script_of
from collection import letters
from tests.strategies import texts


def column(values: list[str | None]) -> pa.ChunkedArray:
    """A column of two chunks, both slices of longer ones, as shards are."""
    whole = pa.array(["x", *values, "y"], pa.large_string())
    half = len(values) // 2
    return pa.chunked_array([whole.slice(1, half), whole.slice(1 + half, len(values) - half)])


@given(st.lists(texts() | st.none(), max_size=8))
def test_the_characters_of_every_text_come_in_order(values: list[str | None]) -> None:
    found = []
    for _, batch in letters.batches(column(values)):
        for start, stop in zip(batch.starts_R, batch.starts_R[1:], strict=False):
            found.append("".join(map(chr, batch.points_C[start:stop])))
    assert found == [value or "" for value in values]


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_a_batch_is_cut_by_characters_and_never_inside_a_text(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(letters, "BATCH", size)
    found = list(letters.batches(column(["我们", "", None, "ọjà", "abcdefgh"])))
    assert sum(len(batch.points_C) for _, batch in found) == 13
    assert found[0][0] == 0
    assert sum(len(batch.starts_R) - 1 for _, batch in found) == 5


def test_only_the_first_characters_of_a_long_text_are_taken() -> None:
    ((_, batch),) = letters.batches(column(["我们在", "ab"]), most=2)
    assert batch.points_C.tolist() == [ord(letter) for letter in "我们ab"]


def test_the_table_of_scripts_says_what_script_of_says() -> None:
    table = letters.script_table()
    points = np.flatnonzero(table)[::29]  # every 29th of some 140,000 letters
    assert {SCRIPTS[table[point] - 1] for point in points} >= {"Latn", "Hani", "Ethi", "Telu", "Mymr"}
    known = [point for point in points if unicodedata.category(chr(point)) != "Cn"]
    assert all(script_of(chr(point)) == SCRIPTS[table[point] - 1] for point in known)
    assert not table[[ord(sign) for sign in "0.٣।😀\u0301"]].any()
