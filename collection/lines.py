"""Lines of a stream of bytes, in bounded memory."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple


class TooLarge(NamedTuple):
    """Stands for a line that is not kept; `size` is in bytes."""

    size: int


def lines(chunks: Iterable[bytes], *, most: int) -> Iterator[bytes | TooLarge]:
    """Yield the lines without the line feed at their end; of a line over `most` bytes only the size is kept."""
    head: list[bytes] = []
    size = 0
    for chunk in chunks:
        first, *rest = chunk.split(b"\n")
        size += len(first)
        if size <= most:
            head.append(first)
        else:
            head.clear()
        if rest:
            yield b"".join(head) if size <= most else TooLarge(size)
            yield from (line if len(line) <= most else TooLarge(len(line)) for line in rest[:-1])
            head, size = [rest[-1]], len(rest[-1])
    if size:
        yield b"".join(head) if size <= most else TooLarge(size)
