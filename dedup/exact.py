"""Keep one of several records that say the same, once case, width and white space are set aside."""

from collections.abc import Mapping, Sequence
from typing import ClassVar, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import xxhash
from pydantic import Field

from aya.stage import Settings
from aya.table import kept, mark, of_ids
from aya.text import normalise
from dedup.preference import ORIGINS


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
    version: ClassVar[int] = 1
    reads: ClassVar[tuple[str, ...]] = ("id", "inputs", "targets", "language", "origin")
    writes: ClassVar[Mapping[str, pa.DataType]] = {}
    keys: ClassVar[tuple[str, ...]] = ("key",)

    fields: Literal["both", "inputs", "targets"] = Field(default="both", description="the texts that must be the same")
    least: int = Field(default=1, ge=1, description="characters of the normalised texts below which none is a copy")

    def summarise(self, table: pa.Table) -> pa.Table:
        """Return hash, rank and id of every record with a text to compare."""
        table = kept(table)
        names = ("inputs", "targets") if self.fields == "both" else (self.fields,)
        columns = [table[name].to_pylist() for name in ("language", *names)]
        hashes, taking_part = _hashes(columns, self.least)
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


def _hashes(
    columns: Sequence[Sequence[str | None]], least: int
) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.bool_]]:
    """Return 128 bits of language and texts of each row, and whether its texts have `least` characters."""
    digests: list[bytes] = []
    taking_part = np.zeros(len(columns[0]), bool)
    for row, (language, *texts) in enumerate(zip(*columns, strict=True)):
        forms = [normalise(text or "") for text in texts]
        taking_part[row] = sum(map(len, forms)) >= least
        # Sizes before texts: ("ab", "c") is not ("a", "bc").
        whole = "\0".join([language or "", *(str(len(form)) for form in forms), *forms])
        digests.append(xxhash.xxh3_128_digest(whole.encode("utf-8", "surrogatepass")))
    return np.frombuffer(b"".join(digests), ">u8").astype(np.uint64).reshape(-1, 2), taking_part


def _alike(rows: pa.Table) -> pa.Table:
    """Return the rows of which another has the same `key`; the many others need no sorting."""
    keys = rows["key"].to_numpy()
    ordered = np.sort(keys)
    twice = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
    return rows.filter(pc.is_in(rows["key"], value_set=pa.array(twice, pa.uint64())))
