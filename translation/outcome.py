"""What the translator itself said of a row: that it can not be used, or that it came to no end."""

from collections.abc import Mapping
from typing import ClassVar

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from aya.stage import Settings
from aya.table import mark


class Outcome(Settings):
    """Drop translations with a fault, and those that the decoder cut off at its limit of length.

    Reads `fault` (why a row of `aya translate` can not be used) and `finished`. A row that has neither stays.
    """

    name: ClassVar[str] = "translation.outcome"
    version: ClassVar[int] = 1
    reads: ClassVar[tuple[str, ...]] = ("fault", "finished")
    writes: ClassVar[Mapping[str, pa.DataType]] = {}

    unfinished: bool = Field(default=False, description="keep translations that the decoder cut off")

    def __call__(self, table: pa.Table) -> pa.Table:
        """Return the table with a reason where the translator gave one."""
        faults = table["fault"].cast(pa.string())
        cut = pc.invert(pc.fill_null(table["finished"].cast(pa.bool_()), True))
        if self.unfinished:
            cut = pc.and_(cut, False)
        named = pc.if_else(pc.is_valid(faults), f"{self.name}: not translated", pa.scalar(None, pa.string()))
        reasons = pc.if_else(pc.and_(cut, pc.is_null(named)), f"{self.name}: cut off", named)
        return mark(table, reasons, [None if fault is None else {"fault": fault} for fault in faults.to_pylist()])
