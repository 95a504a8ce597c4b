"""JSON Lines: one object a line, plain or packed by gzip or Zstandard."""

import json
import re
from collections.abc import Iterable, Iterator
from typing import ClassVar, NoReturn

import pyarrow as pa

from aya.stage import Part
from collection.files import Files, chunks
from collection.items import NOT_UTF_8, Row, tables
from collection.lines import TooLarge, lines
from collection.shaping import finished

_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


class JsonLines(Files):
    """Reads objects; blank lines are passed over, a line that is no object is a fault of its row.

    A column whose values are not all of one plain kind is of type `collection.json_column.Json`.
    """

    name: ClassVar[str] = "collection.jsonl"
    version: ClassVar[int] = 1

    def read(self, part: Part, *, limit: int | None = None) -> Iterable[pa.Table]:
        """Yield the items of a file."""
        rows = self._rows(lines(chunks(part, self), most=self.most_row_bytes))
        return finished(tables(rows, part=part.name), self, part=part.name, limit=limit)

    def _rows(self, lines: Iterable[bytes | TooLarge]) -> Iterator[Row]:
        for number, line in enumerate(lines, start=1):
            if isinstance(line, TooLarge):
                yield Row(size=0, fault="row too large", evidence={"line": number, "bytes": line.size})
            elif line and not line.isspace():
                yield parse(line, number=number)


def parse(line: bytes, *, number: int) -> Row:
    """Return the row that a line holds."""
    try:
        value = json.loads(line.decode(), parse_constant=_refuse)
        if _SURROGATE.search(line):
            json.dumps(value, ensure_ascii=False).encode()
    except UnicodeDecodeError as error:
        return _fault(NOT_UTF_8, number, byte=error.start)
    except UnicodeEncodeError:
        return _fault("lone surrogate", number)
    except (ValueError, RecursionError) as error:
        return _fault("broken JSON", number, message=str(error))
    if not isinstance(value, dict):
        return _fault("not an object", number, type=type(value).__name__)
    return Row(size=len(line), values=value)


def _fault(why: str, number: int, **evidence: object) -> Row:
    return Row(size=0, fault=why, evidence={"line": number} | evidence)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")
