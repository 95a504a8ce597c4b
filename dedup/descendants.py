"""Drop contaminated records together with all that was made from them, at any remove."""

import json
from collections.abc import Mapping
from typing import Any, ClassVar

import pyarrow as pa
import pyarrow.compute as pc

from aya.stage import Settings
from aya.table import kept, mark
from aya.text import hashes64

_SUMMARY = pa.schema([("key", pa.uint64()), ("id", pa.string()), ("parent", pa.string()), ("is_edge", pa.bool_())])


class Descendants(Settings):
    """Drop records that `dedup.contamination` flagged, and every record whose `parent_id` chain leads to one.

    A dropped record leaves the flow, so a later stage could not know what was made from it. So `dedup.contamination`
    flags (`action: flag`), and this stage drops the record, its translation and the answer that was generated from
    the translation in one go. Put both before stages that drop for other reasons: a chain ends where a record of it
    is missing.

    Reads `id`, `parent_id`, `contaminated`, `contaminated_by`.

    A summary row is about one node of the chains (its hash as `key`): that it is flagged (`parent` is null), that it
    has a parent, or that it has a child (`is_edge`). A verdict row is (id that goes, id of the flagged record).
    """

    name: ClassVar[str] = "dedup.descendants"
    version: ClassVar[int] = 1
    reads: ClassVar[tuple[str, ...]] = ("id", "parent_id", "contaminated", "contaminated_by")
    writes: ClassVar[Mapping[str, pa.DataType]] = {}
    keys: ClassVar[tuple[str, ...]] = ("key",)

    def summarise(self, table: pa.Table) -> pa.Table:
        """Return the nodes that are flagged or have a parent, and their parents' edges to them."""
        table = kept(table)
        children = pc.is_valid(table["parent_id"])
        flagged = _summary(table["id"].filter(_flagged(table)))
        inner = _summary(table["id"].filter(children), parents=table["parent_id"].filter(children))
        return pa.concat_tables([flagged, inner, _edges(inner)])

    def settle(self, rows: pa.Table, *, key: str) -> pa.Table:
        """Return the flagged nodes, and the edges whose parent is flagged or has a parent itself."""
        assert key == "key"
        nodes, edges = rows.filter(pc.invert(rows["is_edge"])), rows.filter(rows["is_edge"])
        matter = pc.is_in(edges["parent"], value_set=nodes["id"].combine_chunks())
        flagged = nodes.filter(pc.is_null(nodes["parent"]))
        return pa.concat_tables([flagged, edges.filter(matter)]).select(["id", "parent"])

    def conclude(self, decisions: pa.Table) -> pa.Table:
        """Return the verdict: ids that go, sorted, each with the flagged record that it comes from."""
        edges = decisions.filter(pc.is_valid(decisions["parent"]))
        roots = pc.unique(decisions.filter(pc.is_null(decisions["parent"]))["id"])
        new = pa.table({"id": roots, "root": roots})
        found = [new]
        while len(new):
            gone = pa.chunked_array([chunk for part in found for chunk in part["id"].chunks], pa.string())
            edges = edges.filter(pc.invert(pc.is_in(edges["id"], value_set=gone.combine_chunks())))
            new = _children(edges, new)
            found.append(new)
        return pa.concat_tables(found).sort_by("id")

    def apply(self, table: pa.Table, verdict: pa.Table) -> pa.Table:
        """Return the table with a reason on flagged records and their descendants."""
        places = pc.index_in(table["id"], value_set=verdict["id"].combine_chunks())
        roots = verdict["root"].take(places.combine_chunks()).to_pylist()
        rows = zip(table["id"].to_pylist(), roots, _hits(table), strict=True)
        told: list[tuple[str, dict[str, Any]] | None] = [
            None
            if root is None
            else (f"{self.name}: text of an evaluation item", hit)
            if root == id_
            else (f"{self.name}: made from a contaminated row", {"ancestor": root})
            for id_, root, hit in rows
        ]
        return mark(table, [one and one[0] for one in told], [one and one[1] for one in told])


def _flagged(table: pa.Table) -> pa.ChunkedArray:
    """Return which records are contaminated; none where no stage looked, which a recipe does not allow."""
    if "contaminated" not in table.schema.names:
        return pa.chunked_array([pa.repeat(pa.scalar(False), len(table))])
    return pc.fill_null(table["contaminated"], False)


def _hits(table: pa.Table) -> list[dict[str, Any]]:
    """Return the heaviest hit of each record."""
    if "contaminated_by" not in table.schema.names:
        return [{} for _ in range(len(table))]
    return [json.loads(text)[0] if text else {} for text in table["contaminated_by"].to_pylist()]


def _summary(ids: pa.ChunkedArray, *, parents: pa.ChunkedArray | None = None) -> pa.Table:
    keys = pa.array(hashes64(ids.to_pylist()), pa.uint64())
    parents = pa.nulls(len(ids), pa.string()) if parents is None else parents
    return pa.table([keys, ids, parents, pa.repeat(pa.scalar(False), len(ids))], schema=_SUMMARY)


def _edges(inner: pa.Table) -> pa.Table:
    """Return an edge from its parent for each node that has one."""
    keys = pa.array(hashes64(inner["parent"].to_pylist()), pa.uint64())
    return pa.table([keys, inner["id"], inner["parent"], pa.repeat(pa.scalar(True), len(inner))], schema=_SUMMARY)


def _children(edges: pa.Table, parents: pa.Table) -> pa.Table:
    """Return the children of some nodes, each once, with the root of its parent."""
    places = pc.index_in(edges["parent"], value_set=parents["id"].combine_chunks()).combine_chunks()
    found = pa.table({"id": edges["id"], "root": parents["root"].take(places)}).filter(places.is_valid())
    return found.group_by("id", use_threads=False).aggregate([("root", "min")]).rename_columns(["id", "root"])
