"""What is done is not done again: a receipt for each step, by what it stands on."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from aya.table import canonical, publish
from aya.text import digest


class Receipts:
    """Receipts of steps in a folder; `ran` names those done in this call, `known` those that were done before."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.ran: list[str] = []
        self.known: list[str] = []

    def once(self, name: str, stands_on: Any, work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Return what a step gave: as its receipt says, if it stands on the same, else by doing the work."""
        key = digest(canonical(stands_on))
        path = self._folder / f"{name}.json"
        if path.is_file():
            told: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            if told["key"] == key:
                self.known.append(name)
                return dict(told["result"])
        result = work()
        text = json.dumps({"key": key, "result": result}, ensure_ascii=False, indent=1) + "\n"
        publish(path, lambda temporary: temporary.write_text(text, encoding="utf-8"))
        self.ran.append(name)
        return result
