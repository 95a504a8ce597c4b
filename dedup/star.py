"""Which rows go: each was compared, gram by gram, with the row that stays in its place."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from dedup.grams import Grams, is_noted, mask_for, note, room_for
from dedup.kernel import inlined, kernel


class Apart(NamedTuple):
    """Templates of rows: those of one source with two templates are not alike, whatever their texts."""

    sources: npt.NDArray[np.uint64]
    """Empty: no rows are kept apart."""
    templates: npt.NDArray[np.uint64]
    """0: of no template."""


TOGETHER = Apart(np.zeros(0, np.uint64), np.zeros(0, np.uint64))


class Alike(NamedTuple):
    """For each row another that it is like, itself if there is none, and their similarity."""

    others: npt.NDArray[np.int64]
    jaccard: npt.NDArray[np.float32]


def stars(num: int, pairs: npt.NDArray[np.uint64], grams: Grams, threshold: float, *, apart: Apart = TOGETHER) -> Alike:
    """Return which of `num` rows go, given the pairs worth comparing (`worse << 32 | better`).

    All pairs of a row stand together, after those of the rows that it may go for. In this order, a row goes if
    it is like a row that stays, among its partners or those that its partners went for. Nothing goes for being
    like a row that goes, so chains do not collapse.
    References: the star clustering that keeps what no kept row covers: Aslam, Pelekhov, Rus 2004, section 2.
    """
    kept, jaccard = np.arange(num), np.ones(num, np.float32)
    seen = room_for(int(np.diff(grams.offsets).max(initial=0)))
    _settle(pairs, grams, apart, np.float32(threshold), kept, jaccard, seen)
    return Alike(kept, jaccard)


def ends_of_chains(pairs: npt.NDArray[np.uint64], grams: Grams, threshold: float, kept: npt.NDArray[np.int64]) -> Alike:
    """Return for each row that stays, and for which none went, one of its like that went for a third; else itself.

    Such a row is the end of a chain: the row that stays for its like is unlike it. `kept` is what `stars` returned.
    """
    num = len(kept)
    like, jaccard = np.arange(num), np.ones(num, np.float32)
    alone = kept == np.arange(num)
    alone[kept[~alone]] = False
    seen = room_for(int(np.diff(grams.offsets).max(initial=0)))
    _chain(pairs, grams, np.float32(threshold), kept, alone, like, jaccard, seen)
    return Alike(like, jaccard)


@kernel
def _settle(
    pairs: npt.NDArray[np.uint64],
    grams: Grams,
    apart: Apart,
    threshold: np.float32,
    kept: npt.NDArray[np.int64],
    jaccard: npt.NDArray[np.float32],
    seen: npt.NDArray[np.uint64],
) -> None:
    refused = -1  # the row that stays, last compared in vain
    mask, noted = np.uint64(0), -1
    for i in range(len(pairs)):
        row, partner = int(pairs[i] >> np.uint64(32)), int(pairs[i] & np.uint64(0xFFFFFFFF))
        if i == 0 or (pairs[i] ^ pairs[i - 1]) > np.uint64(0xFFFFFFFF):
            refused = -1
        staying = int(kept[partner])
        if kept[row] != row or staying == refused or grams.salts[row] != grams.salts[staying]:
            continue
        if len(apart.sources) and _are_apart(apart, row, staying):
            continue
        if noted != row:
            noted, mask = row, _note_row(grams, row, seen)
        score = _similarity(grams, row, staying, seen, mask)
        if score >= threshold:
            kept[row] = staying
            jaccard[row] = score
        else:
            refused = staying


@kernel
def _chain(
    pairs: npt.NDArray[np.uint64],
    grams: Grams,
    threshold: np.float32,
    kept: npt.NDArray[np.int64],
    alone: npt.NDArray[np.bool_],
    like: npt.NDArray[np.int64],
    jaccard: npt.NDArray[np.float32],
    seen: npt.NDArray[np.uint64],
) -> None:
    """Compare rows that are `alone` with those of their partners that went, until one is alike."""
    mask, noted = np.uint64(0), -1
    for i in range(len(pairs)):
        row, partner = int(pairs[i] >> np.uint64(32)), int(pairs[i] & np.uint64(0xFFFFFFFF))
        if alone[partner] and kept[row] != row:
            end, other = partner, row
        elif alone[row] and kept[partner] != partner:
            end, other = row, partner
        else:
            continue
        if like[end] != end or grams.salts[row] != grams.salts[partner]:
            continue
        if noted != row:
            noted, mask = row, _note_row(grams, row, seen)
        score = _similarity(grams, row, partner, seen, mask)
        if score >= threshold:
            like[end], jaccard[end] = other, score


@inlined
def _note_row(grams: Grams, row: int, seen: npt.NDArray[np.uint64]) -> np.uint64:
    """Note the grams of a row in `seen`; return the mask of the part of it that they fill."""
    mask = mask_for(grams.offsets[row + 1] - grams.offsets[row])
    for place in range(grams.offsets[row], grams.offsets[row + 1]):
        note(seen, mask, np.uint64(row + 1), grams.values[place])
    return mask


@inlined
def _are_apart(apart: Apart, one: int, other: int) -> bool:
    mine, its = apart.templates[one], apart.templates[other]
    return bool(apart.sources[one] == apart.sources[other] and mine != its and mine != 0 and its != 0)


@inlined
def _similarity(grams: Grams, one: int, other: int, seen: npt.NDArray[np.uint64], mask: np.uint64) -> np.float32:
    """Return the Jaccard similarity of two rows in the field that is least alike; 0 if one has no grams.

    The grams of `one` are noted in `seen`. A field without grams in both rows is alike: it was short and the same,
    or boilerplate.
    """
    stamp, values = np.uint64(one + 1), grams.values
    i, end = grams.offsets[one], grams.offsets[one + 1]
    j, other_end = grams.offsets[other], grams.offsets[other + 1]
    least = np.float32(1 if i < end and j < other_end else 0)
    for field in range(1 << grams.bits):
        last = np.uint32((np.uint64(field + 1) << np.uint64(32 - grams.bits)) - np.uint64(1))
        num, same = 0, 0
        while i < end and values[np.uint64(i)] <= last:
            num += 1
            i += 1
        while j < other_end and values[np.uint64(j)] <= last:
            same += is_noted(seen, mask, stamp, values[np.uint64(j)])
            num += 1
            j += 1
        if num:
            least = min(least, np.float32(same / (num - same)))
    return least
