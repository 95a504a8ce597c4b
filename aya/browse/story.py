"""Where a row comes from and what came of it: ancestors, children, and the rows that left because of one another."""

import json
from typing import Any

import polars as pl

from aya.version import Version

MOST = 20
"""Children, or copies, that a page lists."""

_SHORT = ("id", "language", "script", "source", "template_id", "origin", "drop")


def story_of(version: Version, id_: str) -> dict[str, Any] | None:
    """Return a row with its family; None if the version has no such row."""
    row = version.find(id_)
    if row is None:
        return None
    ancestors, seen = [], {id_}
    parent = row
    while (above := parent["parent_id"]) and above not in seen:
        seen.add(above)
        found = version.find(above)
        if found is None:
            ancestors.append({"id": above, "missing": True})
            break
        ancestors.append(found)
        parent = found
    kept = _kept(row["evidence"])
    # A row is named in evidence by its whole id, and ids are hex digits: no sign has to be escaped.
    copies = pl.col("evidence").str.contains(f'"kept":"{id_}"', literal=True)
    return {
        "row": row,
        "ancestors": ancestors,
        "because": (version.find(kept) or {"id": kept, "missing": True}) if kept else None,
        "children": _family(version, pl.col("parent_id") == id_, dropped=None),
        "copies": _family(version, copies, dropped=True),
        "stages": [stage["stage"] for stage in version.manifest["stages"]],
        "about": next((one for one in version.manifest["sources"] if one["name"] == row["source"]), None),
    }


def _kept(evidence: str | None) -> str | None:
    try:
        told = json.loads(evidence or "{}")
    except ValueError:
        return None
    kept = told.get("kept") if isinstance(told, dict) else None
    return kept if isinstance(kept, str) else None


def _family(version: Version, which: pl.Expr, *, dropped: bool | None) -> dict[str, Any]:
    """Return how many rows there are, and the first of them."""
    texts = [pl.col(name).str.slice(0, 200) for name in ("inputs", "targets")]
    found = version.scan(dropped=dropped).filter(which).select("id").collect(engine="streaming").sort("id")
    first = found["id"].head(MOST).to_list()
    rows = version.scan(dropped=dropped).filter(pl.col("id").is_in(first)).select(*_SHORT, *texts) if first else None
    return {"num": len(found), "rows": rows.collect().sort("id").to_dicts() if rows is not None else []}
