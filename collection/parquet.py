"""Parquet files."""

from collections.abc import Iterable, Iterator
from typing import ClassVar

import pyarrow as pa
import pyarrow.parquet as pq

from aya.stage import Part
from collection.arrow_tables import items
from collection.files import Files, located, naming
from collection.items import BATCH_BYTES, BATCH_ROWS
from collection.shaping import finished


class Parquet(Files):
    """Reads Parquet; an empty file has no items."""

    name: ClassVar[str] = "collection.parquet"
    version: ClassVar[int] = 1

    def read(self, part: Part, *, limit: int | None = None) -> Iterable[pa.Table]:
        """Yield the items of a file."""
        made = items(self._tables(part), part=part, most_row_bytes=self.most_row_bytes)
        return finished(made, self, part=part.name, limit=limit)

    def _tables(self, part: Part) -> Iterator[pa.Table]:
        path, size = located(part)
        if size == 0:
            return
        with naming(part), pq.ParquetFile(path) as plain:
            groups = [plain.metadata.row_group(index) for index in range(plain.num_row_groups)]
            self.refuse_bomb(part=part.name, size=size, unpacked=sum(group.total_byte_size for group in groups))
            # One long text that a dictionary repeats is decoded a bounded slice at a time.
            texts = [field.name for field in plain.schema_arrow if field.type in (pa.string(), pa.large_string())]
        with naming(part), pq.ParquetFile(path, read_dictionary=texts) as file:
            for index, group in enumerate(groups):
                rows = BATCH_BYTES * group.num_rows // max(1, group.total_byte_size)
                step = max(1, min(BATCH_ROWS, rows))
                for batch in file.iter_batches(step, row_groups=[index]):
                    yield pa.Table.from_batches([batch])
