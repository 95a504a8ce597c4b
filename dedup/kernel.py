"""Compile a function to machine code that runs outside Python's lock, kept on disk where that is possible."""

import logging
from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., object])
logger = logging.getLogger(__name__)


def kernel(function: Function) -> Function:
    """Compile the function at its first call; its machine code is kept beside its module or in the user's cache.

    Numbers wrap around and places are not checked: the caller holds every array long enough. Code from the
    disk is as old as the module of the kernel: after an edit in a kernel that another module calls, touch
    that module too.
    """
    try:
        return _compile(function, cache=True)
    except RuntimeError:  # numba found no folder to write to
        logger.info("no folder to keep machine code in: %s is compiled anew in every process", function.__name__)
        return _compile(function, cache=False)


def inlined(function: Function) -> Function:
    """Make a function part of the kernels that call it."""
    return cast(Function, numba.njit(inline="always")(function))


def _compile(function: Function, *, cache: bool) -> Function:
    options: dict[str, Any] = {"cache": cache, "nogil": True, "boundscheck": False}
    return cast(Function, numba.njit(**options)(function))
