"""Build, curate, release and train on massively multilingual instruction collections."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aya.version import Version

__version__ = "0.1.0"


def open(path: str, version: str | None = None) -> "Version":  # noqa: A001  # read as aya.open(...)
    """Open a version of a collection; see `aya.version.open_version`."""
    from aya.version import open_version

    return open_version(path, version)
