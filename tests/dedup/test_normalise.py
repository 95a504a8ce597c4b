import sys
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from aya.errors import InputError
from dedup.normalise import GROWTH, code_points, reference
from dedup.unicode_tables import tables
from tests.strategies import ALPHABETS, texts

MARKS = "\u0301\u0323\u0345\u0315\u0f72\u0f74\u05b0\u3099\u3000\u00a8\u1fb3\u0390\u1e9e\u0130"
JAMO = "\u1100\u1112\u1161\u1175\u11a8\u11c2\u3131\u314f가각한"


def normalised(rows: Sequence[str | None]) -> list[str]:
    values, offsets = code_points(pa.array(rows, pa.large_string()))
    return ["".join(map(chr, values[start:stop])) for start, stop in pairwise(offsets)]


def test_every_code_point_has_the_form_that_python_gives_it() -> None:
    every = [chr(point) for point in range(sys.maxunicode + 1) if not 0xD800 <= point < 0xE000]
    assert normalised(every) == [reference(point) for point in every]


def test_every_code_point_behaves_between_letters_and_marks() -> None:
    every = [f"a\u0301{chr(point)}\u0323 \u1100{chr(point)}\u1161" for point in range(0x20000) if point >> 11 != 27]
    assert normalised(every) == [reference(point) for point in every]


@given(st.lists(texts(max_size=80) | st.text(MARKS + JAMO) | st.text("".join(ALPHABETS.values()) + MARKS + " a")))
@example(["α\u0345\u0301", "ᾳ\u0301", "a\u0345\u0345\u0301b"])
@example(["  a  b " * 20, "A" * 31 + " " + " B" * 40, "x" * 64 + "é" + "Y" * 64])
@example(["é\u3000\u00a0 x\u2003", " \u3000é", "é\u0000 b", "ọ\n\n", "\u00a0", " ọ\u00a8 ọ"])
@example(["\ufdfa" * 50, "", "ﬃ", "한국어", "\u1112\u1161\u11ab\u1100\u116e\u11a8"])
def test_texts_have_the_form_that_python_gives_them(rows: list[str]) -> None:
    assert normalised(rows) == [reference(row) for row in rows]


def test_the_length_of_a_row_is_not_limited() -> None:
    long = "Ọjà ńlá, 市场 ตลาด " * 100_000
    assert normalised(["a", long, "b"]) == ["a", reference(long), "b"]


def test_nulls_are_empty_and_slices_are_seen_as_they_are() -> None:
    column = pa.array(["x", "Ä", None, "ß", "y"])
    values, offsets = code_points(column.slice(1, 3))
    assert [chr(value) for value in values] == ["a", "\u0308", "s", "s"]
    assert offsets.tolist() == [0, 2, 2, 4]


@pytest.mark.parametrize(
    "type_", [pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int32(), pa.string())]
)
def test_every_string_type_and_chunking_gives_the_same(type_: pa.DataType) -> None:
    whole = pa.array(["Ọ", "我们", None, ""], pa.string())
    chunked = pa.chunked_array([whole.slice(0, 1), whole.slice(1)]).cast(type_)
    found, wanted = code_points(chunked), code_points(whole)
    assert np.array_equal(found.values, wanted.values)
    assert np.array_equal(found.offsets, wanted.offsets)


# Overlong forms, a surrogate, above U+10FFFF, a lone continuation, cut short, an invalid first byte.
BROKEN = [
    "c080",
    "c1bf",
    "e08080",
    "eda080",
    "f0808080",
    "f4908080",
    "80",
    "e4b8",
    "f09f98",
    "c3",
    "ff",
    "c328",
    "e28228",
]


@pytest.mark.parametrize("broken", BROKEN)
@pytest.mark.parametrize("before", [b"", b"a" * 70])
def test_what_is_not_utf8_is_refused_by_its_row(broken: str, before: bytes) -> None:
    column = pa.array([b"good", before + bytes.fromhex(broken), b"\x80"]).view(pa.string())
    with pytest.raises(InputError, match=r"^row 2 of targets is not UTF-8$"):
        code_points(column, name="targets")


@given(st.binary(max_size=12))
def test_what_python_decodes_is_what_is_taken(data: bytes) -> None:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        with pytest.raises(InputError, match="not UTF-8"):
            code_points(pa.array([data]).view(pa.string()))
    else:
        assert normalised([text]) == [reference(text)]


def test_damaged_offsets_are_refused() -> None:
    buffers = [None, pa.py_buffer(np.array([0, 5, 2], np.int32)), pa.py_buffer(b"abcde")]
    with pytest.raises((InputError, pa.ArrowInvalid)):
        code_points(pa.StringArray.from_buffers(2, buffers[1], buffers[2]))


def test_no_form_grows_beyond_the_room_kept_for_it() -> None:
    forms, longer, _ = tables()
    assert all(longer[-forms[point]] <= GROWTH * len(chr(point).encode()) for point in np.flatnonzero(forms < 0))
