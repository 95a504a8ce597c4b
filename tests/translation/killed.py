"""A translation that is killed in the middle, once the model has answered and before anything of it is kept."""

import json
import os
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from translation.checkpoint import Decoding
from translation.ctranslate2_engine import CTranslate2
from translation.engine import Engine, Hypothesis, Relay
from translation.locales import locale
from translation.nllb import Transformers
from translation.translate_files import translate_files

SHORT = Decoding(ratio=1, extra=4)


def engine(name: str, model: str, cache: str) -> Engine:
    """Return a real engine that works in small batches."""
    if name == "transformers":
        return Transformers(model, decoding=SHORT, device="cpu", budget=60)
    return CTranslate2(model, decoding=SHORT, device="cpu", threads=1, budget=60, cache=Path(cache))


class Noted(Relay):
    """Writes down every batch that the model has answered, and dies after so many."""

    def __init__(self, engine: Engine, log: Path, last: int = 0) -> None:
        super().__init__(engine)
        self._log, self._last, self._num = log, last, 0

    def stream(self, texts: Sequence[str], *, source: str, target: str) -> Iterator[Mapping[int, Hypothesis]]:
        for batch in super().stream(texts, source=source, target=target):
            with self._log.open("a", encoding="utf-8") as file:
                file.write(json.dumps([texts[place] for place in batch]) + "\n")
            self._num += 1
            if self._num == self._last:
                os.kill(os.getpid(), signal.SIGKILL)
            yield batch


def run(rows: Path, out: Path, noted: Noted) -> None:
    """Translate a file into French."""
    translate_files([rows], out, noted, source=locale("eng"), targets=[locale("fra")])


if __name__ == "__main__":
    import torch

    torch.set_num_threads(1)
    name, model, cache, rows, out, log, last = sys.argv[1:]
    run(Path(rows), Path(out), Noted(engine(name, model, cache), Path(log), int(last)))
