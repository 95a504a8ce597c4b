"""MinHash signatures in datasketch's own form, and questions to indexes that datasketch built.

    import pickle
    from dedup.datasketch_form import query

    index = pickle.load(open("index.pickle", "rb"))      # or MinHashLSH(storage_config={"type": "redis", ...})
    found = query(index, table["text"])                  # for each text the keys that may be like it

Tokens are the grams of `n` characters of the text as it is, in UTF-8, hashed with SHA-1: the signatures are bit for bit
those of `MinHash(num_perm, seed, scheme=...)` after `update_batch` with these tokens. What datasketch answers are
candidates: compare the texts before anything is removed.
"""

from collections.abc import Hashable
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from aya.errors import needs
from dedup.kernel import kernel
from dedup.normalise import Texts, texts
from dedup.sha1 import MOST_BYTES, sha1_32

if TYPE_CHECKING:
    from datasketch import MinHash, MinHashLSH

Scheme = Literal["affine32", "legacy"]
"""`affine32` is the default of datasketch 2; `legacy` is that of versions before, and of indexes built with them."""

PRIME = np.uint64((1 << 61) - 1)


def signatures(
    column: pa.Array | pa.ChunkedArray, *, num_perm: int = 128, seed: int = 1, scheme: Scheme = "affine32", n: int = 5
) -> npt.NDArray[Any]:
    """Return the `hashvalues` of each text: rows of `num_perm` numbers, uint32 (affine32) or uint64 (legacy).

    A text shorter than `n` is one token; an empty one has none.
    Raises: MissingExtra; ValueError for an `n` whose grams may be longer than 55 bytes.
    """
    if not 1 <= n <= MOST_BYTES // 4:
        raise ValueError(f"n must be between 1 and {MOST_BYTES // 4}, not {n}")
    if num_perm % 4:
        raise ValueError(f"num_perm must be a multiple of 4, not {num_perm}")
    rows = texts(column)
    permutations = np.ascontiguousarray(_minhash(num_perm, seed, scheme).permutations)
    grams = np.empty(rows.longest + 1, np.uint32)
    if scheme == "legacy":
        made = np.full((len(rows.offsets) - 1, num_perm), 0xFFFFFFFF, np.uint64)
        _sign_legacy(rows, n, permutations.astype(np.uint64), grams, made)
        return made
    made32 = np.full((len(rows.offsets) - 1, num_perm), 0xFFFFFFFF, np.uint32)
    _sign_affine32(rows, n, permutations.astype(np.uint32), grams, made32)
    return made32


def minhashes(hashvalues: npt.NDArray[Any], *, seed: int = 1, scheme: Scheme = "affine32") -> "list[MinHash]":
    """Return datasketch's objects for signatures; they share one set of permutations."""
    model = _minhash(hashvalues.shape[1], seed, scheme)
    made = [model.copy() for _ in range(len(hashvalues))]
    for minhash, values in zip(made, hashvalues, strict=True):
        minhash.hashvalues = values.copy()
    return made


def query(
    index: "MinHashLSH",
    column: pa.Array | pa.ChunkedArray,
    *,
    seed: int = 1,
    scheme: Scheme = "affine32",
    n: int = 5,
) -> list[list[Hashable]]:
    """Return for each text the keys of the index that share a band with it, whatever storage the index has."""
    hashvalues = signatures(column, num_perm=index.h, seed=seed, scheme=scheme, n=n)
    return [index.query(minhash) for minhash in minhashes(hashvalues, seed=seed, scheme=scheme)]


def _minhash(num_perm: int, seed: int, scheme: Scheme) -> "MinHash":
    with needs("datasketch"):
        from datasketch import MinHash
    return MinHash(num_perm=num_perm, seed=seed, scheme=scheme)


@kernel
def _token_hashes(rows: Texts, row: int, n: int, grams: npt.NDArray[np.uint32]) -> int:
    """Write the SHA-1 of each gram of a text; return how many."""
    start, stop = rows.offsets[row], rows.offsets[row + 1]
    letters = np.empty(stop - start + 1, np.int64)
    num = 0
    for place in range(start, stop):
        if (rows.data[place] & 0xC0) != 0x80:  # the first byte of a character
            letters[num] = place
            num += 1
    letters[num] = stop
    if num == 0:
        return 0
    width = min(n, num)
    count = num - width + 1
    sha1_32(rows.data, letters[:count], letters[width : num + 1], grams)
    return count


@kernel
def _sign_affine32(
    rows: Texts,
    n: int,
    permutations_2K: npt.NDArray[np.uint32],
    grams: npt.NDArray[np.uint32],
    made: npt.NDArray[np.uint32],
) -> None:
    for row in range(len(made)):
        num = _token_hashes(rows, row, n, grams)
        for i in range(num):  # the finaliser of MurmurHash3
            x = grams[i]
            x = np.uint32((x ^ (x >> np.uint32(16))) * np.uint32(0x85EBCA6B))
            x = np.uint32((x ^ (x >> np.uint32(13))) * np.uint32(0xC2B2AE35))
            grams[i] = np.uint32(x ^ (x >> np.uint32(16)))
        _least_hashes(grams, num, permutations_2K, made[row])


@kernel
def _least_hashes(
    grams: npt.NDArray[np.uint32], num: int, permutations_2K: npt.NDArray[np.uint32], slots_K: npt.NDArray[np.uint32]
) -> None:
    """Fill the slots with the least value of `a * gram + b mod 2^32`; four slots share one reading of the grams."""
    for slot in range(0, len(slots_K), 4):
        a0, a1, a2, a3 = permutations_2K[0, slot : slot + 4]
        b0, b1, b2, b3 = permutations_2K[1, slot : slot + 4]
        m0 = m1 = m2 = m3 = np.uint32(0xFFFFFFFF)
        for i in range(num):
            gram = grams[i]
            v0, v1 = np.uint32(gram * a0 + b0), np.uint32(gram * a1 + b1)
            v2, v3 = np.uint32(gram * a2 + b2), np.uint32(gram * a3 + b3)
            m0, m1 = v0 if v0 < m0 else m0, v1 if v1 < m1 else m1
            m2, m3 = v2 if v2 < m2 else m2, v3 if v3 < m3 else m3
        slots_K[slot] = m0
        slots_K[slot + 1] = m1
        slots_K[slot + 2] = m2
        slots_K[slot + 3] = m3


@kernel
def _sign_legacy(
    rows: Texts,
    n: int,
    permutations_2K: npt.NDArray[np.uint64],
    grams: npt.NDArray[np.uint32],
    made: npt.NDArray[np.uint64],
) -> None:
    """Fill the slots with the least `(a * h + b mod 2^64) mod 2^61 - 1`, of which 32 bits are kept."""
    for row in range(len(made)):
        num = _token_hashes(rows, row, n, grams)
        for slot in range(made.shape[1]):
            a, b = permutations_2K[0, slot], permutations_2K[1, slot]
            least = made[row, slot]
            for i in range(num):
                x = np.uint64(a * np.uint64(grams[i]) + b)
                x = np.uint64((x & PRIME) + (x >> np.uint64(61)))
                x = np.uint64(x - PRIME) if x >= PRIME else x
                x &= np.uint64(0xFFFFFFFF)
                least = x if x < least else least
            made[row, slot] = least
