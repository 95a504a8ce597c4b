import subprocess
import sys
from pathlib import Path

import dedup.kernel

STEP = """
from kernels.kernel import {kind}

@{kind}
def step(number):
    return number + {step}
"""
CALLER = """
from kernels.kernel import kernel
from kernels.step import step

@kernel
def twice(number):
    return step(step(number))
"""
RUN = """
from kernels.caller import twice

print(twice(1), sum(twice.stats.cache_misses.values()))
"""


def run(folder: Path, kind: str, step: int) -> tuple[int, int]:
    """Return what the kernel of a package makes of 1, in a new process, and how often it was compiled."""
    (folder / "kernels/step.py").write_text(STEP.format(kind=kind, step=step))
    done = subprocess.run([sys.executable, "-c", RUN], cwd=folder, check=True, capture_output=True, text=True)
    result, misses = done.stdout.split()
    return int(result), int(misses)


def test_an_edit_in_another_module_makes_machine_code_stale_and_nothing_else_does(tmp_path: Path) -> None:
    package = tmp_path / "kernels"
    package.mkdir()
    (package / "kernel.py").write_text(Path(dedup.kernel.__file__).read_text())
    (package / "caller.py").write_text(CALLER)
    (package / "__init__.py").touch()
    assert run(tmp_path, "inlined", 1) == (3, 1)
    assert run(tmp_path, "inlined", 1) == (3, 0)
    assert run(tmp_path, "inlined", 5) == (11, 1)
    assert run(tmp_path, "kernel", 5) == (11, 1)
    assert run(tmp_path, "kernel", 7) == (15, 1)
    assert run(tmp_path, "kernel", 7) == (15, 0)


def test_without_a_folder_to_write_to_a_kernel_is_compiled_anew(tmp_path: Path) -> None:
    source = tmp_path / "kernel_in_a_string"
    text = "from dedup.kernel import kernel\nexec(compile('def one():\\n    return 1', '<nowhere>', 'exec'))\n"
    source.write_text(text + "print(kernel(one)())\n")
    done = subprocess.run([sys.executable, str(source)], check=True, capture_output=True, text=True)
    assert done.stdout == "1\n"
