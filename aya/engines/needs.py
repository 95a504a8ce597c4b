"""What a task needs of a machine: processors, GPUs, memory; declared, so that a cluster can place it."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from aya.errors import UserError, unknown
from aya.stage import load, names
from aya.task import PlugIn, Task

START = 1 << 30
"""Memory of a worker with Arrow, polars and the registry, before it reads a row."""
GROWTH: Mapping[str, float] = MappingProxyType({"partition": 8, "settle": 8, "conclude": 16})
"""Memory for a byte of input files, by kind: hashes are hardly compressed there."""
TEXTS = 14.0
"""The same for the other kinds: texts are compressed some fivefold."""


@dataclass(frozen=True, kw_only=True)
class Needs:
    """Of one worker; `memory` is in bytes."""

    cpus: float = 1
    gpus: float = 0
    memory: float = START
    model: str = ""
    """The plug-ins that are set up before the first rows, so that a worker keeps them; none if empty."""


Told = Mapping[str, Mapping[str, float]]
"""What the user says of plug-ins by their names, over what is known of them: `cpus`, `gpus`, `memory`."""


def needs_of(task: Task, *, told: Told, gpus: bool) -> Needs:
    """Return what a task needs on a cluster that has `gpus` or not.

    A plug-in with a setting `device` takes a GPU if it names one, or if it names nothing and there are GPUs; one with a
    setting `threads` takes as many processors.
    """
    known = {"cpus": 1.0, "gpus": 0.0, "memory": START + GROWTH.get(task.kind, TEXTS) * task.bytes}
    for plugin in task.plugins:
        asked = {"cpus": float(plugin.settings.get("threads") or 1), "gpus": _gpus(plugin, there=gpus)}
        asked |= told.get(_name(plugin), {})
        known = {name: max(value, asked.get(name, 0.0)) for name, value in known.items()}
    models = [plugin.digest for plugin in task.plugins if hasattr(load(plugin.target), "setup")]
    return Needs(**known, model=" ".join(models))


def _gpus(plugin: PlugIn, *, there: bool) -> float:
    device = plugin.settings.get("device", "cpu")
    return float(there if device is None else str(device).startswith("cuda"))


def _name(plugin: PlugIn) -> str:
    return str(getattr(load(plugin.target), "name", ""))


_UNITS = MappingProxyType({"": 1, "M": 1 << 20, "G": 1 << 30})


def read_needs(text: str) -> tuple[str, dict[str, float]]:
    """Return a plug-in and its needs from `translation.nllb=gpus:1,cpus:4,memory:24G`.

    Raises: UserError when the text does not read so.
    """
    name, _, listed = text.partition("=")
    found: dict[str, float] = {}
    for item in listed.split(","):
        what, _, number = item.partition(":")
        unit = number[-1:] if number[-1:] in ("M", "G") else ""
        if what not in ("cpus", "gpus", "memory") or not number.removesuffix(unit).replace(".", "", 1).isdecimal():
            raise UserError(f"--needs '{text}': say it as translation.nllb=gpus:1,cpus:4,memory:24G")
        found[what] = float(number.removesuffix(unit)) * _UNITS[unit]
    known = names("SOURCES") | names("STAGES")
    if name not in known:
        raise UserError(f"--needs: {unknown('source or stage', name, known)}")
    return name, found
