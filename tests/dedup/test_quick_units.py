import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.normalise import BLOCK, GROWTH
from dedup.quick import scratch
from dedup.quick_units import quick_table, write_quickly
from dedup.unicode_tables import tables
from dedup.units import kinds, unit_tables, write_units
from tests.strategies import texts

LETTERS = "aZé9 -ßЙйمَّإقकि्षกำ้北か가각ế\u0301\u0323\u0308\u0327\u0345\u1161\u11a8\u0000½ﷺ🙂"


def written(data: bytes) -> tuple[list[int], bool] | None:
    """Return the units and whether any is dense; None where the text is left to `write_units`."""
    buffer = np.frombuffer(b"\xe4\xb8" + data + b"\x80", np.uint8)
    out = np.empty(GROWTH * len(data) + BLOCK, np.int32)
    num, dense = write_quickly(buffer, 2, 2 + len(data), out, scratch(len(data)), quick_table())
    return None if num < 0 else (out[:num].tolist(), dense)


def plainly_written(data: bytes) -> tuple[list[int], bool] | None:
    """Return the same by `write_units`; None for what is not UTF-8."""
    out = np.empty(GROWTH * len(data) + BLOCK, np.int32)
    num, dense = write_units(np.frombuffer(data, np.uint8), 0, len(data), out, unit_tables())
    return None if num < 0 else (out[:num].tolist(), dense)


def agrees(data: bytes) -> bool:
    found = written(data)
    return found is None or found == plainly_written(data)


@settings(deadline=None)
@given(text=st.one_of(texts(), st.text(LETTERS, max_size=200)))
def test_what_it_writes_is_what_the_slower_way_writes(text: str) -> None:
    assert agrees(text.encode())


@settings(deadline=None)
@given(
    data=st.one_of(
        st.binary(max_size=8), st.lists(st.sampled_from(b"a\x80\xbf\xc1\xc3\xe0\xe4\xed\xf0\xa0")).map(bytes)
    )
)
def test_what_is_not_utf8_is_left(data: bytes) -> None:
    assert agrees(data)


@pytest.mark.parametrize("before", ["", "a", "ạ", "ẫ", "\u064b", "ᄀ", "가"])
def test_every_code_point_is_written_or_left(before: str) -> None:
    for first in range(0, 0x10000, 16):
        points = [point for point in range(first, first + 16) if not 0xD800 <= point < 0xE000]
        assert agrees("-".join(before + chr(point) for point in points).encode()), hex(first)


def test_code_points_that_are_not_left_are_written_one_behind_the_other() -> None:
    points = np.flatnonzero(quick_table() >> np.uint64(61) & np.uint64(1) == 0)[1:].tolist()
    text = "-".join(map(chr, points))
    assert len(text) > 120_000
    assert written(text.encode()) == plainly_written(text.encode())


@pytest.mark.parametrize(
    "text",
    [
        "Don't stop! " * 20,
        "Ọ̀YỌ́ – ìpínlẹ̀",
        "مُحَمَّدٌ",
        "नमस्ते।",
        "నమస్తే",
        "မြန်မာ၊ နိုင်ငံ။",
        "ที่นี้ก็ได้",
        "北京，是首都。",
        "Nghiễm nhiên",
        "አዲስ አበባ",
        "한국어",
        "",
    ],
)
def test_texts_of_every_script_are_not_left(text: str) -> None:
    assert written(text.encode()) == plainly_written(text.encode())


@pytest.mark.parametrize("text", ["🙂", "ᄀᄀ", "ㄱㄱ", "\u1100\u1161", "a\u0301\u0323", "ᾳ", "ﷺ"])
def test_what_joins_or_moves_or_is_long_is_left(text: str) -> None:
    assert written(text.encode()) is None


def test_a_table_has_room_for_every_class_and_every_mark_is_a_unit() -> None:
    classes = tables().classes
    assert len(np.unique(classes)) <= 64
    assert kinds()[classes > 0].all()
