"""The project's own model of languages: how likely each one's spelling makes a text, from n-grams of letters.

Every language has an interpolated n-gram model with absolute discounting. Its log probability is a sum
over the n-grams of a text, since a missing n-gram adds nothing but what its context pays for going without:
so a language is a sparse row of weights, and all languages are scored in one pass over the text.
`python -m collection.train_language_model` makes the file; `language_model.md` states sources and licences.

Suffixes: `_C` one item a character, `_R` one item a row (text), `_L` one item a language and script,
`_W` one item a weight, `_K` one item an n-gram, `_M` one item an n-gram of `MANY` languages.

References: Ney, Essen and Kneser 1994 (absolute discounting); Dunning 1994 (language by n-grams).
"""

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.resources import files
from typing import Any

import numba
import numpy as np
import numpy.typing as npt

from collection.prose import SPACE, Prose

ORDER = 4
"""Letters of the longest n-grams."""

_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
FILE = "language_model.npz"

Weights = npt.NDArray[np.int8]
Table = tuple[npt.NDArray[np.uint32], npt.NDArray[np.int32], npt.NDArray[np.int32]]

MANY = 32
"""Languages from which an n-gram has a weight for each language side by side: added eight at a time."""


@dataclass(frozen=True, kw_only=True)
class LanguageModel:
    """Weights of n-grams by language."""

    languages_L: tuple[str, ...]
    groups_L: tuple[str, ...]
    """The script (`collection.prose.GROUPS`) of each."""
    letters_L: npt.NDArray[np.uint32]
    """How many letters of text each learned from."""
    step: float
    """The log probability (nats) of one unit of a weight."""
    keys_K: npt.NDArray[np.uint32]
    """Hashes of the n-grams, rising."""
    counts_K: npt.NDArray[np.uint16]
    """How many languages have each."""
    classes_W: npt.NDArray[np.uint16]
    weights_W: Weights

    def scores(self, prose: Prose) -> npt.NDArray[np.float32]:
        """Return the log probability a letter of each text in each language, up to a constant."""
        sums_RL = np.zeros((len(prose.letters_R), len(self.languages_L)), np.int32)
        weights = self.classes_W, self.weights_W, self.lines_ML
        _score(prose.points_C, prose.starts_R, *self.table, *weights, sums_RL)
        lengths_R = np.maximum(np.diff(prose.starts_R) - 1, 1)
        scores_RL: npt.NDArray[np.float32] = (sums_RL * self.step / lengths_R[:, None]).astype(np.float32)
        return scores_RL

    @cached_property
    def table(self) -> Table:
        """Return the n-grams as a hash table: key, first weight, weight after the last; of `MANY`, line and -1."""
        size = 1 << (2 * len(self.keys_K) - 1).bit_length()
        ends_K = np.cumsum(self.counts_K, dtype=np.int32)
        firsts_K, many_K = ends_K - self.counts_K, self.counts_K >= MANY
        firsts_K[many_K], ends_K[many_K] = np.arange(many_K.sum()), -1
        return _fill(self.keys_K, firsts_K.astype(np.int32), ends_K, size)

    @cached_property
    def lines_ML(self) -> Weights:
        """Return the weights of the n-grams of `MANY` languages, 0 for the other languages."""
        many_K = self.counts_K >= MANY
        lines_ML = np.zeros((int(many_K.sum()), len(self.languages_L)), np.int8)
        many_W = np.repeat(many_K, self.counts_K)
        lines = np.repeat(np.arange(len(lines_ML)), self.counts_K[many_K])
        lines_ML[lines, self.classes_W[many_W]] = self.weights_W[many_W]
        return lines_ML

    def save(self) -> bytes:
        """Return the file: an `npz` compressed with LZMA, the same bytes for the same weights."""
        gaps_K = np.diff(self.keys_K, prepend=np.uint32(0)).astype("<u4")
        first_W = np.zeros(len(self.classes_W), bool)
        first_W[np.cumsum(self.counts_K.astype(np.int64)) - self.counts_K] = True
        before_W = np.where(first_W, 0, np.roll(self.classes_W, 1)).astype(np.uint16)
        arrays: dict[str, npt.NDArray[Any]] = {
            "names": np.frombuffer(_names(self).encode(), np.uint8),
            "letters": self.letters_L,
            "step": np.array([self.step]),
            "gaps": _planes(gaps_K),
            "counts": _planes(self.counts_K),
            "classes": _planes((self.classes_W - before_W).astype("<u2")),
            "weights": self.weights_W,
        }
        return _zip(arrays)


def _names(model: LanguageModel) -> str:
    return " ".join(f"{language}_{group}" for language, group in zip(model.languages_L, model.groups_L, strict=True))


