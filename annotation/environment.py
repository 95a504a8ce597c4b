"""The virtual environment of the Argilla server, which can not share one with aya: made once, mended, found again.

Its packages are pinned in `argilla-2.8.0.txt`. The folder is named by what is in it, so another list of packages is
another folder. A stamp is written last: an environment without it was cut short, and is made anew.
"""

import fcntl
import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from aya.errors import UserError

HERE: Final = Path(__file__).parent
PACKAGES: Final = HERE / "argilla-2.8.0.txt"
Tell = Callable[[str], None]


def place(cache: Path) -> Path:
    """Return where the environment lies in a cache folder."""
    content = PACKAGES.read_bytes() + f"{sys.version_info[:2]} {sys.platform}".encode()
    return cache / "aya" / f"{PACKAGES.stem}-{hashlib.sha256(content).hexdigest()[:12]}"


def prepare(folder: Path, tell: Tell, python: str = sys.executable) -> Path:
    """Return the Python of the environment, which is made if it is not there; that takes about a minute.

    Raises:
        UserError: it can not be made; the text has the last lines that pip printed.

    """
    folder = folder.absolute()
    executable, stamp = folder / "bin" / "python", folder / "packages.txt"
    with _alone(folder):
        if stamp.is_file() and stamp.read_bytes() == PACKAGES.read_bytes() and executable.exists():
            return executable
        if folder.exists() and any(folder.iterdir()) and not (folder / "pyvenv.cfg").exists():
            raise UserError(f"{folder} holds something else than the server's environment; name another folder")
        tell(f"installing Argilla into {folder} (once; about a minute, 600 MB)")
        shutil.rmtree(folder, ignore_errors=True)
        _run(python, "-m", "venv", str(folder))
        _run(str(executable), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", str(PACKAGES))
        shutil.copy(PACKAGES, folder / "packages.tmp")
        (folder / "packages.tmp").rename(stamp)
    return executable


def install_plug_in(folder: Path) -> Path:
    """Put the plug-in (`annotation.engine`) into the environment; return the folder to be put on its path.

    It is named by its content, so two versions of aya may use one environment.
    """
    modules = [HERE / "__init__.py", *sorted((HERE / "engine").glob("*.py"))]
    content = hashlib.sha256(b"".join(path.name.encode() + path.read_bytes() for path in modules))
    target = folder.absolute() / f"plug-in-{content.hexdigest()[:12]}"
    with _alone(folder):
        if not target.exists():
            made = target.with_suffix(".tmp")
            shutil.rmtree(made, ignore_errors=True)
            for path in modules:
                copy = made / "annotation" / path.relative_to(HERE)
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, copy)
            made.rename(target)
    return target


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let one process at a time at the environment."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_name(folder.name + ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        last = "\n".join((done.stdout + done.stderr).strip().splitlines()[-6:])
        raise UserError(f"the environment of the server can not be made: {' '.join(command[1:4])} failed\n{last}")
