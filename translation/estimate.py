"""The quality of a translation as a model estimates it that needs no reference."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from aya.errors import UserError, needs
from aya.stage import InputPath, Settings
from translation.sides import READS, judged, sides


@lru_cache(maxsize=1)
def regression(folder: Path) -> tuple[Any, Any]:
    """Return tokenizer and model of a folder.

    Raises: MissingExtra; UserError for a folder that holds no model with one number as its answer.
    """
    with needs("translation"):
        from transformers import AutoModelForSequenceClassification, AutoTokenizer
    try:
        model: Any = AutoModelForSequenceClassification.from_pretrained(folder)
        tokenizer: Any = AutoTokenizer.from_pretrained(folder)
    except (OSError, ValueError) as error:
        raise UserError(f"no model of quality in {folder}: {str(error).splitlines()[0]}") from error
    if model.config.num_labels != 1:
        raise UserError(f"{folder}: the model has {model.config.num_labels} answers, one of quality has 1")
    return tokenizer, model.eval()


class Estimate(Settings):
    """Drop translations that a model of translation quality marks low.

    Any model of transformers that answers two texts, source and translation, with one number: sequence regression, as
    quality estimation models of the WMT tasks are. What its numbers mean is the model's matter, and how they lie in a
    language too: no limit is set by default, `translation.outliers` finds one for each pair.

    Reads both texts and their sources. Writes `estimated_quality`; null for a row without a source text.
    """

    name: ClassVar[str] = "translation.estimate"
    version: ClassVar[int] = 1
    reads: ClassVar[tuple[str, ...]] = READS
    writes: ClassVar[Mapping[str, pa.DataType]] = {"estimated_quality": pa.float32()}

    model: InputPath = Field(description="folder of the model")
    least: float | None = Field(default=None, description="the number below which a row leaves")
    batch: int = Field(default=16, ge=1, description="rows that the model is given at a time")

    def setup(self) -> None:
        """Load the model."""
        regression(self.model)

    def __call__(self, table: pa.Table) -> pa.Table:
        """Return the table with `estimated_quality` set, and a reason where it is too low."""
        found = np.full(len(table), np.nan)
        there = [(row, pair) for row, pair in enumerate(sides(table)) if pair]
        there.sort(
            key=lambda item: (len(item[1].source) + len(item[1].target), item[0])
        )  # texts of like length together
        for start in range(0, len(there), self.batch):
            rows, pairs = zip(*there[start : start + self.batch], strict=True)
            found[list(rows)] = self._numbers([pair.source for pair in pairs], [pair.target for pair in pairs])
        column = pa.array(found, pa.float32(), from_pandas=True)
        goes = pc.less(column, self.least) if self.least is not None else pa.nulls(len(table), pa.bool_())
        return judged(table, "estimated_quality", column, goes, f"{self.name}: low quality")

    def _numbers(self, sources: list[str], targets: list[str]) -> Any:
        import torch

        tokenizer, model = regression(self.model)
        longest = min(tokenizer.model_max_length, model.config.max_position_embeddings - 2)
        given = tokenizer(sources, targets, truncation=True, max_length=longest, padding=True, return_tensors="pt")
        with torch.inference_mode():
            return model(**given).logits[:, 0].float().numpy()
