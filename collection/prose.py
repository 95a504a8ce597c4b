"""A column of texts as the letters of one script each: what language identification looks at.

Suffixes: `_C` one item a character, `_R` one item a row (text), `_G` one item a group of scripts,
`_P` one item a code point of Unicode.
"""

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import numba
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import regex

from aya.text import SCRIPT_MEMBERS, SCRIPTS
from collection.letters import TABLE, batches, script_table

MOST = 3_000
"""Characters of a text that are looked at: a language shows in far fewer."""

GROUPS = tuple(code for code in SCRIPTS if code not in ("Hira", "Kana", "Bopo"))
"""Scripts that are told apart; `Hani` stands for Han with kana and Bopomofo, which one text mixes."""

SYLLABLES = {"Hani": 3, "Hang": 2, "Ethi": 2}
"""How many letters of an alphabet one letter of such a script is worth."""

ANY, SKIP, SPACE = 255, 0, 32
"""A mark of every script; a character that is passed over; what stands between words."""

_CODE = r"(?s:```.*?(?:```|$))|`[^`\n]*`"
_LINK = r"(?:https?|ftp)://\S+|www\.\S+|[^\s@]+@[^\s@]+\.[^\s@]+|@[A-Za-z0-9_]+"
_TAG = r"</?[A-Za-z!][^<>]{0,200}>|<\|[^<>|]*\|>|&[A-Za-z]{2,8};|&#[0-9]{1,6};"
_STAND_IN = r"\{\{[^{}]*\}\}|\{%[^{}%]*%\}|\$?\{[^{}\s]{0,40}\}|%\([A-Za-z0-9_]*\)[a-z]|\\[A-Za-z]+"
NOT_PROSE = "|".join((_CODE, _LINK, _TAG, _STAND_IN))
"""RE2: code, addresses, tags and entities, placeholders."""


class Prose(NamedTuple):
    """Letters of some texts, lower case, one space between words and around them."""

    points_C: npt.NDArray[np.uint32]
    starts_R: npt.NDArray[np.int64]
    groups_R: npt.NDArray[np.int64]
    """The place in `GROUPS` of the script that was kept; -1 for a text without letters."""
    letters_R: npt.NDArray[np.int64]
    """Letters of that script, in the worth of an alphabet's (`SYLLABLES`)."""

    def texts(self) -> list[str]:
        """Return each text as a string."""
        joined = self.points_C.tobytes().decode("utf-32-le")
        return [joined[start:stop] for start, stop in zip(self.starts_R[:-1], self.starts_R[1:], strict=True)]

    def only(self, chosen_R: npt.NDArray[np.bool_]) -> "Prose":
        """Return the chosen texts."""
        sizes_R = np.diff(self.starts_R)
        points_C = self.points_C[np.repeat(chosen_R, sizes_R)]
        starts_R = np.concatenate([[0], np.cumsum(sizes_R[chosen_R])])
        return Prose(points_C, starts_R, self.groups_R[chosen_R], self.letters_R[chosen_R])


def prose(texts: pa.ChunkedArray, allowed: npt.NDArray[np.bool_] | None = None) -> Iterator[tuple[int, Prose]]:
    """Yield (first row, letters) for runs of texts; null is empty.

    Of every text the letters of one script are kept: of the `allowed` one (rows x `GROUPS`) that has
    most letters if at least one in ten is in such a script, else of the script with most.
    """
    cut = pc.utf8_slice_codeunits(pc.fill_null(texts.cast(pa.large_string()), ""), 0, MOST)
    for first, letters in batches(composed(pc.replace_substring_regex(cut, NOT_PROSE, " "))):
        num = len(letters.starts_R) - 1
        rights = np.zeros((num, len(GROUPS)), bool) if allowed is None else allowed[first : first + num]
        yield first, Prose(*_keep(letters.points_C, letters.starts_R, rights, _worth(), *_tables()))


