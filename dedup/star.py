"""Which rows go: each was compared, gram by gram, with the row that stays in its place."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from dedup.grams import Grams
from dedup.kernel import kernel

UNKNOWN = np.float32(-1)


class Stars(NamedTuple):
    """For each row the row that stays in its place, itself if it stays, and their similarity."""

    kept: npt.NDArray[np.int64]
    jaccard: npt.NDArray[np.float32]


def stars(num: int, pairs: npt.NDArray[np.uint64], grams: Grams, threshold: float) -> Stars:
    """Return which of `num` rows go, given the pairs worth comparing (`worse << 32 | better`).

    All pairs of a row stand together, after those of the rows that it may go for. In this order, a row goes if
    it is like a row that stays, among its partners or those that its partners went for. Nothing goes for being
    like a row that goes, so chains do not collapse.
    References: the star clustering that keeps what no kept row covers: Aslam, Pelekhov, Rus 2004, section 2.
    """
    kept, jaccard = np.arange(num), np.ones(num, np.float32)
    _settle(pairs, grams, np.float32(threshold), kept, jaccard)
    return Stars(kept, jaccard)


@kernel
def _settle(
    pairs: npt.NDArray[np.uint64],
    grams: Grams,
    threshold: np.float32,
    kept: npt.NDArray[np.int64],
    jaccard: npt.NDArray[np.float32],
) -> None:
    refused = -1  # the row that stays, last compared in vain
    for i in range(len(pairs)):
        row, partner = int(pairs[i] >> np.uint64(32)), int(pairs[i] & np.uint64(0xFFFFFFFF))
        if i == 0 or (pairs[i] ^ pairs[i - 1]) > np.uint64(0xFFFFFFFF):
            refused = -1
        staying = int(kept[partner])
        if kept[row] != row or staying == refused or grams.salts[row] != grams.salts[staying]:
            continue
        score = similarity(grams, row, staying)
        if score >= threshold:
            kept[row] = staying
            jaccard[row] = score
        else:
            refused = staying


@kernel
def similarity(grams: Grams, one: int, other: int) -> np.float32:
    """Return the Jaccard similarity of the grams of two rows; 0 if one has none."""
    i, end = grams.offsets[one], grams.offsets[one + 1]
    j, other_end = grams.offsets[other], grams.offsets[other + 1]
    whole, same = end - i + other_end - j, 0
    while i < end and j < other_end:
        left, right = grams.values[np.uint64(i)], grams.values[np.uint64(j)]
        same += left == right
        i += left <= right
        j += right <= left
    return np.float32(same / (whole - same)) if same else np.float32(0)
