"""Letters, pairs and triples of them: what a text must have for a searched text to be in it.

Letters are those of `aya.browse.pattern`: without case and without marks that readers leave out, a ligature being its
letters. A text in which a searched text is found has all triples of its words, whichever way is looked.
"""

from functools import cache
from typing import Any

import numba
import numpy as np
import numpy.typing as npt
import polars as pl

from aya.browse.pattern import is_left_out, plain
from aya.browse.question import Asked

BITS = 22
"""A stretch of rows is told by at most two to the power of so many bits."""

LEAST = 4_096
"""Bits that tell even of a few texts: fewer save nothing."""

_LETTER = 21
"""Bits of a code point; up to three of them lie in one number."""

_END = np.uint64(1 << 63)
"""Stands for white space, over which no pair reaches."""

PLAIN = [(0, 0x3400), (0xA000, 0xD7A4), (0xF900, 0x17000), (0x1B000, 0x20000), (0x2F800, 0x2FA20), (0xE0000, 0xE0200)]
"""Code points that may stand for other letters; all others (Han, Tangut, private ones) are themselves."""


@cache
def table() -> npt.NDArray[np.uint64]:
    """Return for each code point the letters that it stands for, the first in the lowest bits; 0 is none."""
    found = np.arange(0x110000, dtype=np.uint64)
    for code in (code for start, stop in PLAIN for code in range(start, stop)):
        letter = chr(code)
        letters = "" if is_left_out(letter) else plain(letter)
        found[code] = _END if letter.isspace() else sum(ord(one) << _LETTER * at for at, one in enumerate(letters))
    return found


@cache
def unsure() -> frozenset[str]:
    """Return letters that a mark may stand for, though marks are left out: nothing is known by them."""
    marks = (chr(code) for start, stop in PLAIN for code in range(start, stop))
    return frozenset("".join(plain(mark) for mark in marks if is_left_out(mark)))


@numba.njit(cache=True, nogil=True)
def _place(first: Any, second: Any, third: Any) -> Any:
    """Return the bit of a triple of letters; 0 stands for none in a pair and in a letter alone."""
    mixed = first * np.uint64(0x9E3779B97F4A7C15) ^ second * np.uint64(0xC2B2AE3D27D4EB4F)
    mixed = (mixed ^ (mixed >> np.uint64(29))) + third * np.uint64(0x165667B19E3779F9)
    return ((mixed ^ (mixed >> np.uint64(32))) * np.uint64(0xD6E8FEB86659FD93)) >> np.uint64(64 - BITS)


@numba.njit(cache=True, nogil=True)
def _note(data: Any, borders: Any, letters: Any, seen: Any) -> None:
    """Set the bytes of `seen` for all that is in some texts in UTF-8."""
    none, mask = np.uint64(0), np.uint64((1 << _LETTER) - 1)
    for text in range(len(borders) - 1):
        before, last = none, none
        at, end = borders[text], borders[text + 1]
        while at < end:
            lead = data[at]
            size = 1 if lead < 0x80 else 2 if lead < 0xE0 else 3 if lead < 0xF0 else 4
            code = np.uint32(lead) if size == 1 else np.uint32(lead) & np.uint32(0x7F >> size)
            for more in range(1, size):
                code = (code << np.uint32(6)) | np.uint32(data[at + more] & 0x3F)
            at += size
            standing = letters[code]
            if standing == _END:
                before, last = none, none
                continue
            while standing:
                letter = standing & mask
                seen[_place(none, none, letter)] = 1
                if last:
                    seen[_place(none, last, letter)] = 1
                    if before:
                        seen[_place(before, last, letter)] = 1
                before, last = last, letter
                standing >>= np.uint64(_LETTER)


def of_texts(columns: list[pl.Series]) -> npt.NDArray[np.uint8]:
    """Return what is in any of the texts as packed bits: the fewest of which seven eighths are empty."""
    seen = np.zeros(1 << BITS, np.uint8)
    for column in columns:
        texts = column.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest())
        _, borders, data = texts.buffers()
        if data is not None:
            places = np.frombuffer(borders, np.int64)[texts.offset : texts.offset + len(texts) + 1]
            _note(np.frombuffer(data, np.uint8), places, table(), seen)
    while len(seen) > LEAST and 16 * int(seen.sum(dtype=np.int64)) < len(seen):
        seen = seen[::2] | seen[1::2]
    return np.packbits(seen)


def of_question(which: Asked) -> npt.NDArray[np.uint64]:
    """Return the bits of what a text must have to be found; none where that is not known."""
    if which.match == "pattern":
        return np.zeros(0, np.uint64)
    places = [_place(*one) for run in _runs(which) if run for one in _grams(run)]
    return np.unique(np.array(places, np.uint64))


def may_hold(packed: npt.NDArray[np.uint8], wanted: npt.NDArray[np.uint64]) -> bool:
    """Return whether texts with these bits may have all wanted ones."""
    bits = (8 * len(packed)).bit_length() - 1
    places = wanted >> np.uint64(BITS - bits)
    bit = np.uint8(128) >> (places & np.uint64(7)).astype(np.uint8)
    return bool(np.all(packed[places >> np.uint64(3)] & bit))


def _grams(run: list[int]) -> list[list[np.uint64]]:
    """Return the triples of a run of letters; of one or two letters that, with 0 before it."""
    run = [0] * (3 - len(run)) + run
    return [[np.uint64(letter) for letter in run[at : at + 3]] for at in range(len(run) - 2)]


def _runs(which: Asked) -> list[list[int]]:
    """Return the letters that stand side by side in every text that is found."""
    runs: list[list[int]] = [[]]
    for standing in (int(table()[ord(letter)]) for letter in which.text):
        while standing and standing != _END:
            letter = standing & ((1 << _LETTER) - 1)
            if which.match == "loose" and chr(letter) in unsure():
                runs.append([])
            else:
                runs[-1].append(letter)
            standing >>= _LETTER
        if standing == _END:
            runs.append([])
    return runs
