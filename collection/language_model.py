"""The project's own model of languages: how likely each one's spelling makes a text, from n-grams of letters.

Every language has an interpolated n-gram model with absolute discounting. Its log probability is a sum
over the n-grams of a text, since a missing n-gram adds nothing but what its context pays for going without:
so a language is a sparse row of weights, and all languages are scored in one pass over the text
(`collection.language_weights`).
`python -m collection.train_language_model` makes the file; `language_model.md` states sources and licences.

Suffixes: `_R` one item a row (text), `_L` one item a language and script, `_W` one item a weight,
`_K` one item an n-gram, `_G` one item a script.

References: Ney, Essen and Kneser 1994 (absolute discounting); Dunning 1994 (language by n-grams).
"""

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.resources import files
from typing import Any

import numpy as np
import numpy.typing as npt

from collection.language_weights import Weights, lay_out, sums
from collection.prose import GROUPS, Prose

FILE = "language_model.npz"


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
    weights_W: npt.NDArray[np.int8]

    def scores(self, prose: Prose) -> npt.NDArray[np.float32]:
        """Return the log probability a letter of each text in each language of its script, up to a constant.

        In languages of other scripts it is -inf.
        """
        fits_RL = self._fits_GL[prose.groups_R]  # a text without letters has group -1, the last row
        sums_RL = sums(self.weights, prose.points_C, prose.starts_R, prose.groups_R)
        lengths_R = np.maximum(np.diff(prose.starts_R) - 1, 1)
        return np.where(fits_RL, (sums_RL * self.step / lengths_R[:, None]).astype(np.float32), np.float32(-np.inf))

    @cached_property
    def _fits_GL(self) -> npt.NDArray[np.bool_]:
        return np.array([[group == code for code in self.groups_L] for group in (*GROUPS, "")])

    @cached_property
    def weights(self) -> Weights:
        """Return the weights laid out for sums."""
        return lay_out(self.groups_L, self.keys_K, self.counts_K, self.classes_W, self.weights_W)

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
