import fcntl
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def no_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep a mistaken name from asking the Hub five times."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model trained on 60 texts of each of eight languages, once for all workers of a run: 30 CPU seconds."""
    from translation.tiny import train

    shared = tmp_path_factory.getbasetemp().parent
    folder = shared / "tiny-nllb"
    with (shared / "tiny-nllb.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "tokenizer.json").is_file():
            train(folder, num=60, epochs=80, width=128)
    return folder
