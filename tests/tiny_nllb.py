"""The tiny model of NLLB's make that tests translate with: trained by the command of the docs, once a run."""

import fcntl
import shlex
from pathlib import Path

COMMAND = "python -m translation.tiny --out tiny-nllb --pairs 60 --epochs 80 --width 128"


def trained(shared: Path) -> Path:
    """Return its folder below one that all workers share; the first to ask trains it: 30 CPU seconds."""
    from translation.tiny import main

    folder = shared / "tiny-nllb"
    with (shared / "tiny-nllb.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "tokenizer.json").is_file():
            main([str(folder) if word == folder.name else word for word in shlex.split(COMMAND)[3:]])
    return folder
