"""What is kept of a text to find its near duplicates: keys of bands, a sketch, a key of the whole.

Shapes: N rows, B bands, W words of a sketch, K slots, H hash functions, half as many as slots.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dedup.banding import SLOTS
from dedup.grams import NO_COMMON, STEP, Common, read_row, room
from dedup.kernel import inlined, kernel
from dedup.normalise import Normaliser, Texts, normaliser, not_utf8, texts

SKETCH_WORDS = SLOTS // 32
"""Two bits of each slot: 32 slots in a word of 64 bits."""


class Signatures(NamedTuple):
    """What is kept of rows."""

    bands_BN: npt.NDArray[np.uint32]
    sketches_NW: npt.NDArray[np.uint64]
    """Of a short row: hashes of its texts."""
    exact_N: npt.NDArray[np.uint64]
    """A hash of the normalised texts; with the sketch it tells copies from all other rows."""
    short_N: npt.NDArray[np.bool_]
    """Rows too short to be near duplicates of another: copies alone count, their bands mean nothing."""
    sizes_N: npt.NDArray[np.int64]
    """Code points of the normalised texts."""


def sign(
    columns: Sequence[pa.Array | pa.ChunkedArray],
    salts: npt.NDArray[np.uint64],
    *,
    bands: int,
    rows: int,
    least: int,
    common: Common = NO_COMMON,
    name: str = "the texts",
    first: int = 0,
) -> Signatures:
    """Return the signatures of rows whose texts lie in `columns`.

    Rows with different `salts` (the language, say) are never alike. A field with fewer than `least` code points
    must be the same in both rows. Grams in `common` are left out; a row with fewer than `least` others is short.
    `name`, and `first`, how many rows stand before these, are for the message.
    Raises: InputError where a row is not UTF-8.
    """
    found = tuple(texts(column) for column in columns)
    num = len(salts)
    made = Signatures(
        np.empty((bands, num), np.uint32),
        np.empty((num, SKETCH_WORDS), np.uint64),
        np.empty(num, np.uint64),
        np.empty(num, np.bool_),
        np.empty(num, np.int64),
    )
    buffers, forms = room(found), normaliser(max(column.longest for column in found))
    bad = _sign(found, salts, common, permutations(SLOTS // 2), rows, least, made, *buffers, forms)
    if bad >= 0:
        raise not_utf8(name, first + bad)
    return made


def ties_of(columns: Sequence[pa.Array | pa.ChunkedArray]) -> npt.NDArray[np.uint32]:
    """Return 32 bits of the texts of each row as they are, not normalised."""
    found = tuple(texts(column) for column in columns)
    ties = np.zeros(len(found[0].offsets) - 1, np.uint32)
    _hash_bytes(found, ties)
    return ties


@kernel
def _hash_bytes(columns: tuple[Texts, ...], ties: npt.NDArray[np.uint32]) -> None:
    for row in range(len(ties)):
        value = np.uint64(1)
        for field in range(len(columns)):
            column = columns[field]
            start, size = np.uint64(column.offsets[row]), column.offsets[row + 1] - column.offsets[row]
            total = np.uint32(size)
            for i in range(size):  # a sum of products: bytes do not wait for one another
                factor = np.uint32(np.uint32(i) * np.uint32(0x9E3779B1)) ^ np.uint32(0x85EBCA6B)
                total += np.uint32(np.uint32(column.data[start + np.uint64(i)]) * factor)
            value = _mix(value, np.uint64(total))
        ties[row] = np.uint32(value >> np.uint64(32))


def permutations(num: int) -> npt.NDArray[np.uint32]:
    """Return the factors (odd) and summands of so many hash functions, the same everywhere (splitmix64)."""
    state = np.arange(1, 2 * num + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    values = (state >> np.uint64(32)).astype(np.uint32).reshape(2, num)
    values[0] |= np.uint32(1)
    return values


@kernel
def _sign(
    columns: tuple[Texts, ...],
    salts: npt.NDArray[np.uint64],
    common: Common,
    permutations_2H: npt.NDArray[np.uint32],
    rows: int,
    least: int,
    made: Signatures,
    points: npt.NDArray[np.int32],
    grams: npt.NDArray[np.uint32],
    normaliser: Normaliser,
) -> int:
    """Fill `made`; return -1, or the first row that is not UTF-8.

    Arrays are taken out of their tuples once: each time costs as much as a look-up, since it is counted who holds them.
    """
    bands_BN, sketches_NW, exact_N, short_N, sizes_N = made
    slots_K, keys_B = np.empty(2 * permutations_2H.shape[1], np.uint32), np.empty(bands_BN.shape[0], np.uint64)
    for row in range(len(salts)):
        num, size, salt, exact = read_row(columns, row, salts[row], least, common, points, grams, normaliser)
        if num < 0:
            return row
        exact_N[row], sizes_N[row], short_N[row] = exact, size, num < least
        if num < least:
            for word in range(sketches_NW.shape[1]):
                sketches_NW[row, word] = _mix(exact ^ salt, np.uint64(word + 1))
            continue
        extreme_hashes(grams, num, permutations_2H, slots_K)
        _bands(slots_K, rows, salt, keys_B)
        for band in range(len(keys_B)):
            bands_BN[band, row] = np.uint32(keys_B[band] >> np.uint64(32))
        for word in range(sketches_NW.shape[1]):
            sketches_NW[row, word] = _two_bits(slots_K, word)
    return -1


@kernel
def extreme_hashes(
    grams: npt.NDArray[np.uint32], num: int, permutations_2H: npt.NDArray[np.uint32], slots_K: npt.NDArray[np.uint32]
) -> None:
    """Fill the first half of the slots with the least `a * gram + b mod 2^32` of each function, the rest with the most.

    Which gram is the last in a drawn order says as much as which is the first, so a product serves two slots.
    `grams` holds `STEP` values beyond the `num` of the row: the first gram fills them up, and no vector is half empty.
    References: Ji et al. 2013, Min-Max Hash for Jaccard Similarity.
    """
    stop, half = -(-num // STEP) * STEP, permutations_2H.shape[1]
    for i in range(num, stop):
        grams[np.uint64(i)] = grams[0]
    for slot in range(0, half, 4):
        a0, a1, a2, a3 = permutations_2H[0, slot : slot + 4]
        b0, b1, b2, b3 = permutations_2H[1, slot : slot + 4]
        m0 = m1 = m2 = m3 = np.uint32(0xFFFFFFFF)
        n0 = n1 = n2 = n3 = np.uint32(0)
        for i in range(stop):
            gram = grams[i]
            v0, v1 = np.uint32(gram * a0 + b0), np.uint32(gram * a1 + b1)
            v2, v3 = np.uint32(gram * a2 + b2), np.uint32(gram * a3 + b3)
            m0, m1 = v0 if v0 < m0 else m0, v1 if v1 < m1 else m1
            m2, m3 = v2 if v2 < m2 else m2, v3 if v3 < m3 else m3
            n0, n1 = v0 if v0 > n0 else n0, v1 if v1 > n1 else n1
            n2, n3 = v2 if v2 > n2 else n2, v3 if v3 > n3 else n3
        most = slot + half
        slots_K[slot], slots_K[slot + 1], slots_K[slot + 2], slots_K[slot + 3] = m0, m1, m2, m3
        slots_K[most], slots_K[most + 1], slots_K[most + 2], slots_K[most + 3] = n0, n1, n2, n3


@inlined
def _bands(slots_K: npt.NDArray[np.uint32], rows: int, salt: np.uint64, keys_B: npt.NDArray[np.uint64]) -> None:
    """Hash the slots of each band, which are those from its number on at steps of the number of bands."""
    num = len(keys_B)
    for band in range(num):
        keys_B[np.uint64(band)] = _mix(salt, np.uint64(band + 1))
    for row in range(rows):
        for band in range(num):
            slot = np.uint64(slots_K[np.uint64(row * num + band)])
            keys_B[np.uint64(band)] = _mix(keys_B[np.uint64(band)], slot)


@inlined
def _mix(state: np.uint64, value: np.uint64) -> np.uint64:
    mixed = np.uint64((state ^ value) * np.uint64(0xFF51AFD7ED558CCD))
    return np.uint64(mixed ^ (mixed >> np.uint64(32)))


@inlined
def _two_bits(slots_K: npt.NDArray[np.uint32], word: int) -> np.uint64:
    """Return two bits of each of 32 slots."""
    bits = np.uint64(0)
    for slot in range(32):
        hashed = np.uint32(slots_K[np.uint64(32 * word + slot)] * np.uint32(0x9E3779B1))
        bits |= np.uint64(hashed >> np.uint32(30)) << np.uint64(2 * slot)
    return bits
