"""An environment of its own for each peer, installed once below the cache folder."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

CACHE = Path("build/benchmarks")
_VERSIONS = (
    "import importlib.metadata as m, json, sys; "
    "print(json.dumps({n: m.version(n) for n in sys.argv[1:]} | {'python': sys.version.split()[0]}))"
)


class Peer(NamedTuple):
    """Another tool: the packages that it needs, the first being its own, and the least Python."""

    packages: tuple[str, ...]
    python: tuple[int, int] = (3, 11)


class Environment(NamedTuple):
    """The interpreter that has a peer, or why there is none."""

    python: Path | None
    versions: dict[str, str]
    reason: str = ""


OURS = Environment(Path(sys.executable), {"python": sys.version.split()[0]})


def environment(name: str, peer: Peer, cache: Path) -> Environment:
    """Return the environment of a peer, made and filled if it is not there yet."""
    folder = (cache / "environments" / name).absolute()
    python, stamp = folder / "bin" / "python", folder / "packages.json"
    if not stamp.exists() or json.loads(stamp.read_text()) != list(peer.packages):
        found = interpreter(peer.python)
        if found is None:
            return Environment(None, {}, f"needs Python {peer.python[0]}.{peer.python[1]} or newer; none found")
        shutil.rmtree(folder, ignore_errors=True)
        make: list[str | Path] = [found, "-m", "venv", folder]
        fill: list[str | Path] = [python, "-m", "pip", "install", "--quiet", *peer.packages]
        for command in (make, fill):
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                return Environment(None, {}, "not installed: " + (done.stderr.strip().splitlines() or ["?"])[-1])
        stamp.write_text(json.dumps(peer.packages))
    names = [package.partition("==")[0].partition("[")[0] for package in peer.packages[:1]]
    out = subprocess.run([python, "-c", _VERSIONS, *names], check=True, capture_output=True, text=True).stdout
    return Environment(python, json.loads(out))


def interpreter(least: tuple[int, int]) -> Path | None:
    """Return this Python if it is new enough, or else one of the next three versions from PATH or pyenv."""
    if sys.version_info[:2] >= least:
        return Path(sys.executable)
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    for minor in range(least[1], least[1] + 3):
        name = f"python{least[0]}.{minor}"
        for path in (shutil.which(name), *pyenv.glob(f"{least[0]}.{minor}.*/bin/{name}")):
            if path and subprocess.run([path, "-c", ""], capture_output=True, check=False).returncode == 0:
                return Path(path)
    return None
