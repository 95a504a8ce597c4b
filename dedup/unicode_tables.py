"""What a kernel must know of every code point to normalise a text: its form, and its class if it is a mark."""

import unicodedata
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

NUM_POINTS = 0x110000
LAST_MAPPED = 0x30000
"""No code point from here on has a form other than itself (Unicode 17)."""
SPACE = 0x20
JOINS = 0x40000000
"""Bit of a form that may join or move before what stands left of it: a mark, a vowel or final consonant of Hangul."""
IOTA_BELOW = 0x345
"""The one mark that folding the case makes a letter; it must move as a mark before it becomes one."""


class Tables(NamedTuple):
    """The tables, indexed by code point."""

    forms: npt.NDArray[np.int32]
    """The form of one code point, perhaps with the bit `JOINS`; or below 0: minus the place in `longer`."""
    longer: npt.NDArray[np.int32]
    """Forms of several code points, each after its length."""
    classes: npt.NDArray[np.uint8]
    """Canonical combining classes."""


@cache
def tables() -> Tables:
    """Return the tables of this Python's Unicode, made once per process (40 ms)."""
    points = np.r_[1:0xD800, 0xE000:LAST_MAPPED].astype(np.int32)
    folded, starts, sizes = _folded(points)
    forms = np.arange(NUM_POINTS, dtype=np.int32)
    forms[points[sizes == 1]] = folded[starts[sizes == 1]]
    classes = _classes()
    forms[_joining(forms, classes)] |= JOINS
    longer = [0]
    for point, start, size in zip(points[sizes > 1], starts[sizes > 1], sizes[sizes > 1], strict=True):
        forms[point] = -len(longer)
        longer += [int(size), *folded[start : start + size]]
    forms[_SYLLABLES] = np.arange(NUM_POINTS, dtype=np.int32)[_SYLLABLES]  # they stay composed
    return Tables(forms, np.array(longer, np.int32), classes)


_SYLLABLES = slice(0xAC00, 0xD7A4)


def _folded(points: npt.NDArray[np.int32]) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Return the forms of all code points in a row, with the start and the size of each.

    A null character stands after each; it has no other form and lets no mark pass.
    """
    spread = np.zeros(2 * len(points), np.int32)
    spread[::2] = points
    text = spread.tobytes().decode("utf-32-le")
    # U+0345 stays as it is until all marks have moved.
    mark, kept = chr(IOTA_BELOW), chr(LAST_MAPPED)
    folded = unicodedata.normalize("NFKD", text).replace(mark, kept).casefold()
    values = np.frombuffer(unicodedata.normalize("NFKD", folded.replace(kept, mark)).encode("utf-32-le"), np.int32)
    values = np.where(np.isin(values, _spaces()), SPACE, values).astype(np.int32)
    ends = np.flatnonzero(values == 0)
    starts = np.r_[0, ends[:-1] + 1]
    return values, starts, ends - starts


def _spaces() -> list[int]:
    return [point for point in range(0x3001) if chr(point).isspace()]


def _classes() -> npt.NDArray[np.uint8]:
    classes = np.zeros(NUM_POINTS, np.uint8)
    classes[:LAST_MAPPED] = np.fromiter(map(unicodedata.combining, map(chr, range(LAST_MAPPED))), np.uint8)
    return classes


def _joining(forms: npt.NDArray[np.int32], classes: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_]:
    """Return which code points have a form of one code point that may join or move."""
    return (classes[forms] > 0) | ((forms >= 0x1161) & (forms <= 0x1175)) | ((forms >= 0x11A8) & (forms <= 0x11C2))
