"""The engines by name, made once in a process: a model takes minutes to load."""

import multiprocessing
import os
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from tempfile import gettempdir
from types import MappingProxyType
from typing import Any, Literal

from aya.errors import UserError
from aya.stage import load
from translation.checkpoint import Checkpoint, Decoding, quiet
from translation.engine import Engine
from translation.vocabulary import kept, lines

Name = Literal["transformers", "ctranslate2", "apertium"]

_ENGINES: Mapping[str, str] = MappingProxyType(
    {"transformers": "translation.nllb:Transformers", "ctranslate2": "translation.ctranslate2_engine:CTranslate2"}
)


@lru_cache(maxsize=1)
def engine(
    name: Name,
    model: str,
    *,
    revision: str | None = None,
    decoding: Decoding | None = None,
    device: str | None = None,
    budget: int | None = None,
    threads: int | None = None,
    vocabulary: tuple[Path, ...] = (),
) -> Engine:
    """Return an engine, loaded; the same again if it is asked for again.

    `device` is `cpu`, `cuda`, `cuda:1`; left out, the processor or, where there are GPUs, one that no other process of
    aya has taken. `vocabulary` are text files of the languages whose tokens are kept.
    """
    if name == "apertium":
        return load("translation.apertium:Apertium")()  # type: ignore[no-any-return]
    quiet()
    settings: dict[str, Any] = {"revision": revision, "decoding": decoding, "budget": budget}
    if vocabulary:
        settings["kept"] = kept(Checkpoint(model, revision), lines(vocabulary))
    if threads is None and multiprocessing.parent_process():
        threads = 1  # the other cores are the other workers'
    if name == "ctranslate2":
        settings["threads"] = threads or 0
    elif threads:
        _use_threads(threads)
    made: Engine = load(_ENGINES[name])(model, device=device or free_device(), **settings)
    return made


def _use_threads(num: int) -> None:
    import torch

    torch.set_num_threads(num)


_taken: list[Any] = []
"""Open files whose locks say which GPU this process has; they end with it."""


def free_device(num: int | None = None, *, folder: Path | None = None) -> str:
    """Return `cpu`, or the first of `num` GPUs that no other process has taken by this; else one by process number.

    So the workers of a build, and commands side by side, spread over the GPUs of a machine.
    """
    import fcntl

    num = _num_gpus() if num is None else num
    folder = folder or Path(gettempdir()) / f"aya-gpus-{os.getuid()}"
    folder.mkdir(exist_ok=True)
    for index in range(num):
        file = (folder / str(index)).open("a")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            continue
        _taken.append(file)
        return f"cuda:{index}"
    return f"cuda:{os.getpid() % num}" if num else "cpu"


def _num_gpus() -> int:
    try:
        import torch
    except ImportError as error:
        raise UserError("translation needs PyTorch; install it with: pip install 'aya[translation]'") from error
    return torch.cuda.device_count()
