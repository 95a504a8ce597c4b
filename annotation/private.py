"""Files that only their owner may read: keys, passwords, secrets."""

import os
from functools import partial
from pathlib import Path
from typing import Literal


def write_private(path: Path, text: str, how: Literal["w", "a", "x"] = "w") -> None:
    """Write a file that only its owner may read, so that it lasts through a power cut; `how` as `open` has it."""
    with open(path, how, encoding="utf-8", opener=partial(os.open, mode=0o600)) as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def replace_private(path: Path, text: str) -> None:
    """Write a file that only the user may read, whole or not at all, in a folder that nobody else may enter."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.parent.chmod(0o700)
    made = path.with_name(path.name + ".tmp")
    made.unlink(missing_ok=True)
    write_private(made, text, "x")
    made.rename(path)
