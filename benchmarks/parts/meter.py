"""What a process has used so far."""

import resource
from pathlib import Path

laps: dict[str, float] = {}
"""CPU seconds at which a contender was ready with something, by its name: `laps["index"] = cpu()`."""


def cpu() -> float:
    """Return the CPU seconds of this process and of its helpers that have ended."""
    uses = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(use.ru_utime + use.ru_stime for use in uses)


def peak_mib() -> float:
    """Return the most memory that this process has held, or its largest helper."""
    status = Path("/proc/self/status")
    # The kernel's `ru_maxrss` is at first that of the process that started this one; `VmHWM` begins anew.
    lines = status.read_text().splitlines() if status.exists() else []
    mine = [int(line.split()[1]) for line in lines if line.startswith("VmHWM")]
    helpers = resource.getrusage(resource.RUSAGE_CHILDREN)
    most = max(mine or [resource.getrusage(resource.RUSAGE_SELF).ru_maxrss])
    return max(most, helpers.ru_maxrss if helpers.ru_utime else 0) / 1024