def composed(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return texts in NFC; those that are so by a quick check are left as they are."""
    chunks = []
    for chunk in texts.chunks:
        odd = pc.match_substring_regex(chunk, _not_composed())
        chunks.append(pc.replace_with_mask(chunk, odd, pc.utf8_normalize(chunk.filter(odd), form="NFC")))
    return pa.chunked_array(chunks, texts.type)


@cache
def _not_composed() -> str:
    """Return what a text that is not in NFC has one of (RE2): a character that is or may be for another, or two marks.

    References: Unicode Standard Annex 15, section 9, with every two marks taken to be out of order.
    """
    odd = _class(r"[\p{NFC_QC=N}\p{NFC_QC=M}\p{Cn}]", rf"\x{{{TABLE:x}}}-\x{{10ffff}}")
    mark = _class(r"[^\p{CCC=0}]")
    return f"{odd}|{mark}{mark}"


def _class(pattern: str, more: str = "") -> str:
    """Return the code points of a class, as this process has them, as a class of RE2."""
    runs = regex.finditer(f"{pattern}+", "".join(map(chr, range(TABLE))))
    return "[" + "".join(rf"\x{{{run.start():x}}}-\x{{{run.end() - 1:x}}}" for run in runs) + more + "]"


def groups_of(scripts: frozenset[str]) -> frozenset[str]:
    """Return the groups that codes of scripts (ISO 15924) stand for."""
    members = {member for code in scripts for member in SCRIPT_MEMBERS.get(code, frozenset({code}))}
    named = {
        "Hani" if member in ("Hira", "Kana", "Bopo") else "Arab" if member == "Aran" else member for member in members
    }
    return frozenset(named & set(GROUPS))


@cache
def _worth() -> npt.NDArray[np.int64]:
    return np.array([SYLLABLES.get(group, 1) for group in GROUPS])


@cache
def _tables() -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint8]]:
    """Return for every code point its form in prose (a letter in lower case, a space, or nothing), and its group."""
    fold_P = np.full(TABLE, SPACE, np.uint32)
    groups_P = np.zeros(TABLE, np.uint8)
    to_group = np.array([0, *(GROUPS.index(group_of(code)) + 1 for code in SCRIPTS)], np.uint8)
    groups_P[:] = to_group[script_table()]
    everything = "".join(map(chr, range(TABLE)))
    for found in regex.finditer(r"(?V1)[\p{L}\p{M}]", everything):
        lower = found[0].lower()
        fold_P[found.start()] = ord(lower) if len(lower) == 1 else found.start()
        if not groups_P[found.start()]:
            groups_P[found.start()] = ANY
    for letter in range(26):  # full-width Latin
        fold_P[[0xFF21 + letter, 0xFF41 + letter]] = ord("a") + letter
    for apostrophe in "'’ʼʻ‘`´ꞌ":
        fold_P[ord(apostrophe)], groups_P[ord(apostrophe)] = ord("'"), ANY
    for joiner in "\u00ad\u0640\u200c\u200d":
        fold_P[ord(joiner)], groups_P[ord(joiner)] = SKIP, 0
    return fold_P, groups_P


def group_of(script: str) -> str:
    """Return the group of a script of Unicode."""
    return "Hani" if script in ("Hira", "Kana", "Bopo") else script


@numba.njit(cache=True)
def _choose(counts_G: npt.NDArray[np.int64], rights_G: npt.NDArray[np.bool_]) -> int:
    best, total, right, expected = -1, 0, -1, 0
    for group in range(len(counts_G)):
        total += counts_G[group]
        if counts_G[group] and (best < 0 or counts_G[group] > counts_G[best]):
            best = group
        if rights_G[group] and counts_G[group]:
            expected += counts_G[group]
            if right < 0 or counts_G[group] > counts_G[right]:
                right = group
    return right if expected * 10 >= total and right >= 0 else best


@numba.njit(cache=True)
def _keep(
    points_C: npt.NDArray[np.uint32],
    starts_R: npt.NDArray[np.int64],
    rights_RG: npt.NDArray[np.bool_],
    worth_G: npt.NDArray[np.int64],
    fold_P: npt.NDArray[np.uint32],
    groups_P: npt.NDArray[np.uint8],
) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the kept characters, where each text starts among them, its group and number of letters."""
    num = len(starts_R) - 1
    kept_C = np.empty(len(points_C) + 2 * num, np.uint32)
    new_R, groups_R, letters_R = np.zeros(num + 1, np.int64), np.full(num, -1), np.zeros(num, np.int64)
    at = 0
    for row in range(num):
        counts_G = np.zeros(rights_RG.shape[1], np.int64)
        for place in range(starts_R[row], starts_R[row + 1]):
            group = groups_P[min(points_C[place], len(groups_P) - 1)]
            if group != 0 and group != ANY:
                counts_G[group - 1] += worth_G[group - 1]
        chosen = _choose(counts_G, rights_RG[row])
        groups_R[row] = chosen
        letters_R[row] = counts_G[chosen] if chosen >= 0 else 0
        kept_C[at] = SPACE
        at += 1
        for place in range(starts_R[row], starts_R[row + 1]):
            point = min(points_C[place], len(groups_P) - 1)
            folded, group = fold_P[point], groups_P[point]
            if folded == SKIP:
                continue
            inside = group == chosen + 1 or (group == ANY and kept_C[at - 1] != SPACE)
            if inside and chosen >= 0:
                kept_C[at] = folded
                at += 1
            elif kept_C[at - 1] != SPACE:
                kept_C[at] = SPACE
                at += 1
        if kept_C[at - 1] != SPACE:
            kept_C[at] = SPACE
            at += 1
        new_R[row + 1] = at
    return kept_C[:at], new_R, groups_R, letters_R
