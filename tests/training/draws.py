"""A mixture in memory, for tests of what is trained on one."""

from dataclasses import dataclass

import pyarrow as pa

from aya.table import records
from aya.text import digest
from tests.workshop import QUESTIONS


@dataclass(frozen=True)
class Listed:
    """Rows in the order in which they are drawn."""

    table: pa.Table

    def __len__(self) -> int:
        return len(self.table)

    def rows(self, start: int, stop: int) -> pa.Table:
        return self.table.slice(start, stop - start)


def questions(num: int) -> Listed:
    """Return so many draws, each a question or a few of them with its answers."""
    rows = []
    for number in range(num):
        some = [QUESTIONS[(number + step) % len(QUESTIONS)] for step in range(1 + number % 3)]
        inputs, targets = (" ".join(str(row[name]) for row in some) for name in "qa")
        rows.append({"id": digest(str(number)), "inputs": inputs, "targets": targets, "language": some[0]["l"]})
    return Listed(records(rows))
