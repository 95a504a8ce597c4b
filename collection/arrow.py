"""Arrow files, in the file format and the stream format."""

from collections.abc import Iterable, Iterator
from typing import ClassVar

import pyarrow as pa

from aya.stage import Part
from collection.arrow_tables import items
from collection.files import Files, located, naming
from collection.shaping import finished

_FILE_FORMAT = b"ARROW1"


class Arrow(Files):
    """Reads Arrow, as `datasets` keeps it too; an empty file has no items."""

    name: ClassVar[str] = "collection.arrow"
    version: ClassVar[int] = 1

    def read(self, part: Part, *, limit: int | None = None) -> Iterable[pa.Table]:
        """Yield the items of a file."""
        made = items(self._tables(part), part=part, most_row_bytes=self.most_row_bytes)
        return finished(made, self, part=part.name, limit=limit)

    def _tables(self, part: Part) -> Iterator[pa.Table]:
        path, size = located(part)
        unpacked = 0
        if size == 0:
            return
        with naming(part), pa.memory_map(str(path)) as file:
            for batch in _batches(file):
                unpacked += batch.nbytes
                self.refuse_bomb(part=part.name, size=size, unpacked=unpacked)
                yield pa.Table.from_batches([batch])


def _batches(file: pa.MemoryMappedFile) -> Iterator[pa.RecordBatch]:
    start = file.read(len(_FILE_FORMAT))
    file.seek(0)
    if start == _FILE_FORMAT:
        reader = pa.ipc.open_file(file)
        yield from (reader.get_batch(index) for index in range(reader.num_record_batches))
    else:
        yield from pa.ipc.open_stream(file)
