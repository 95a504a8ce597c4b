"""Keep one of several records that say the same, once case, width and white space are set aside."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import ClassVar, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import regex
import xxhash
from pydantic import Field

from aya.stage import Settings
from aya.table import kept, mark, of_ids
from aya.text import normalise
from dedup.buckets import distinct
from dedup.normalise import IOTA, Points, code_points
from dedup.preference import ORIGINS

BLOCK = 1 << 10
"""Rows whose texts are normalised at once: a code point takes four bytes."""
_IOTA_BELOW = regex.compile("[\u0345\u037a\u1f80-\u1fff]")
"""Letters with the one mark that folds to a letter: which marks stand before it depends on the form that is folded."""
COMPOSED = 4
"""Code points that one of NFKC has in NFKD at most."""


class Exact(Settings):
    """Drop records whose text is, normalised, that of another record in the same language.

    Normalised is NFKC, case folded, white space as single spaces (`aya.text.normalise`). Of copies
    the one of the best origin stays (`ORIGINS`), among these the one with the lowest id: never the
    first in a file, so order and cut do not matter. Records of two languages are never copies of one
    another. Records without a text to compare, and those dropped before, take no part. Rows that share an id
    are one record to this stage: it keeps both.

    Reads `inputs`, `targets`, `language`, `origin`.

    A summary row is (128-bit hash of the text as `key` and `check`, rank of the origin, id); a verdict row
    is (id that goes, id that stays). At 200 million records two texts share a hash with a chance of 6e-23.
    """

    name: ClassVar[str] = "dedup.exact"
    version: ClassVar[int] = 2
    reads: ClassVar[tuple[str, ...]] = ("id", "inputs", "targets", "language", "origin")
    applies_to: ClassVar[tuple[str, ...]] = ("id",)
    writes: ClassVar[Mapping[str, pa.DataType]] = {}
    keys: ClassVar[tuple[str, ...]] = ("key",)

    fields: Literal["both", "inputs", "targets"] = Field(default="both", description="the texts that must be the same")
    least: int = Field(default=1, ge=1, description="characters of the normalised texts below which none is a copy")

    def summarise(self, table: pa.Table) -> pa.Table:
        """Return hash, rank and id of every record with a text to compare."""
        table = kept(table)
        names = ("inputs", "targets") if self.fields == "both" else (self.fields,)
        blocks = [_hashes(table.slice(start, BLOCK), names) for start in range(0, len(table), BLOCK)]
        hashes = np.frombuffer(b"".join(digests for digests, _ in blocks), ">u8").astype(np.uint64).reshape(-1, 2)
        sizes = np.concatenate([np.zeros(0, np.int64), *(sizes for _, sizes in blocks)])
        taking_part = _long_enough(table.select(names), sizes, self.least)
        table = table.filter(pa.array(taking_part))
        ranks = pc.fill_null(pc.index_in(table["origin"], value_set=pa.array(ORIGINS)), len(ORIGINS))
        return pa.table(
            {
                "key": pa.array(hashes[taking_part, 0], pa.uint64()),
                "check": pa.array(hashes[taking_part, 1], pa.uint64()),
                "rank": ranks.cast(pa.uint8()),
                "id": table["id"],
            }
        )

    def settle(self, rows: pa.Table, *, key: str) -> pa.Table:
        """Return (id that goes, id that stays) for every copy."""
        assert key == "key"
        rows = _alike(rows).sort_by([(name, "ascending") for name in ("key", "check", "rank", "id")])
        keys, checks = rows["key"].to_numpy(), rows["check"].to_numpy()
        first = np.ones(len(rows), bool)
        first[1:] = (keys[1:] != keys[:-1]) | (checks[1:] != checks[:-1])
        stays = rows["id"].take(pa.array(np.maximum.accumulate(np.where(first, np.arange(len(rows)), 0))))
        goes = pc.and_(pa.array(~first), pc.not_equal(rows["id"], stays))
        return pa.table({"id": rows["id"], "kept": stays}).filter(goes)

    def conclude(self, decisions: pa.Table) -> pa.Table:
        """Return the verdict: ids that go, each once, sorted, with the id that stays."""
        return (
            decisions.group_by("id", use_threads=False)
            .aggregate([("kept", "min")])
            .rename_columns(["id", "kept"])
            .sort_by("id")
        )

    def apply(self, table: pa.Table, verdict: pa.Table) -> pa.Table:
        """Return the table with a reason on the copies; the evidence names the record that stays."""
        verdict = of_ids(verdict, table["id"])
        places = pc.index_in(table["id"], value_set=verdict["id"].combine_chunks())
        stays = verdict["kept"].take(places.combine_chunks()).to_pylist()
        reasons = pc.if_else(places.is_valid(), f"{self.name}: copy of another record", pa.scalar(None, pa.string()))
        return mark(table, reasons, [None if other is None else {"kept": other} for other in stays])


def _hashes(rows: pa.Table, names: Sequence[str]) -> tuple[bytes, npt.NDArray[np.int64]]:
    """Return 128 bits of language and texts of each row, and the code points of its texts in NFKD."""
    forms = [_forms(rows[name]) for name in names]
    sizes = np.stack([np.diff(form.offsets) for form in forms])
    texts = [[form.values[start:stop] for start, stop in pairwise(form.offsets.tolist())] for form in forms]
    digests: list[bytes] = []
    for language, own, *of_row in zip(rows["language"].to_pylist(), sizes.T.tolist(), *texts, strict=True):
        # Sizes before texts: ("ab", "c") is not ("a", "bc").
        hasher = xxhash.xxh3_128("\0".join([language or "", *map(str, own), ""]).encode("utf-8", "surrogatepass"))
        for text in of_row:
            hasher.update(text)
        digests.append(hasher.digest())
    return b"".join(digests), sizes.sum(axis=0)


def _forms(column: pa.ChunkedArray) -> Points:
    """Return texts as code points that are the same where `normalise` is."""
    form = code_points(column)
    rows = np.unique(np.searchsorted(form.offsets, np.flatnonzero(form.values == IOTA), side="right") - 1)
    known = column.take(pa.array(rows)).to_pylist()
    odd = {row: normalise(text) for row, text in zip(rows.tolist(), known, strict=True) if _IOTA_BELOW.search(text)}
    if not odd:
        return form
    texts = [odd.get(row, text) for row, text in enumerate(column.to_pylist())]
    return code_points(pa.array(texts, pa.large_string()))


def _long_enough(texts: pa.Table, sizes: npt.NDArray[np.int64], least: int) -> npt.NDArray[np.bool_]:
    """Return which rows have `least` characters of NFKC; `sizes` are those of NFKD, which are no fewer."""
    found = sizes >= least
    for row in np.flatnonzero(found & (sizes < COMPOSED * least)) if least > 1 else ():
        found[row] = sum(len(normalise(text or "")) for text in texts.slice(row, 1).to_pylist()[0].values()) >= least
    return found


def _alike(rows: pa.Table) -> pa.Table:
    """Return the rows of which another has the same `key`; the many others need no sorting."""
    keys = rows["key"].to_numpy()
    ordered = np.sort(keys)
    twice = distinct(ordered[1:][ordered[1:] == ordered[:-1]])
    return rows.filter(pc.is_in(rows["key"], value_set=pa.array(twice, pa.uint64())))
