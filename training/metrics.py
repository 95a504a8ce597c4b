"""What a run measures, a line of JSON for every step, and the same for TensorBoard."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aya.errors import needs
from aya.table import publish

with needs("training"):
    from tensorboardX import SummaryWriter


class Metrics:
    """Writes the numbers of each step; those after the step that a run goes on from are taken back."""

    def __init__(self, folder: Path, *, after: int) -> None:
        path = folder / "metrics.jsonl"
        kept = [line for line in read_lines(path) if line["step"] <= after]
        publish(path, lambda temporary: temporary.write_text("".join(f"{json.dumps(line)}\n" for line in kept)))
        self._file = path.open("a", encoding="utf-8")
        self._board: Any = SummaryWriter(str(folder / "tensorboard"), purge_step=after + 1, flush_secs=30)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
        self._board.close()

    def write(self, line: Mapping[str, Any]) -> None:
        """Write the numbers of a step, once it is done."""
        self._file.write(f"{json.dumps(line)}\n")
        self._file.flush()
        for name, value in line.items():
            if name not in ("step", "position") and isinstance(value, int | float):
                self._board.add_scalar(name, value, line["step"])

    def sync(self) -> None:
        """Make what is written last through a power cut."""
        os.fsync(self._file.fileno())


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Return the lines of a metrics file; a last one that was cut off by a kill is left out."""
    if not path.is_file():
        return []
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    return [json.loads(line) for line in lines if line.endswith("\n")]
