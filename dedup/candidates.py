"""Who may be a near duplicate of whom: records that agree in a band and in their sketches."""

from typing import ClassVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from aya.table import kept
from dedup.banding import sketch_limits
from dedup.boilerplate import Boilerplate, common_of
from dedup.buckets import distinct, pairs_in_band
from dedup.compared import Compared, rows_of, salts_of
from dedup.components import roots_of_pairs
from dedup.preference import order_by, ranks_of
from dedup.signature import SKETCH_WORDS, sign

BLOCK = 1 << 20
"""Pairs that are numbered at once."""
_HALF, _LOW = np.uint64(32), np.uint64(0xFFFFFFFF)
SKETCH = tuple(f"sketch_{word}" for word in range(SKETCH_WORDS))


class Candidates(Compared):
    """An exchange that finds pairs worth comparing, and copies.

    A summary row is (hash of the id, rank, hash of the text, sketch, keys of the bands). A verdict row is one record
    of some pair: (its hash, its component, whose copy it is, its better partners); what lies in different components
    need not be compared.
    """

    version: ClassVar[int] = 3

    threshold: float = Field(gt=0, le=1, description="Jaccard similarity of the pairs looked for")
    bands: int = Field(ge=1, description="bands of a signature")
    rows: int = Field(ge=1, description="slots of a band")
    boilerplate: float = Field(ge=0, le=1, description="share of a group's records that makes a gram boilerplate")
    quality: str | None = Field(description="column; of two records of one origin the one with more of it stays")

    @property
    def keys(self) -> tuple[str, ...]:
        """Return the columns of a summary that are keys: a short row has the first alone, others have the rest."""
        return ("short", *(f"band_{band:02}" for band in range(self.bands)))

    @property
    def first(self) -> Boilerplate:
        """Return the exchange that finds the grams to leave out."""
        return Boilerplate(fields=self.fields, least=self.least, share=self.boilerplate)

    def summarise(self, table: pa.Table, *verdicts: pa.Table) -> pa.Table:
        """Return the signature of every record with a text to compare."""
        table = kept(table)
        made = sign(
            self.columns(table),
            salts_of(table),
            bands=self.bands,
            rows=self.rows,
            least=self.least,
            common=common_of(table, verdicts[-1]),
        )
        columns = {"row": rows_of(table), "rank": ranks_of(table, origin="origin", quality=self.quality)}
        columns |= dict(zip(SKETCH, np.ascontiguousarray(made.sketches_NW.T), strict=True))
        arrays = {name: pa.array(values) for name, values in columns.items()}
        arrays |= {"exact": pa.array(made.exact_N), "short": pa.array(made.exact_N, mask=~made.short_N)}
        arrays |= {
            name: pa.array(keys, mask=made.short_N) for name, keys in zip(self.keys[1:], made.bands_BN, strict=True)
        }
        return pa.table(arrays).filter(pa.array(made.sizes_N > 0))

    def settle(self, rows: pa.Table, *, key: str) -> pa.Table:
        """Return (record, better record, whether it is a copy) for the pairs of one key."""
        rows = _that_meet(rows, key)
        order = order_by(*(rows[name].to_numpy() for name in ("rank", "exact", "row")))
        rows = rows.take(pa.array(order))
        # Copies share all their buckets, so those of the first band are all there are.
        copies = _copies(rows) if key in ("short", "band_00") else np.zeros(0, np.uint64)
        found = copies if key == "short" else np.concatenate([copies, self._pairs(rows, key)])
        ids = rows["row"].to_numpy()
        goes, stays = ids[found >> _HALF], ids[found & _LOW]
        pairs = pa.table({"row": goes, "partner": stays, "copy": np.arange(len(found)) < len(copies)})
        return pairs.filter(pc.not_equal(pairs["row"], pairs["partner"]))  # two records of one id

    def _pairs(self, rows: pa.Table, key: str) -> npt.NDArray[np.uint64]:
        # Of copies, which share all their buckets, the best alone is compared.
        numbers = np.sort(np.unique(rows["exact"].to_numpy(), return_index=True)[1]).astype(np.uint32)
        sketches = np.column_stack([rows[name].to_numpy() for name in SKETCH])
        return pairs_in_band(rows[key].to_numpy()[numbers], numbers, sketches, sketch_limits(self.threshold))

    def conclude(self, decisions: pa.Table) -> pa.Table:
        """Return one row for every record of a pair, sorted."""
        known = _known(decisions)
        copies, pairs = _numbered(decisions, known)
        roots = roots_of_pairs(len(known), np.concatenate([copies, pairs]))
        copy_of = np.full(len(known), -1)
        copy_of[copies >> _HALF] = copies & _LOW
        starts = np.searchsorted(pairs >> _HALF, np.arange(len(known) + 1, dtype=np.uint64))
        partners = pa.LargeListArray.from_arrays(pa.array(starts, pa.int64()), pa.array(known[pairs & _LOW]))
        return pa.table(
            {
                "row": known,
                "component": known[roots],
                "copy_of": pa.array(known[copy_of], mask=copy_of < 0) if len(known) else pa.array([], pa.uint64()),
                "partners": partners,
            }
        )


def _known(decisions: pa.Table) -> npt.NDArray[np.uint64]:
    """Return the records of all pairs, sorted."""
    return distinct(np.concatenate([distinct(decisions[name].to_numpy().copy()) for name in ("row", "partner")]))


def _numbered(
    decisions: pa.Table, known: npt.NDArray[np.uint64]
) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint64]]:
    """Return the copies, then the other pairs as `worse << 32 | better` of places in `known`, each once and sorted."""
    found: dict[bool, list[npt.NDArray[np.uint64]]] = {True: [], False: []}
    for block in decisions.to_batches(max_chunksize=BLOCK):
        goes, stays = (_places(known, block[name].to_numpy()) for name in ("row", "partner"))
        copy = block["copy"].to_numpy(zero_copy_only=False)
        for kind, of_kind in found.items():
            of_kind.append(((goes << _HALF) | stays)[copy == kind])
    none = np.zeros(0, np.uint64)
    return distinct(np.concatenate([none, *found.pop(True)])), distinct(np.concatenate([none, *found.pop(False)]))


def _places(known: npt.NDArray[np.uint64], rows: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Return where rows are in `known`; looked up in order, neighbours are found near one another."""
    order = np.argsort(rows)
    places = np.empty(len(rows), np.uint64)
    places[order] = np.searchsorted(known, rows[order])
    return places


def _that_meet(rows: pa.Table, key: str) -> pa.Table:
    """Return the rows whose key another has too: few, so that they alone are put in order."""
    valid = np.flatnonzero(rows[key].is_valid())
    keys = rows[key].drop_null().to_numpy()
    order = np.argsort(keys)
    same = np.diff(keys[order]) == 0
    meets = np.append(same, False) | np.append(False, same)
    return rows.take(pa.array(np.sort(valid[order[meets[: len(order)]]])))


def _copies(rows: pa.Table) -> npt.NDArray[np.uint64]:
    """Return `worse << 32 | better` for the rows, sorted by preference, that are copies of a better one."""
    exact, sketch = rows["exact"].to_numpy(), rows[SKETCH[0]].to_numpy()
    order = np.lexsort((np.arange(len(rows)), sketch, exact))
    first = np.ones(len(rows), np.bool_)
    first[1:] = (np.diff(exact[order]) != 0) | (np.diff(sketch[order]) != 0)
    best = order[np.maximum.accumulate(np.where(first, np.arange(len(rows)), 0))]
    return ((order << 32) | best)[~first].astype(np.uint64)
