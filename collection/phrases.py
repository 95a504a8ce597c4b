"""Which letters of a text stand in a phrase that it says twice, for a whole column at a time.

Suffixes: `_C` one item a character, `_W` one item a word, `_R` one item a row (text), `_P` one item a
code point of Unicode.
"""

from functools import cache

import numba
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import regex

from aya.text import UNSEGMENTED
from collection.letters import TABLE, Letters

Hashes = npt.NDArray[np.uint64]
Places = npt.NDArray[np.int64]
Kinds = npt.NDArray[np.uint8]

OTHER, JOINED, ALONE, MARK, INNER = range(5)
"""Kinds of character: of no word, of a run, a word for itself, of the word before it, of a word if inside."""

_ODD = np.uint64(0x9E3779B97F4A7C15)  # 2**64 / golden ratio


_ALONE = "".join(rf"\p{{scx={code}}}" for code in sorted(UNSEGMENTED))
_KINDS = regex.compile(
    rf"(?V1)(?P<mark>[\p{{M}}\u0e33\u0eb3_\u00ad\u200c\u200d]+)"
    rf"|(?P<alone>[[{_ALONE}]&&\p{{L}}]+)|(?P<joined>[\p{{L}}\p{{N}}]+)|(?P<inner>['’·׳״])"
)


@cache
def kind_table() -> npt.NDArray[np.uint8]:
    """Return the kind of every code point, as `aya.text.words` takes them."""
    table_P = np.zeros(TABLE, np.uint8)
    kinds = {"mark": MARK, "alone": ALONE, "joined": JOINED, "inner": INNER}
    for run in _KINDS.finditer("".join(map(chr, range(TABLE)))):
        table_P[run.start() : run.end()] = kinds[str(run.lastgroup)]
    return table_P


@cache
def lower_table() -> npt.NDArray[np.uint32]:
    """Return the lower case of every code point, as Arrow has it."""
    lower_P = np.arange(TABLE, dtype=np.uint32)
    for some in (slice(0, 0xD800), slice(0xE000, TABLE)):  # between them are no characters
        letters = pa.scalar("".join(map(chr, range(TABLE)[some])))
        lower_P[some] = [ord(letter) for letter in pc.utf8_lower(letters).as_py()]
    return lower_P


def repeated_shares(
    letters: Letters, words: int, graphemes: int
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Return for every text the share of word characters in a repeated phrase, and its number of words.

    A phrase has `words` words, or `graphemes` in a text of which most words are single letters of an
    unsegmented script. Two phrases are the same if 64-bit hashes of their characters, in lower case, are.
    """
    starts_W, stops_W, alone_W = cut(letters)
    firsts_R = np.searchsorted(starts_W, letters.starts_R)
    hashes_W = _hash_words(letters.points_C, starts_W, stops_W, lower_table())
    shares_R = _shares(starts_W, stops_W, alone_W, hashes_W, firsts_R, words, graphemes)
    return shares_R, np.diff(firsts_R)


def cut(letters: Letters) -> tuple[Places, Places, npt.NDArray[np.bool_]]:
    """Return where each word starts and stops, and whether it is one letter of an unsegmented script."""
    return _cut(letters.points_C, letters.starts_R, kind_table())


@numba.njit(cache=True)
def _cut(
    points_C: npt.NDArray[np.uint32], starts_R: Places, kinds_P: Kinds
) -> tuple[Places, Places, npt.NDArray[np.bool_]]:
    last = len(kinds_P) - 1
    starts_W, stops_W = np.empty(len(points_C), np.int64), np.empty(len(points_C), np.int64)
    alone_W = np.empty(len(points_C), np.bool_)
    num = 0
    for row in range(len(starts_R) - 1):
        plain, carried = OTHER, OTHER  # kinds of the character before, without and with inner signs resolved
        for place in range(starts_R[row], starts_R[row + 1]):
            own = kinds_P[min(points_C[place], last)]
            kind = own
            if own == MARK:
                kind = carried
            elif own == INNER:
                follows = place + 1 < starts_R[row + 1] and kinds_P[min(points_C[place + 1], last)] in (JOINED, MARK)
                kind = JOINED if plain == JOINED and follows else OTHER
            begins = own == ALONE or (kind == JOINED and carried != JOINED)
            if carried != OTHER and (begins or kind == OTHER):
                stops_W[num - 1] = place
            if begins:
                starts_W[num], alone_W[num] = place, own == ALONE
                num += 1
            plain = plain if own == MARK else own
            carried = kind
        if carried != OTHER:
            stops_W[num - 1] = starts_R[row + 1]
    return starts_W[:num], stops_W[:num], alone_W[:num]


@numba.njit(cache=True)
def _hash_words(
    points_C: npt.NDArray[np.uint32], starts_W: Places, stops_W: Places, lower_P: npt.NDArray[np.uint32]
) -> Hashes:
    """Return a 64-bit hash of the characters of every word, wherever it stands."""
    hashes_W = np.empty(len(starts_W), np.uint64)
    for word in range(len(starts_W)):
        found = np.uint64(0)
        for place in range(starts_W[word], stops_W[word]):
            point = points_C[place]
            folded = lower_P[point] if point < len(lower_P) else point
            found = (found + np.uint64(folded) + np.uint64(1)) * _ODD
            found ^= found >> np.uint64(29)
        hashes_W[word] = found
    return hashes_W


@numba.njit(cache=True)
def _shares(
    starts_W: Places,
    stops_W: Places,
    alone_W: npt.NDArray[np.bool_],
    hashes_W: Hashes,
    firsts_R: Places,
    words: int,
    graphemes: int,
) -> npt.NDArray[np.float64]:
    shares_R = np.zeros(len(firsts_R) - 1)
    for row in range(len(shares_R)):
        first, stop = firsts_R[row], firsts_R[row + 1]
        num_alone = 0
        for word in range(first, stop):
            num_alone += alone_W[word]
        n = graphemes if 2 * num_alone > stop - first else words
        again_W = _said_again(hashes_W[first:stop], n)
        total, inside, until = 0, 0, 0
        for word in range(stop - first):
            size = stops_W[first + word] - starts_W[first + word]
            if word < len(again_W) and again_W[word]:
                until = word + n
            total += size
            inside += size if word < until else 0
        if total:
            shares_R[row] = inside / total
    return shares_R


@numba.njit(cache=True)
def _said_again(hashes_W: Hashes, n: int) -> npt.NDArray[np.bool_]:
    """Return of each run of `n` words whether it occurs more than once."""
    num = max(len(hashes_W) - n + 1, 0)
    again = np.zeros(num, np.bool_)
    size = 4
    while size < 2 * num:
        size *= 2
    phrases, slots = np.empty(num, np.uint64), np.zeros(size, np.int64)
    leaving = np.uint64(1)
    for _ in range(n):
        leaving *= _ODD
    phrase = np.uint64(0)
    for word in range(len(hashes_W)):
        phrase = phrase * _ODD + hashes_W[word]
        if word >= n:
            phrase -= hashes_W[word - n] * leaving
        start = word - n + 1
        if start < 0:
            continue
        phrases[start] = phrase
        at = np.int64(phrase >> np.uint64(32)) & (size - 1)
        while slots[at] and phrases[slots[at] - 1] != phrase:
            at = (at + 1) & (size - 1)
        if slots[at]:
            again[start] = again[slots[at] - 1] = True
        else:
            slots[at] = start + 1
    return again
