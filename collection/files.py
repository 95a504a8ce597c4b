"""Files of a source: which they are, what is read of them at most, and their bytes unpacked."""

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import xxhash
from pydantic import Field

from aya.errors import InputError
from aya.stage import InputFiles, Part, matches
from collection.items import EVIDENCE, FAULT, NOT_UTF_8, OWN
from collection.shaping import Shaped

CHUNK = 1 << 20  # bytes read at a time
GLANCED_AT = 20  # files of a source of which the first rows are looked at while a recipe is checked
UNPACKED_FREELY = 16_000_000  # bytes; below it no file is suspected to be a decompression bomb

_MAGIC = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
BOM = b"\xef\xbb\xbf"


class Files(Shaped):
    """The settings that all sources of files share."""

    files: InputFiles = Field(description="path or pattern of files, or a list of them")
    most_bytes: int = Field(default=200_000_000_000, ge=1, description="unpacked size of a file, in bytes")
    most_expansion: float = Field(default=200, ge=1, description="unpacked size by size, over 16 MB")

    def parts(self) -> list[Part]:
        """Return one part for each file."""
        try:
            return [Part(name=name, digest=digest(path), path=str(path)) for name, path in self._paths()]
        except OSError as error:
            raise InputError(f"{error.filename}: can not be read: {error.strerror}") from error

    def read(self, part: Part, *, limit: int | None = None) -> Iterable[pa.Table]:
        """Yield the items of a file."""
        raise NotImplementedError

    def glance(self) -> Iterator[tuple[str, Sequence[str]]]:
        """Yield the name of a file and the columns of its first items, of files evenly over the source.

        Raises: InputError for a file that can not be read at all, and at the end for those that are not UTF-8.
        """
        paths, spoilt = self._paths(), []
        for name, path in paths[:: max(1, -(-len(paths) // GLANCED_AT))]:
            first = next(iter(self.read(Part(name=name, digest="", path=str(path)))), None)
            if first is not None and not pc.all(pc.is_valid(first[FAULT])).as_py():
                yield name, [column for column in first.column_names if column not in OWN]
            if first is not None and NOT_UTF_8 in first[FAULT].to_pylist():
                spoilt.append(f"{name}, {_first_place(first)}")
        if spoilt:
            raise InputError(f"{'; '.join(spoilt)}: not UTF-8, a build drops such rows; convert the file, or mend them")

    def _paths(self) -> list[tuple[str, Path]]:
        found = {match.name: match.path for pattern in self.files for match in matches(pattern)}
        return list(found.items())

    def refuse_bomb(self, *, part: str, size: int, unpacked: int) -> None:
        """Raise InputError if a file of `size` bytes has become too large, `unpacked` bytes so far."""
        if unpacked > self.most_bytes:
            raise InputError(f"{part}: unpacks to more than {self.most_bytes:,} bytes (most_bytes)")
        if unpacked > UNPACKED_FREELY and unpacked > size * self.most_expansion:
            raise InputError(f"{part}: unpacks to more than {self.most_expansion:g} times its size (most_expansion)")


def _first_place(items: pa.Table) -> str:
    """Return where the first row is that is not UTF-8, as its evidence has it."""
    evidence = json.loads(items[EVIDENCE][items[FAULT].index(NOT_UTF_8).as_py()].as_py())
    return next(f"{unit} {evidence[unit]}" for unit in ("line", "row") if unit in evidence)


def digest(path: Path) -> str:
    """Return 128 bits of a file's content as hex digits."""
    hasher = xxhash.xxh3_128()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            hasher.update(chunk)
    return hasher.hexdigest()


def located(part: Part) -> tuple[Path, int]:
    """Return where a part's file lies, and its size in bytes."""
    if part.path is None:
        raise InputError(f"{part.name}: the part has no path")
    with naming(part):
        return Path(part.path), Path(part.path).stat().st_size


@contextmanager
def naming(part: Part) -> Iterator[None]:
    """Turn what Arrow and the system say on a file into an InputError that names it."""
    try:
        yield
    except (pa.ArrowException, OSError) as error:
        first = (str(error).splitlines() or [type(error).__name__])[0]
        raise InputError(f"{part.name}: can not be read: {first}") from error


def chunks(part: Part, limits: Files) -> Iterator[bytes]:
    """Yield the bytes of a text file, unpacked if it is gzip or Zstandard, without byte order mark.

    Raises: InputError for a broken or truncated file, UTF-16, and a decompression bomb.
    """
    path, size = located(part)
    unpacked = 0
    with naming(part), path.open("rb") as plain:
        start = plain.read(4)
        plain.seek(0)
        packing = next((name for magic, name in _MAGIC.items() if start.startswith(magic)), None)
        stream = pa.CompressedInputStream(plain, packing) if packing else plain
        while chunk := stream.read(CHUNK):
            if not unpacked:
                chunk = _without_mark(chunk, part.name)
            unpacked += len(chunk)
            limits.refuse_bomb(part=part.name, size=size, unpacked=unpacked)
            yield chunk


def _without_mark(chunk: bytes, part: str) -> bytes:
    if chunk.startswith(_UTF_16):
        raise InputError(f"{part}: is UTF-16; convert it to UTF-8")
    return chunk.removeprefix(BOM)
