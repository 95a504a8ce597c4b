"""Servers of Debian's packages for tests, on a free port, gone after the test; skipped where there are none."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest


@contextmanager
def redis(folder: Path) -> Iterator[int]:
    """Yield the port of a Redis server that keeps its files, if any, in a folder."""
    program, port = shutil.which("redis-server"), free_port()
    if program is None:
        pytest.skip("redis-server is not installed")
    with _running([program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)], port):
        yield port


@contextmanager
def postgresql() -> Iterator[str]:
    """Yield the URL of an empty database in a PostgreSQL server."""
    programs = max(Path("/usr/lib/postgresql").glob("*/bin"), default=None)
    if programs is None:
        pytest.skip("postgresql is not installed")
    user: dict[str, Any] = {"user": "postgres", "group": "postgres"} if os.geteuid() == 0 else {}  # root is refused
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        if user:
            shutil.chown(folder, **user)
        made = [f"{programs}/initdb", "-D", folder, "-U", "aya", "--auth", "trust", "--encoding", "UTF8", "--no-sync"]
        subprocess.run(made, check=True, cwd=folder, stdout=subprocess.DEVNULL, **user)
        command = [
            f"{programs}/postgres", "-D", folder, "-p", str(port), "-c", "listen_addresses=127.0.0.1",
            "-c", "unix_socket_directories=", "-c", "fsync=off",
        ]  # fmt: skip
        with _running(command, port, cwd=folder, **user):
            yield f"postgresql://aya@127.0.0.1:{port}/postgres"


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


@contextmanager
def _running(command: Sequence[str], port: int, **how: Any) -> Iterator[None]:
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **how)
    try:
        for _ in range(600):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert server.poll() is None, f"{command[0]} did not start"
            time.sleep(0.05)
        yield
    finally:
        server.send_signal(signal.SIGINT)  # PostgreSQL would wait for its clients after SIGTERM
        server.wait()
