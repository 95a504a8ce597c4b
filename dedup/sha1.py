"""SHA-1 of many short byte strings at once, as machine code: what datasketch hashes its tokens with.

References: FIPS 180-4, section 6.1. A string of at most 55 bytes is one block.
"""

import numpy as np
import numpy.typing as npt

from dedup.kernel import inlined, kernel

MOST_BYTES = 55
LANES = 16
"""Strings hashed side by side."""

Words = npt.NDArray[np.uint32]


@kernel
def sha1_32(
    data: npt.NDArray[np.uint8], starts: npt.NDArray[np.int64], stops: npt.NDArray[np.int64], out: Words
) -> None:
    """Fill `out` with the first four bytes of each digest, as a little-endian number."""
    schedule = np.empty((80, LANES), np.uint32)
    state = np.empty((5, LANES), np.uint32)
    for first in range(0, len(starts), LANES):
        num = min(LANES, len(starts) - first)
        for lane in range(LANES):
            if lane < num:
                _load(data, starts[first + lane], stops[first + lane], schedule, lane)
        _compress(schedule, state)
        for lane in range(num):
            out[first + lane] = _reversed(np.uint32(state[0, lane] + np.uint32(0x67452301)))


@inlined
def _load(data: npt.NDArray[np.uint8], start: int, stop: int, schedule: Words, lane: int) -> None:
    """Set the first 16 words of a lane: the bytes, a bit, zeros, the number of bits."""
    for word in range(15):
        schedule[word, lane] = 0
    size = stop - start
    for i in range(size):
        schedule[i >> 2, lane] |= np.uint32(data[start + i]) << np.uint32(24 - 8 * (i & 3))
    schedule[size >> 2, lane] |= np.uint32(0x80) << np.uint32(24 - 8 * (size & 3))
    schedule[15, lane] = np.uint32(8 * size)


@kernel
def _compress(schedule: Words, state: Words) -> None:
    a, b, c, d, e = state[0], state[1], state[2], state[3], state[4]
    for lane in range(LANES):
        a[lane], b[lane], c[lane], d[lane] = 0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476
        e[lane] = 0xC3D2E1F0
    for step in range(16, 80):
        for lane in range(LANES):
            mixed = schedule[step - 3, lane] ^ schedule[step - 8, lane]
            schedule[step, lane] = _turned(mixed ^ schedule[step - 14, lane] ^ schedule[step - 16, lane], 1)
    for step in range(80):
        for lane in range(LANES):
            x, y, z = b[lane], c[lane], d[lane]
            if step < 20:
                chosen, constant = (x & y) | (~x & z), np.uint32(0x5A827999)
            elif step < 40:
                chosen, constant = x ^ y ^ z, np.uint32(0x6ED9EBA1)
            elif step < 60:
                chosen, constant = (x & y) | (x & z) | (y & z), np.uint32(0x8F1BBCDC)
            else:
                chosen, constant = x ^ y ^ z, np.uint32(0xCA62C1D6)
            fresh = np.uint32(_turned(a[lane], 5) + np.uint32(chosen) + e[lane] + constant + schedule[step, lane])
            e[lane] = z
            d[lane] = y
            c[lane] = _turned(x, 30)
            b[lane] = a[lane]
            a[lane] = fresh


@inlined
def _turned(word: np.uint32, bits: int) -> np.uint32:
    return np.uint32(np.uint32(word << np.uint32(bits)) | np.uint32(word >> np.uint32(32 - bits)))


@inlined
def _reversed(word: np.uint32) -> np.uint32:
    """Return the word with its bytes the other way round."""
    swapped = ((word & np.uint32(0xFF00FF)) << np.uint32(8)) | ((word >> np.uint32(8)) & np.uint32(0xFF00FF))
    return _turned(np.uint32(swapped), 16)
