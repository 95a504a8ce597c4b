"""Versions of a collection as large as one likes, written without a build."""

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from aya import languages, table
from aya.text import digest
from aya.version import Version

HOSTILE = [
    "</script><script>document.title = 'taken'</script>",
    "<img src=x onerror=\"document.title = 'taken'\">",
    "{{ 7 * 7 }} ${7 * 7} <!-- <script> \u2028\u2029 &lt;b&gt; ]]>",
    "\u202egnp.exe\u202c \x07\x1b[31m red",
]
"""Texts that would do harm to a page that trusts them."""


def write_version(folder: Path, *, num_languages: int, num_sources: int, num_reasons: int) -> Version:
    """Write a version with a kept row, and a dropped row of each reason, for every language and source.

    Texts are 1,000 letters of three bytes, the longest that a page has to hold, and hostile.
    """
    codes = languages.group("aya101")[:num_languages]
    sources = [f"source {number:02d}".replace(" ", "_") for number in range(num_sources)]
    reasons = [f"collection.length: reason {number:02d}" for number in range(num_reasons)]
    files = []
    for code in codes:
        for source in sources:
            place = f"{code}_{languages.get(code).script}/{source}-00000-of-00001"
            for top, whys in (("data", [None]), ("dropped", reasons)):
                rows = table.records(_row(code, source, why) for why in whys).sort_by("id")
                path = folder / top / f"{place}.parquet"
                path.parent.mkdir(parents=True, exist_ok=True)
                pq.write_table(rows, path)
                files.append({"path": f"{top}/{place}.parquet", "rows": len(rows), "datasets": {source: len(rows)}})
    groups = [f"{source} {code} {languages.get(code).script}" for code in codes for source in sources]
    manifest = _manifest(codes, sources, files, sorted(groups), reasons)
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return Version(folder)


def _row(code: str, source: str, reason: str | None) -> dict[str, Any]:
    text = "မ" * 1_000 if reason else HOSTILE[0]
    return {
        "id": digest(f"{code} {source} {reason}"), "inputs": text, "targets": text, "language": code,
        "script": languages.get(code).script, "source": source, "dataset_name": source, "license": "CC0-1.0",
        "drop": reason, "evidence": reason and table.canonical({"text": HOSTILE[1], "kept": "0" * 32}),
    }  # fmt: skip


def _manifest(
    codes: tuple[str, ...],
    sources: list[str],
    files: list[dict[str, Any]],
    groups: list[str],
    reasons: list[str],
) -> dict[str, Any]:
    kept = dict.fromkeys(groups, 1)
    stage = {
        "stage": "collection.length",
        "rows_in": dict.fromkeys(groups, 1 + len(reasons)),
        "kept": kept,
        "dropped": dict.fromkeys(reasons, kept),
    }
    about = {
        "license": "CC0-1.0",
        "revision": "1",
        "citation": HOSTILE[0],
        "url": "javascript:alert(1)",
        "origin": "human",
    }
    share = 1 / (len(codes) * len(sources))
    amounts = {"size": 1, "quota": 1, "asked": share, "natural": share, "capped": False}
    return {
        "name": "0.1.0-large", "collection": "large", "version": "0.1.0", "sample": None, "complete": True,
        "quarantined": [], "aya": "0.1.0", "sources": [{"name": name, **about} for name in sources],
        "stages": [stage],
        "num_kept": len(kept), "num_dropped": len(kept) * len(reasons), "files": files,
        "mixture": {
            "version": 1, "seed": 7, "total": len(kept), "notes": [],
            "groups": [amounts | {"source": name, "dataset": name, "language": code, "pool": name}
                       for code in codes for name in sources],
        },
    }  # fmt: skip
