"""Compile a function to machine code that runs outside Python's lock, kept on disk where that is possible."""

import hashlib
import logging
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from numba.core import caching

Function = TypeVar("Function", bound=Callable[..., object])
logger = logging.getLogger(__name__)


def kernel(function: Function) -> Function:
    """Compile the function at its first call; its machine code is kept beside its module or in the user's cache.

    Numbers wrap around and places are not checked: the caller holds every array long enough.
    """
    options: dict[str, Any] = {"nogil": True, "boundscheck": False}
    compiled = numba.njit(**options)(function)
    try:
        compiled._cache = _Cache(function)  # type: ignore[no-untyped-call]  # numba has no types
    except RuntimeError:  # numba found no folder to write to
        logger.info("no folder to keep machine code in: %s is compiled anew in every process", function.__name__)
    return cast(Function, compiled)


def inlined(function: Function) -> Function:
    """Make a function part of the kernels that call it."""
    return cast(Function, numba.njit(inline="always")(function))


@cache
def _sources() -> str:
    """Return a name for the sources of all modules beside this one, as they are when the first kernel is declared."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


class _Stamped:
    """Holds machine code to be stale once any of these modules is another.

    numba looks at the module of the kernel alone, but in the machine code are also the kernels that it calls.
    """

    def get_source_stamp(self) -> object:
        return super().get_source_stamp(), _sources()  # type: ignore[misc]  # of the class that this is mixed with


class _Given(_Stamped, caching.UserProvidedCacheLocator):
    """The folder that `NUMBA_CACHE_DIR` names."""


class _Beside(_Stamped, caching.InTreeCacheLocator):
    """The folder of the module."""


class _OfUser(_Stamped, caching.UserWideCacheLocator):
    """The user's cache."""


class _Files(caching.CompileResultCacheImpl):
    _locator_classes = [_Given, _Beside, _OfUser]  # noqa: RUF012 - as numba has it


class _Cache(caching.FunctionCache):
    _impl_class = _Files