def _planes(numbers: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    """Return the lowest bytes of all numbers, then the next bytes: what compresses best."""
    return np.ascontiguousarray(numbers.view(np.uint8).reshape(len(numbers), -1).T)


def _zip(arrays: Mapping[str, npt.NDArray[Any]]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_LZMA) as archive:
        for name, array in arrays.items():
            member = io.BytesIO()
            np.save(member, array, allow_pickle=False)
            info = zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_LZMA
            archive.writestr(info, member.getvalue())
    return buffer.getvalue()


@lru_cache(maxsize=1)
def shipped() -> LanguageModel:
    """Return the model that comes with the package."""
    return read(files("collection").joinpath(FILE).read_bytes())


def read(data: bytes) -> LanguageModel:
    """Return the model in the bytes of a file."""
    arrays = np.load(io.BytesIO(data), allow_pickle=False)
    names = [name.split("_") for name in arrays["names"].tobytes().decode().split()]
    counts_K = _whole(arrays["counts"], "<u2")
    ends_K = np.cumsum(counts_K.astype(np.int64))
    return LanguageModel(
        languages_L=tuple(language for language, _ in names),
        groups_L=tuple(group for _, group in names),
        letters_L=arrays["letters"],
        step=float(arrays["step"][0]),
        keys_K=np.cumsum(_whole(arrays["gaps"], "<u4"), dtype=np.uint32),
        counts_K=counts_K,
        classes_W=_running(_whole(arrays["classes"], "<u2"), ends_K),
        weights_W=arrays["weights"],
    )


def _whole(planes: npt.NDArray[np.uint8], kind: str) -> npt.NDArray[Any]:
    return np.ascontiguousarray(planes.T).view(kind).ravel()


def _running(gaps_W: npt.NDArray[np.uint16], ends_K: npt.NDArray[np.int64]) -> npt.NDArray[np.uint16]:
    """Return the sums of gaps, begun anew after each of `ends_K`."""
    sums_W = np.cumsum(gaps_W, dtype=np.int64)
    before_K = np.concatenate([[0], sums_W[ends_K[:-1] - 1]])
    counts_K = np.diff(ends_K, prepend=0)
    classes_W: npt.NDArray[np.uint16] = (sums_W - np.repeat(before_K, counts_K)).astype(np.uint16)
    return classes_W


@numba.njit(cache=True)
def _fill(
    keys_K: npt.NDArray[np.uint32], firsts_K: npt.NDArray[np.int32], ends_K: npt.NDArray[np.int32], size: int
) -> Table:
    keys, firsts, ends = np.zeros(size, np.uint32), np.zeros(size, np.int32), np.zeros(size, np.int32)
    for place in range(len(keys_K)):
        slot = np.int64(keys_K[place]) & (size - 1)
        while keys[slot] != 0:
            slot = (slot + 1) & (size - 1)
        keys[slot], firsts[slot], ends[slot] = keys_K[place], firsts_K[place], ends_K[place]
    return keys, firsts, ends


@numba.njit(cache=True)
def grow(gram: np.uint64, letter: np.uint32) -> np.uint64:
    """Return the hash of an n-gram with one more letter before it."""
    mixed = (gram + np.uint64(letter) + np.uint64(1)) * _MULTIPLIER
    return mixed ^ (mixed >> np.uint64(29))


@numba.njit(cache=True)
def key_of(gram: np.uint64) -> np.uint32:
    """Return the 32 bits that stand for an n-gram in the file; never 0."""
    return max(np.uint32(gram >> np.uint64(32)), np.uint32(1))


@numba.njit(cache=True)
def _score(
    points_C: npt.NDArray[np.uint32],
    starts_R: npt.NDArray[np.int64],
    keys: npt.NDArray[np.uint32],
    firsts: npt.NDArray[np.int32],
    ends: npt.NDArray[np.int32],
    classes_W: npt.NDArray[np.uint16],
    weights_W: Weights,
    lines_ML: Weights,
    sums_RL: npt.NDArray[np.int32],
) -> None:
    """Add up the weights of the n-grams that end at each letter; a space is inside none of them."""
    mask = len(keys) - 1
    for row in range(len(starts_R) - 1):
        sums_L = sums_RL[row]
        for place in range(starts_R[row] + 1, starts_R[row + 1]):
            gram = np.uint64(0)
            for before in range(min(ORDER, place - starts_R[row] + 1)):
                start = place - before
                if before >= 2 and points_C[start + 1] == SPACE:
                    break
                gram = grow(gram, points_C[start])
                key = key_of(gram)
                slot = np.int64(key) & mask
                while keys[slot] != 0 and keys[slot] != key:
                    slot = (slot + 1) & mask
                if keys[slot] == 0:
                    break
                if ends[slot] < 0:
                    line_L = lines_ML[firsts[slot]]
                    for language in range(len(line_L)):
                        sums_L[language] += line_L[language]
                else:
                    for item in range(firsts[slot], ends[slot]):
                        sums_L[classes_W[item]] += weights_W[item]
