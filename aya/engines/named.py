"""The engines by name."""

from collections.abc import Iterable
from contextlib import AbstractContextManager
from typing import Literal

from aya.engines.events import Engine
from aya.engines.needs import read_needs
from aya.errors import UserError
from aya.stage import load

Name = Literal["local", "ray"]


def engine(
    name: Name,
    *,
    workers: int,
    address: str | None = None,
    needs: Iterable[str] = (),
    url: str | None = None,
) -> AbstractContextManager[Engine]:
    """Return an engine, to be used in a `with` block; see `aya build --help` for what the settings mean.

    Raises: UserError when settings of one engine are given to another; MissingExtra.
    """
    if name == "local":
        if address or url or tuple(needs):
            raise UserError("--address, --work and --needs are for a cluster; say --engine ray besides")
        return load("aya.engines.local:Local")(workers=workers)  # type: ignore[no-any-return]
    told = dict(read_needs(text) for text in needs)
    return load("aya.engines.ray:Ray")(  # type: ignore[no-any-return]
        address=address, workers=max(1, workers), told=told, url=url
    )
