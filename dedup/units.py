"""Letters, digits and marks alone: a text without white space, signs and case.

A unit is a code point of the normalised text (`dedup.normalise`) that is a letter, a digit or a mark. So line breaks,
punctuation, emoji, joiners and case can differ between two copies, in any script, cut into words or not.
"""

from collections.abc import Iterable
from functools import cache

import numpy as np
import numpy.typing as npt
import regex

from aya.text import UNSEGMENTED
from dedup.kernel import kernel
from dedup.normalise import IOTA, decode, push, reference
from dedup.unicode_tables import IOTA_BELOW, JOINS, NUM_POINTS, Tables, tables

UNIT = 1
"""Kind of a letter, digit or mark."""
DENSE = 2
"""Kind of a letter or mark of a script that puts no white space between words: it says more than another unit."""
_IS_UNIT, _IS_DENSE = 1 << 28, 1 << 29
"""Bits of a form beside the code point itself (and `JOINS`)."""
_POINT = (1 << 21) - 1

_UNITS = regex.compile(r"[\p{L}\p{N}\p{M}]+")
# A mark by its own script: an acute accent is also used in some of these scripts, and is no sign of any.
_SHARED, _OWN = ("".join(rf"\p{{{name}={code}}}" for code in sorted(UNSEGMENTED)) for name in ("scx", "sc"))
_DENSE = regex.compile(rf"(?V1)(?:[[{_SHARED}]&&\p{{L}}]|[[{_OWN}]&&\p{{M}}])+")
_WEIGHTS = (
    (regex.compile(r"[\p{L}\p{N}]+"), 2),
    (regex.compile(r"(?V1)[[\p{scx=Hani}\p{scx=Hira}\p{scx=Kana}\p{scx=Bopo}]&&\p{L}]+"), 5),
)


@cache
def kinds() -> npt.NDArray[np.uint8]:
    """Return 0, `UNIT` or `DENSE` for every code point of a normalised text (60 ms, once per process)."""
    return _table(((_UNITS, UNIT), (_DENSE, DENSE)))


@cache
def half_letters() -> npt.NDArray[np.uint8]:
    """Return how much every code point says, in half letters: a mark nothing, a Han or kana letter 2.5 letters.

    So a length in letters means about the same in Yoruba, Burmese and Chinese.
    """
    return _table(_WEIGHTS)


@cache
def unit_tables() -> Tables:
    """Return the tables of `dedup.unicode_tables` with a bit in each form that is a unit, and one if it is dense."""
    unicode, bits = tables(), np.array([0, _IS_UNIT, _IS_UNIT | _IS_DENSE], np.int32)[kinds()]
    forms, longer = unicode.forms.copy(), unicode.longer.copy()
    short = forms >= 0
    forms[short] |= bits[forms[short] & _POINT]
    for place in (-forms[~short]).tolist():
        members = slice(place + 1, place + 1 + longer[place])
        longer[members] |= bits[longer[members] & _POINT]
    return Tables(forms, longer, unicode.classes)


def _table(patterns: Iterable[tuple[regex.Pattern[str], int]]) -> npt.NDArray[np.uint8]:
    found = np.zeros(NUM_POINTS, np.uint8)
    points = np.r_[0:0xD800, 0xE000:NUM_POINTS].astype(np.int32)
    text = points.tobytes().decode("utf-32-le")
    for pattern, value in patterns:
        for run in pattern.finditer(text):
            found[points[run.start() : run.end()]] = value
    return found


def units(text: str) -> str:
    """Return the units of a text, by Python's own functions; the kernel's result is equal to it."""
    return "".join(letter for letter in reference(text) if kinds()[ord(letter)])


def is_dense(text: str) -> bool:
    """Say whether at least half of the units in `text` are of scripts that put no white space between words."""
    return 2 * sum(1 for letter in text if kinds()[ord(letter)] == DENSE) >= len(text)


@kernel
def write_units(
    data: npt.NDArray[np.uint8], start: int, stop: int, out: npt.NDArray[np.int32], marked: Tables
) -> tuple[int, bool]:
    """Write the units of one text to `out`; return how many, -1 where it is not UTF-8, and whether any is dense.

    `out` is as large as `dedup.normalise.normalise_row` wants it, `marked` is `unit_tables`. What is no unit is
    written over by the next; no mark moves before it.
    """
    forms, longer, classes = marked.forms, marked.longer, marked.classes
    num, floor, place, seen, iota = 0, 0, start, np.int32(0), False
    while place < stop:
        form = np.int32(_IS_UNIT)
        while place < stop and data[np.uint64(place)] < 0x80:
            form = forms[np.uint64(data[np.uint64(place)])]
            out[np.uint64(num)] = form & _POINT
            num += form >> 28
            place += 1
        floor = floor if form & _IS_UNIT else num
        if place == stop:
            break
        point, width = decode(data, place, stop)
        if width == 0:
            return -1, False
        place += width
        form = forms[np.uint64(point)]
        if 0 <= form < JOINS:
            seen |= form
            out[np.uint64(num)] = form & _POINT
            num += 1 if form & _IS_UNIT else 0
            floor = floor if form & _IS_UNIT else num
        elif form >= JOINS:
            seen |= form
            iota |= form & _POINT == IOTA_BELOW
            num = push(out, num, form & _POINT, classes, floor)
        else:
            entry = np.uint64(-form)
            for i in range(longer[entry]):
                member = longer[entry + np.uint64(i + 1)]
                seen |= member
                if member & _IS_UNIT:
                    iota |= member & _POINT == IOTA_BELOW
                    num = push(out, num, member & _POINT, classes, floor)
                else:
                    floor = num
    if iota:
        for i in range(num):
            out[i] = IOTA if out[i] == IOTA_BELOW else out[i]
    return num, bool(seen & _IS_DENSE)
