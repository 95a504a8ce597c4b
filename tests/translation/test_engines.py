import subprocess
import sys
from pathlib import Path

from translation.engines import engine, free_device

WORKER = """
import sys
from pathlib import Path
from translation.engines import free_device
print(free_device(2, folder=Path(sys.argv[1])), flush=True)
sys.stdin.read()
"""


def test_processes_spread_over_the_gpus(tmp_path: Path) -> None:
    found = []
    workers = []
    for _ in range(3):
        worker = subprocess.Popen(
            [sys.executable, "-c", WORKER, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert worker.stdout
        found.append(worker.stdout.readline().strip())
        workers.append(worker)
    for worker in workers:
        worker.communicate()
    assert found[:2] == ["cuda:0", "cuda:1"]
    assert found[2] in ("cuda:0", "cuda:1")
    assert free_device(0, folder=tmp_path) == "cpu"


def test_an_engine_is_loaded_once(tiny_model: Path) -> None:
    assert engine("transformers", str(tiny_model)) is engine("transformers", str(tiny_model))
