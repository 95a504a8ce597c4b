"""Distilled refusals as a source of a collection."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import Field

from aya.errors import InputError
from aya.stage import InputPath, Part, Settings
from aya.table import sha256
from training.safety.store import FACTS, REPORT, TAUGHT


class Distilled(Settings):
    """Reads what `aya distill` wrote: requests without their preamble, each with the answer to be taught.

    Rows whose request harms have `harmful` set, by which a release keeps them out of every configuration but its
    `harmful` one. Provenance says model, preamble, judge and verdict.
    """

    name: ClassVar[str] = "training.distilled"
    version: ClassVar[int] = 1
    writes: ClassVar[Mapping[str, pa.DataType]] = {"harmful": pa.bool_()}

    store: InputPath = Field(description="folder that `aya distill` wrote")
    unguarded: str | None = Field(
        default=None, min_length=1, description="why a recipe with this source needs no stage against contamination"
    )

    @property
    def needs_stage(self) -> str | None:
        """The stage that a recipe must have before what is generated counts."""
        return None if self.unguarded else "dedup.contamination"

    def facts(self) -> Mapping[str, str]:
        """Return the licences of the requests, teacher and judge, and whose method it is."""
        report = _report(self.store)
        licences = pq.read_table(_taught(self.store), columns=["license"])["license"].unique().to_pylist()
        judge = report["judge"] or "none"
        return {
            "license": " AND ".join(sorted(licences)) or "unknown",
            "revision": f"{report['name']}: teacher {report['teacher']}, judge {judge}",
            "citation": "Üstün et al. 2024, Aya Model, section 6",
        }

    def named(self) -> Mapping[str, Any]:
        """Return how records are made of the items."""
        columns = ("inputs", "targets", "language", "license", "origin", "task_type")
        return {name: name for name in columns} | {"provenance": FACTS, "keep": {"harmful": "bool"}}

    def parts(self) -> list[Part]:
        """Return the one part."""
        path = _taught(self.store)
        return [Part(name=TAUGHT, digest=sha256(path), path=str(path))]

    def read(self, part: Part, *, limit: int | None = None) -> Iterable[pa.Table]:
        """Yield the rows."""
        rows = pq.read_table(Path(part.path or "")).slice(0, limit)
        nothing = pa.nulls(len(rows), pa.string())
        yield rows.rename_columns(["_key" if name == "key" else name for name in rows.column_names]).append_column(
            "_fault", nothing
        )


def _taught(store: Path) -> Path:
    path = store / TAUGHT
    if not path.is_file():
        raise InputError(
            f"{store} holds no distilled rows ({TAUGHT}); make them with: aya distill RECIPE --out {store}"
        )
    return path


def _report(store: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads((store / REPORT).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{store / REPORT}: can not be read: {error}") from error
    return found
