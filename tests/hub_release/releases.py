"""Prepared releases as large as one likes, written without a build."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import yaml

LANGUAGES = {"yor_Latn": "Kí ni olú-ìlú?", "amh_Ethi": "ዋና ከተማ ምንድን ነው?", "arb_Arab": "ما العاصمة؟"}


def rows(place: str, first: int, num: int, letters: int) -> pa.Table:
    """Return rows whose text says who they are and hardly compresses."""
    asked = LANGUAGES.get(place, place)
    noise = [
        np.random.default_rng([number, len(place)]).bytes(letters // 2).hex() for number in range(first, first + num)
    ]
    ids = [f"{place}-{number:06d}" for number in range(first, first + num)]
    return pa.table({"id": ids, "inputs": [f"{asked} {id_}" for id_ in ids], "targets": noise})


def write_release(
    folder: Path,
    version: str,
    shards: Mapping[str, int],
    *,
    previous: str | None = None,
    num: int = 50,
    letters: int = 200,
) -> Path:
    """Write a release with so many shards of `num` rows for each language, and a configuration for each and for all.

    The rows of a shard depend on its place and number alone: those of an earlier version are in the later one.
    """
    files: list[dict[str, Any]] = []
    for place, shard in ((place, shard) for place, count in shards.items() for shard in range(count)):
        path = folder / f"data/{place}/made-train-{shard:05d}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        table = rows(place, shard * num, num, letters)
        pq.write_table(table, path, compression="zstd", use_content_defined_chunking=True, write_page_index=True)
        language, _, script = place.partition("_")
        said = {"language": language, "script": script, "source": "made", "split": "train", "origin": "human"}
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        about = {"path": path.relative_to(folder).as_posix(), "sha256": sha256, "bytes": path.stat().st_size}
        files.append(about | {"rows": num} | said)
    manifest = {"collection": "made", "version": version, "previous": previous, "source_version": "1", "files": files}
    (folder / "meta").mkdir()
    (folder / "meta/manifest.json").write_text(json.dumps(manifest, indent=1), encoding="utf-8")
    configs = {"all": "*"} | {place: place for place in shards}
    head = {"configs": [
        {"config_name": name, "data_files": [{"split": "train", "path": f"data/{place}/made-train-*.parquet"}]}
        for name, place in configs.items()
    ]}  # fmt: skip
    (folder / "README.md").write_text(f"---\n{yaml.safe_dump(head)}---\n# Made {version}\n", encoding="utf-8")
    (folder / "LICENSES.md").write_text("CC0-1.0\n", encoding="utf-8")
    return folder
