"""Plug-ins that behave badly on purpose."""

import os
import signal
import time
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

import pyarrow as pa

from aya.stage import Settings


class Fake(Settings):
    """A stage that reads and writes no column."""

    version: ClassVar[int] = 1
    reads: ClassVar[tuple[str, ...]] = ()
    writes: ClassVar[Mapping[str, pa.DataType]] = {}


class Slow(Fake):
    """Takes its time, and changes nothing."""

    name: ClassVar[str] = "tests.slow"

    seconds: float

    def __call__(self, table: pa.Table) -> pa.Table:
        time.sleep(self.seconds)
        return table


class Deadly(Fake):
    """Kills its own process, each time or until `once` exists."""

    name: ClassVar[str] = "tests.deadly"

    once: Path | None = None

    def __call__(self, table: pa.Table) -> pa.Table:
        if self.once is None or not self.once.exists():
            if self.once is not None:
                self.once.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return table


class Losing(Fake):
    """Loses a row, which no stage may do."""

    name: ClassVar[str] = "tests.losing"

    def __call__(self, table: pa.Table) -> pa.Table:
        return table.slice(1)


class Loading(Fake):
    """A model stage: writes down each time that it is set up, and may kill its process then, once."""

    name: ClassVar[str] = "tests.loading"

    diary: Path
    deadly: bool = False
    device: str | None = None

    def setup(self) -> None:
        first = not self.diary.exists()
        with self.diary.open("a", encoding="utf-8") as file:
            file.write(f"{os.getpid()}\n")
        if first and self.deadly:
            os.kill(os.getpid(), signal.SIGKILL)

    def __call__(self, table: pa.Table) -> pa.Table:
        time.sleep(0.2)
        return table
