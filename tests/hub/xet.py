"""The store of chunks behind Xet, as the real `hf_xet` speaks to it (protocol 1).

A shard is a header of 48 bytes, blocks about files, a bookend, blocks about xorbs, a bookend: all records of 48 bytes.
A xorb is a run of chunks, each after 8 bytes: version, packed length (3), compression, raw length (3).
"""

import secrets
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from tests.hub.repos import Refusal

_BOOKEND, _RECORD = b"\xff" * 32, 48
_VERIFIED, _WITH_SHA256 = 1 << 31, 1 << 30


class Term(NamedTuple):
    """A run of chunks of one xorb."""

    xorb: str
    length: int
    first: int
    end: int


@dataclass(frozen=True)
class Stored:
    """A file known to the store."""

    hash: str
    size: int


def hexadecimal(raw: bytes) -> str:
    """Return a hash as Xet prints it: four little-endian numbers."""
    return "".join(f"{number:016x}" for number in struct.unpack("<4Q", raw))


def unpacked(packed: bytes, length: int, scheme: int) -> bytes:
    """Return a chunk: stored, LZ4, or LZ4 of its bytes grouped by position modulo 4."""
    if scheme == 0:
        return packed
    data: bytes = pa.Codec("lz4").decompress(packed, length, asbytes=True)
    if scheme == 1:
        return data
    whole, start = bytearray(length), 0
    for lane in range(4):
        num = len(range(lane, length, 4))
        whole[lane::4] = data[start : start + num]
        start += num
    return bytes(whole)


class Xet:
    """Xorbs on disk, and which chunks make which file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        self.mark = secrets.token_hex(4)
        """Part of the store's address: the client remembers by address what it sent, and ports come again."""
        self.files: dict[str, list[Term]] = {}
        self.by_sha256: dict[str, Stored] = {}

    def put_xorb(self, name: str, data: bytes) -> bool:
        """Keep a xorb; return whether it is new."""
        path = self.folder / name
        new = not path.exists()
        path.write_bytes(data)
        return new

    def _bounds(self, data: bytes) -> list[int]:
        """Return where each chunk begins, and where the last one ends."""
        bounds = [0]
        while bounds[-1] + 8 <= len(data) and data[bounds[-1]] == 0:
            bounds.append(bounds[-1] + 8 + int.from_bytes(data[bounds[-1] + 1 : bounds[-1] + 4], "little"))
        return bounds

    def contents(self, file: str) -> Iterator[bytes]:
        """Yield the bytes of a file, for clients that do not speak Xet."""
        for xorb, _, first, end in self.files[file]:
            data = (self.folder / xorb).read_bytes()
            bounds = self._bounds(data)
            for start, stop in zip(bounds[first:end], bounds[first + 1 : end + 1], strict=True):
                length = int.from_bytes(data[start + 5 : start + 8], "little")
                yield unpacked(data[start + 8 : stop], length, data[start + 4])

    def put_shard(self, shard: bytes) -> None:
        """Learn of the files in a shard; from then on they can be committed."""
        at = _RECORD
        while shard[at : at + 32] != _BOOKEND:
            file, (flags, num) = hexadecimal(shard[at : at + 32]), struct.unpack_from("<II", shard, at + 32)
            at += _RECORD
            terms = []
            for _ in range(num):
                _, length, first, end = struct.unpack_from("<IIII", shard, at + 32)
                terms.append(Term(hexadecimal(shard[at : at + 32]), length, first, end))
                at += _RECORD
            at += _RECORD * num if flags & _VERIFIED else 0
            if absent := [term.xorb for term in terms if not (self.folder / term.xorb).exists()]:
                raise Refusal(400, "BadShard", f"xorb {absent[0]} was not uploaded")
            self.files[file] = terms
            if flags & _WITH_SHA256:
                stored = Stored(file, sum(term.length for term in terms))
                self.by_sha256[hexadecimal(shard[at : at + 32])] = stored
                at += _RECORD

    def reconstruction(self, file: str, base: str, wanted: tuple[int, int] | None) -> dict[str, Any]:
        """Return from which parts of which xorbs a file, or a range of it, is put together."""
        if file not in self.files:
            raise Refusal(404, "NotFound", "no such file")
        chosen: list[Term] = []
        skipped = at = 0
        for term in self.files[file]:
            if wanted is None or (at + term.length > wanted[0] and at <= wanted[1]):
                skipped = wanted[0] - at if wanted and not chosen else skipped
                chosen.append(term)
            at += term.length
        if wanted and wanted[0] >= at:
            raise Refusal(416, "Range", "range starts past the end")
        fetch: dict[str, list[Any]] = {}
        for xorb, _, first, end in chosen:
            bounds = self._bounds((self.folder / xorb).read_bytes())
            where = {"start": bounds[first], "end": bounds[end] - 1}
            url = f"{base}/xet/{self.mark}/blob/{xorb}"
            one = {"range": {"start": first, "end": end}, "url": url, "url_range": where}
            if one not in fetch.setdefault(xorb, []):
                fetch[xorb].append(one)
        terms = [
            {"hash": term.xorb, "unpacked_length": term.length, "range": {"start": term.first, "end": term.end}}
            for term in chosen
        ]
        return {"offset_into_first_range": skipped, "fetch_info": fetch, "terms": terms}
