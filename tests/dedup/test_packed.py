import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from dedup.packed import packed, unpacked
from tests.strategies import texts

numbers = st.integers(0, 2**64 - 1)


def table(rows: list[tuple[int, str]]) -> pa.Table:
    names, found = pa.array([name for name, _ in rows], pa.uint64()), [text for _, text in rows]
    return pa.table({"of": names, "text": pa.array(found, pa.string())})


@given(st.lists(st.tuples(numbers, texts(max_size=3)), max_size=8), st.integers(0, 8))
def test_whatever_is_packed_comes_back_in_order_also_from_two_tables(rows: list[tuple[int, str]], cut: int) -> None:
    halves = [sorted(half) for half in (rows[:cut], rows[cut:])]
    pieces = pa.concat_tables([packed(table(half), by="of") for half in halves])
    found = [tuple(row.values()) for part in unpacked(pieces) for row in part.to_pylist()]
    assert sorted(found) == sorted(rows)
    assert [n >> 59 for n, _ in found] == sorted(n >> 59 for n, _ in rows)


def test_rows_alike_in_their_first_bits_are_one_piece_however_many() -> None:
    rows = pa.table({"of": np.arange(1_000, dtype=np.uint64), "text": ["እባክዎን ይመልሱ"] * 1_000})
    (piece,) = packed(rows, by="of").to_pylist()
    assert piece["part"] == 0
    assert len(piece["rows"]) < 10_000  # 28 bytes of UTF-8 and 16 of numbers a row before
