"""CSV and TSV, plain or packed by gzip or Zstandard."""

import csv
import re
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

import pyarrow as pa
from pydantic import Field

from aya.errors import InputError
from aya.stage import Part
from collection.files import Files, chunks
from collection.items import NOT_UTF_8, Row, tables
from collection.lines import TooLarge, lines
from collection.shaping import finished

_NOT_UTF_8 = re.compile("[\udc80-\udcff]")  # bytes as the error handler surrogateescape keeps them
_TAB_NAMES = (".tsv", ".tab", ".tsv.gz", ".tab.gz", ".tsv.zst", ".tab.zst")


class Delimited(Files):
    """Reads rows of texts; blank lines are passed over, a row of another width than the header is a fault.

    A quote that never closes costs its own row alone: reading goes on with the line after the one where
    that row began.
    """

    name: ClassVar[str] = "collection.csv"
    version: ClassVar[int] = 1

    delimiter: str | None = Field(
        default=None, min_length=1, max_length=1, description="one sign; a tab in files called .tsv, else a comma"
    )
    quote: str | None = Field(
        default=None, max_length=1, description="one sign, or empty for none; none after a tab, else a double quote"
    )
    header: tuple[str, ...] | None = Field(
        default=None, min_length=1, description="names of the columns of files whose first row is data"
    )

    def read(self, part: Part, *, limit: int | None = None) -> Iterable[pa.Table]:
        """Yield the items of a file."""
        return finished(tables(self._rows(part), part=part.name), self, part=part.name, limit=limit)

    def _rows(self, part: Part) -> Iterator[Row]:
        # The csv module has one limit for the process, and 128 KiB of text are not too much for a field.
        csv.field_size_limit(max(csv.field_size_limit(), self.most_row_bytes))
        records = Records(
            lines(chunks(part, self), most=self.most_row_bytes),
            dialect=self._dialect(part),
            most=self.most_row_bytes,
        )
        header = self.header or _header(records, part)
        if twice := [name for name, num in Counter(header).items() if num > 1]:
            raise InputError(f"{part.name}: two columns are called '{twice[0]}'")
        for fields, row in records:
            if row is None and len(fields) != len(header):
                row = records.fault("wrong number of columns", columns=len(fields), expected=len(header))
            yield row or Row(size=records.size, values=dict(zip(header, fields, strict=True)))

    def _dialect(self, part: Part) -> dict[str, Any]:
        delimiter = self.delimiter or ("\t" if part.name.lower().endswith(_TAB_NAMES) else ",")
        quote = ("" if delimiter == "\t" else '"') if self.quote is None else self.quote
        # Without quotes the csv module still wants a sign for them; it is then not looked at.
        quoting = csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE
        return {"delimiter": delimiter, "quotechar": quote or '"', "quoting": quoting, "strict": True}


def _header(records: "Records", part: Part) -> tuple[str, ...]:
    """Return the names in the first row; a column without one is called by its place."""
    fields, row = next(records, ([], None))
    if row is not None:
        raise InputError(f"{part.name}: the header can not be read: {row.fault}")
    return tuple(name or f"column {i}" for i, name in enumerate(fields, start=1))


class Records:
    """Iterates over the records of a delimited file: fields, or a row with a fault."""

    def __init__(self, lines: Iterator[bytes | TooLarge], *, dialect: dict[str, Any], most: int) -> None:
        self._lines, self._dialect, self._most = lines, dialect, most
        self._again: deque[bytes | TooLarge] = deque()
        self._taken: list[bytes | TooLarge] = []
        self._line = 1
        self.size = 0

    def __iter__(self) -> "Records":
        return self

    def __next__(self) -> tuple[list[str], Row | None]:
        """Return the next record that is not blank."""
        self._line += len(self._taken)
        self._taken, self.size = [], 0
        first = self._take()
        while first in (b"", b"\r"):
            self._line, self._taken = self._line + 1, []
            first = self._take()
        if isinstance(first, TooLarge):
            return [], self.fault("row too large", bytes=first.size)
        return self._parse(first)

    def fault(self, why: str, **evidence: object) -> Row:
        """Return a row with a fault of the record at hand."""
        return Row(size=0, fault=why, evidence={"line": self._line} | evidence)

    def _parse(self, first: bytes) -> tuple[list[str], Row | None]:
        try:
            fields = next(csv.reader(self._feed(first), **self._dialect))
        except csv.Error as error:
            self._again.extendleft(reversed(self._taken[1:]))
            del self._taken[1:]
            return [], self.fault("broken CSV", message=str(error))
        if any(map(_NOT_UTF_8.search, fields)):
            return [], self.fault(NOT_UTF_8)
        return fields, None

    def _feed(self, line: bytes | TooLarge) -> Iterator[str]:
        """Yield the line and those after it, as many as the csv module asks for."""
        while not isinstance(line, TooLarge) and self.size <= self._most:
            yield line.decode(errors="surrogateescape") + "\n"
            try:
                line = self._take()
            except StopIteration:
                return
        raise csv.Error("the row is too large, or a quote does not close")

    def _take(self) -> bytes | TooLarge:
        line = self._again.popleft() if self._again else next(self._lines)
        self._taken.append(line)
        self.size += line.size if isinstance(line, TooLarge) else len(line)
        return line
