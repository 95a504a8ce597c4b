"""Keep one of several records that say nearly the same, each compared with the record that stays."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field, model_validator

from aya.table import kept, mark, of_ids
from dedup.banding import SLOTS, bands_for
from dedup.boilerplate import common_of
from dedup.candidates import Candidates
from dedup.compared import Compared, groups_of, rows_of, salts_of
from dedup.grams import Grams, field_bits, grams_of
from dedup.preference import order_by, ranks_of
from dedup.star import TOGETHER, Apart, stars


class MinHash(Compared):
    """Drop records that share at least the share `threshold` of their grams with a record that stays.

    Texts are compared as sets of grams of five characters of the normalised texts (`dedup.normalise`: case, width and
    white space set aside), in any script. 128 MinHash slots find who may be alike; then the grams themselves are
    compared, and a record goes only if its own score with the record that stays reaches the threshold. The evidence
    names that record, the score, and how many records the group has.

    Of two records the one of the better origin stays (human, template, translation, synthetic), then the one of higher
    `quality`, then the text decides: never the place in a file. Records of two languages are never alike.

    With `both`, inputs must be like inputs and targets like targets: ten questions on one long passage are ten records.
    Texts below `least` must be the same: a question with the answer `yes` is not that with `no`. Grams that many
    records of one template have are left out (`boilerplate`), so that a long template does not make its items alike;
    and one item in two templates of a source is two records (`templates`), since somebody wanted it so.

    Reads `id`, `inputs`, `targets`, `language`, `origin`, `source`, `dataset_name`, `template_id`, and `quality`.

    References: Broder 1997 (resemblance, shingles); Lee et al. 2022 (deduplicating training data), appendix A.
    """

    name: ClassVar[str] = "dedup.minhash"
    version: ClassVar[int] = 3
    reads: ClassVar[tuple[str, ...]] = (
        "id", "inputs", "targets", "language", "origin", "source", "dataset_name", "template_id",
    )  # fmt: skip
    applies_to: ClassVar[tuple[str, ...]] = ("id",)
    writes: ClassVar[Mapping[str, pa.DataType]] = {}
    keys: ClassVar[tuple[str, ...]] = ("component",)

    threshold: float = Field(default=0.8, ge=0.5, le=1, description="Jaccard similarity from which a record goes")
    recall: float = Field(default=0.94, gt=0, lt=1, description="share of pairs found that lie just at the threshold")
    bands: int | None = Field(default=None, ge=1, description="bands, with `rows`; else from threshold and recall")
    rows: int | None = Field(default=None, ge=1, description="slots of a band, with `bands`")
    boilerplate: float = Field(
        default=0.3, ge=0, le=1, description="share of a template's records that makes a gram boilerplate; 0: never"
    )
    templates: Literal["apart", "together"] = Field(
        default="apart", description="whether records of one source in two templates are never alike"
    )
    quality: str | None = Field(default=None, description="column of numbers; more is better")

    @model_validator(mode="after")
    def _check(self) -> "MinHash":
        if (self.bands is None) != (self.rows is None):
            raise ValueError("set both bands and rows, or neither")
        bands, rows = self.banding
        if bands * rows > SLOTS:
            raise ValueError(f"bands times rows must be at most {SLOTS}, not {bands * rows}")
        return self

    @property
    def banding(self) -> tuple[int, int]:
        """Return (bands, slots of a band)."""
        if self.bands is not None and self.rows is not None:
            return self.bands, self.rows
        return bands_for(self.threshold, recall=self.recall)

    @property
    def first(self) -> Candidates:
        """Return the exchange that finds who may be alike."""
        bands, rows = self.banding
        shared: dict[str, Any] = self.model_dump(include={"fields", "least", "threshold", "boilerplate", "quality"})
        return Candidates(bands=bands, rows=rows, **shared)

    def summarise(self, table: pa.Table, *verdicts: pa.Table) -> pa.Table:
        """Return the grams of every record that may be like another; of copies, those of the best alone."""
        *_, boilerplate, candidates = verdicts
        table = kept(table)
        table = table.select([name for name in table.column_names if name in (*self.reads, self.quality)])
        places = pc.index_in(pa.array(rows_of(table)), value_set=candidates["row"].combine_chunks())
        table, found = table.filter(places.is_valid()), candidates.take(places.drop_null())
        own = found["copy_of"].is_null()
        grams = self._grams(table, boilerplate, own)
        return pa.table(
            {
                "component": found["component"],
                "row": found["row"],
                "copy_of": found["copy_of"],
                "partners": found["partners"],
                "id": table["id"],
                "rank": pa.array(ranks_of(table, origin="origin", quality=self.quality)),
                "exact": pa.array(grams.exact),
                "salt": pa.array(grams.salts),
                "source": pa.array(groups_of(table, ("source",))),
                "template": pa.array(_templates(table)),
                "grams": pa.LargeListArray.from_arrays(pa.array(grams.offsets), pa.array(grams.values)),
            }
        )

    def _grams(self, table: pa.Table, boilerplate: pa.Table, own: pa.ChunkedArray) -> Grams:
        """Return the grams of the rows that are `own`, none for the others."""
        common = common_of(table, boilerplate)
        columns = [pc.if_else(own, column, pa.scalar("", column.type)) for column in self.columns(table)]
        return grams_of(columns, salts_of(table), least=self.least, common=common)

    def settle(self, rows: pa.Table, *, key: str) -> pa.Table:
        """Return (id that goes, id that stays, their similarity)."""
        assert key == "component"
        known, places = np.unique(rows["row"].to_numpy(), return_index=True)
        number = _numbers(known, places)
        pairs = _by_preference(rows, _pairs(rows, number))
        found = stars(len(rows), pairs, self._as_grams(rows), self.threshold, apart=self._apart(rows))
        kept_rows, jaccard = found
        copies = np.flatnonzero(rows["copy_of"].is_valid())
        originals = number(rows["copy_of"].drop_null().to_numpy())
        kept_rows[copies], jaccard[copies] = kept_rows[originals], jaccard[originals]
        goes = np.flatnonzero(kept_rows != np.arange(len(rows)))
        ids = rows["id"]
        return pa.table({"id": ids.take(goes), "kept": ids.take(kept_rows[goes]), "jaccard": jaccard[goes]})

    def _as_grams(self, rows: pa.Table) -> Grams:
        lists = rows["grams"].combine_chunks()
        offsets = np.asarray(lists.offsets, np.int64)
        values = np.asarray(lists.flatten(), np.uint32)
        salts, exact = rows["salt"].to_numpy().copy(), rows["exact"].to_numpy().copy()
        return Grams(values, offsets - offsets[0], salts, exact, field_bits(len(self.names)))

    def _apart(self, rows: pa.Table) -> Apart:
        if self.templates == "together":
            return TOGETHER
        return Apart(rows["source"].to_numpy().copy(), rows["template"].to_numpy().copy())

    def conclude(self, decisions: pa.Table) -> pa.Table:
        """Return the verdict: ids that go, each once, sorted, with the id that stays and the size of its group."""
        best = decisions.sort_by([("id", "ascending"), ("kept", "ascending"), ("jaccard", "descending")])
        ids = best["id"].combine_chunks()
        first = pa.concat_arrays([pa.array([True] * min(1, len(ids)), pa.bool_()), pc.not_equal(ids[1:], ids[:-1])])
        best = best.filter(first)
        return best.append_column("cluster", _cluster_sizes(best["kept"]))

    def apply(self, table: pa.Table, verdict: pa.Table) -> pa.Table:
        """Return the table with a reason on the near duplicates; the evidence names the record that stays."""
        verdict = of_ids(verdict, table["id"])
        places = pc.index_in(table["id"], value_set=verdict["id"].combine_chunks()).combine_chunks()
        found = verdict.take(places).select(["kept", "jaccard", "cluster"]).to_pylist()
        evidence = [row | {"jaccard": round(row["jaccard"], 4)} if row["kept"] else None for row in found]
        reason = pa.scalar(f"{self.name}: near copy of another record")
        return mark(table, pc.if_else(places.is_valid(), reason, pa.scalar(None, pa.string())), evidence)


Numbers = Callable[[npt.NDArray[np.uint64]], npt.NDArray[np.intp]]


def _numbers(known: npt.NDArray[np.uint64], places: npt.NDArray[np.intp]) -> Numbers:
    """Return a function from the hash of a record to its place."""
    return lambda rows: places[np.searchsorted(known, rows)]


def _pairs(rows: pa.Table, number: Numbers) -> npt.NDArray[np.uint64]:
    """Return the pairs of the column `partners` as `worse << 32 | better`."""
    lists = rows["partners"].combine_chunks()
    sizes = np.diff(np.asarray(lists.offsets))
    worse = np.repeat(np.arange(len(rows)), sizes)
    return ((worse << 32) | number(np.asarray(lists.flatten(), np.uint64))).astype(np.uint64)


def _by_preference(rows: pa.Table, pairs: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Return the pairs in the order of their rows, best first; the rows stay where they are, and so do their grams."""
    order = order_by(*(rows[name].to_numpy() for name in ("rank", "exact", "row"))).astype(np.uint64)
    places = np.empty(len(order), np.uint64)
    places[order] = np.arange(len(order), dtype=np.uint64)
    low, width = np.uint64(0xFFFFFFFF), np.uint64(32)
    placed = (places[pairs >> width] << width) | places[pairs & low]
    placed.sort()
    found: npt.NDArray[np.uint64] = (order[placed >> width] << width) | order[placed & low]
    return found


def _templates(table: pa.Table) -> npt.NDArray[np.uint64]:
    """Return a number for the template of each row; 0 for none."""
    return np.where(table["template_id"].is_null(), 0, groups_of(table, ("template_id",))).astype(np.uint64)


def _cluster_sizes(kept_ids: pa.ChunkedArray) -> pa.Array:
    """Return for each row how many rows have the same record that stays, and that one besides."""
    places = np.asarray(kept_ids.combine_chunks().dictionary_encode().indices)
    return pa.array(np.bincount(places)[places] + 1, pa.int64())
