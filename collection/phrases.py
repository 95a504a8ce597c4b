"""Which letters of a text stand in a phrase that it says twice, for a whole column at a time.

Suffixes: `_C` one item a character, `_W` one item a word, `_R` one item a row (text), `_P` one item a
code point of Unicode.
"""

from functools import cache

import numpy as np
import numpy.typing as npt
import regex

from aya.text import UNSEGMENTED
from collection.letters import TABLE, Letters

Hashes = npt.NDArray[np.uint64]
Places = npt.NDArray[np.int64]
Kinds = npt.NDArray[np.uint8]

OTHER, JOINED, ALONE, MARK, INNER = range(5)
"""Kinds of character: of no word, of a run, a word for itself, of the word before it, of a word if inside."""

_ODD = 0x9E3779B97F4A7C15  # 2**64 / golden ratio: odd, so that it has an inverse modulo 2**64


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


def repeated_shares(
    letters: Letters, words: int, graphemes: int
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Return for every text the share of word characters in a repeated phrase, and its number of words.

    A phrase has `words` words, or `graphemes` in a text of which most words are single letters of an
    unsegmented script. Two phrases are the same if 64-bit hashes of their characters are.
    """
    starts_W, stops_W, alone_W = cut(letters)
    rows_W = np.searchsorted(letters.starts_R, starts_W, side="right") - 1
    num_rows = len(letters.starts_R) - 1
    num_words_R = np.bincount(rows_W, minlength=num_rows)
    short_R = 2 * np.bincount(rows_W, weights=alone_W, minlength=num_rows) > num_words_R
    sizes_W = stops_W - starts_W
    hashes_W = _word_hashes(letters.points_C, starts_W, stops_W)
    inside_W = np.where(short_R[rows_W], _repeated(hashes_W, rows_W, graphemes), _repeated(hashes_W, rows_W, words))
    total_R = np.bincount(rows_W, weights=sizes_W, minlength=num_rows)
    inside_R = np.bincount(rows_W, weights=sizes_W * inside_W, minlength=num_rows)
    return np.divide(inside_R, total_R, out=np.zeros(num_rows), where=total_R > 0), num_words_R


def cut(letters: Letters) -> tuple[Places, Places, npt.NDArray[np.bool_]]:
    """Return where each word starts and stops, and whether it is one letter of an unsegmented script."""
    kinds_C = letters.look_up(kind_table())
    first_C = np.zeros(len(kinds_C) + 1, bool)
    first_C[letters.starts_R] = True  # the place after the end too
    carried_C = _carry(kinds_C, first_C)
    before_C = _before(carried_C, first_C)
    begins_C = (kinds_C == ALONE) | ((carried_C == JOINED) & (before_C != JOINED))
    breaks_C = np.append(begins_C | (carried_C == OTHER), True) | first_C
    starts_W = np.flatnonzero(begins_C)
    return starts_W, np.flatnonzero((carried_C != OTHER) & breaks_C[1:]) + 1, kinds_C[starts_W] == ALONE


def _carry(kinds_C: Kinds, first_C: npt.NDArray[np.bool_]) -> Kinds:
    """Return the kinds with every mark and inner sign given that of the word it is in; `OTHER` if in none."""
    own = np.where(first_C[:-1] | (kinds_C != MARK), np.arange(len(kinds_C)), 0)
    carried_C = kinds_C[np.maximum.accumulate(own)]
    carried_C = np.where(carried_C == MARK, OTHER, carried_C)
    after_C = np.append(np.where(first_C[1:-1], OTHER, kinds_C[1:]), OTHER)
    inner = (kinds_C == INNER) & (_before(carried_C, first_C) == JOINED) & np.isin(after_C, (JOINED, MARK))
    kinds_C = np.where(inner, JOINED, np.where(kinds_C == INNER, OTHER, kinds_C))
    carried_C = kinds_C[np.maximum.accumulate(own)]
    return np.where(carried_C == MARK, OTHER, carried_C)


def _before(kinds_C: Kinds, first_C: npt.NDArray[np.bool_]) -> Kinds:
    """Return the kind of the character before each; `OTHER` at the start of a text."""
    return np.where(first_C[:-1], OTHER, np.append([OTHER], kinds_C[:-1])[: len(kinds_C)])


def _word_hashes(points_C: npt.NDArray[np.uint32], starts_W: Places, stops_W: Places) -> Hashes:
    """Return a 64-bit hash of the characters of every word, wherever it stands."""
    powers = np.full(len(points_C) + 1, _ODD, np.uint64)
    powers[:1] = 1
    np.multiply.accumulate(powers, out=powers)
    sums = np.zeros(len(points_C) + 1, np.uint64)
    np.cumsum(_mix(points_C.astype(np.uint64)) * powers[:-1], out=sums[1:])
    longest = len(points_C)
    # Words are brought to one power: to multiply up by the rest needs no inverse.
    return _mix((sums[stops_W] - sums[starts_W]) * powers[longest - starts_W])


def _repeated(hashes_W: Hashes, rows_W: Places, n: int) -> npt.NDArray[np.bool_]:
    """Return whether each word is inside a run of `n` words that occurs more than once in its text."""
    num = len(hashes_W) - n + 1
    if num < 2:
        return np.zeros(len(hashes_W), bool)
    phrases = np.zeros(num, np.uint64)
    for i in range(n):
        phrases = phrases * np.uint64(_ODD) + hashes_W[i : i + num]
    whole = rows_W[:num] == rows_W[n - 1 :]
    places = np.flatnonzero(whole)
    _, which, counts = np.unique(
        _mix(phrases[whole] ^ _mix(rows_W[places].astype(np.uint64))), return_inverse=True, return_counts=True
    )
    again = places[counts[which] > 1]
    edges = np.bincount(again, minlength=len(hashes_W) + n) - np.bincount(again + n, minlength=len(hashes_W) + n)
    return np.cumsum(edges)[: len(hashes_W)] > 0


def _mix(values: Hashes) -> Hashes:
    """Return the values spread over 64 bits (the finaliser of splitmix64)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))
