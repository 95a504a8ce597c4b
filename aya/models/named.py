"""A model as recipes and command lines name it: what it is called, where it is, how and how much it may be asked."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from aya.errors import InputError, UserError
from aya.models.limits import Limits
from aya.models.model import Decoding, Model
from aya.stage import Settings

Terms = Literal["any use", "no competing models", "no training", "unknown"]
"""What the owner of a model allows to be done with its answers."""


class Named(Settings):
    """A model that is asked."""

    name: str = Field(min_length=1, description="the model's name, as its server knows it, or a checkpoint")
    at: str = Field(
        description="address of a server (`http://127.0.0.1:8000/v1`), `transformers`, or `smollm2`, which pip brings"
    )
    revision: str = Field(default="", description="commit, tag or date of the weights")
    license: str = Field(default="", description="licence of the weights")
    key_file: Path | None = Field(default=None, description="file with the key of the server; no recipe holds a key")
    decoding: Decoding = Decoding()
    limits: Limits = Limits()

    def open(self) -> Model:
        """Return the model; nothing is loaded or asked yet.

        Raises: UserError if it needs what is not there.
        """
        if self.at == "smollm2":
            from aya.models.embedded import SmolLM2

            return SmolLM2()
        if self.at == "transformers":
            from aya.models.local import Transformers

            return Transformers(self.name, revision=self.revision)
        if not self.at.startswith(("http://", "https://")):
            raise UserError(f"{self.at}: neither an address of a server, nor `transformers`, nor `smollm2`")
        from aya.models.server import Server

        return Server(self.at, self.name, revision=self.revision, api_key=self._key())

    def _key(self) -> str | None:
        try:
            return self.key_file.read_text(encoding="utf-8").strip() if self.key_file else None
        except OSError as error:
            raise InputError(f"{self.key_file}: can not be read: {error.strerror}") from error
