"""A Ray cluster of several machines on this one: each has its own raylet, and all talk over 127.0.0.1."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

# Ray takes this machine's outer address unless it believes itself on a laptop; read when ray is imported.
os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"
os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
os.environ["RAY_AUTH_MODE"] = "disabled"  # whatever token lies in this user's home

MEMORY = 3 << 30


class Machines:
    """A head that works too, and machines beside it, a processor each."""

    def __init__(self) -> None:
        from ray.cluster_utils import Cluster

        settings = {"num_cpus": 1, "object_store_memory": 80 << 20, "memory": MEMORY}
        self._settings = settings
        self._cluster: Any = Cluster(initialize_head=True, head_node_args=settings | {"include_dashboard": False})
        self._others: list[Any] = []

    @property
    def address(self) -> str:
        """Return where drivers find the cluster."""
        return str(self._cluster.address)

    def two(self) -> None:
        """Have one machine beside the head."""
        if not self._others:
            self._others.append(self._cluster.add_node(**self._settings))

    def kill_one(self) -> None:
        """Kill all processes of the machine beside the head at once, as a power cut does."""
        self._cluster.remove_node(self._others.pop(), allow_graceful=False)

    def end(self) -> None:
        """End all machines."""
        self._cluster.shutdown()


@contextmanager
def machines() -> Iterator[Machines]:
    """Yield two machines."""
    made = Machines()
    try:
        made.two()
        yield made
    finally:
        made.end()
