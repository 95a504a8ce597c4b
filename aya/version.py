"""A version of a collection, opened: its manifest, and its rows as polars, Arrow or `datasets`."""

import json
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from aya.draws import Mixture, plan_of, segments_of
from aya.errors import UserError, needs, unknown
from aya.stage import Tell, silent
from aya.table import sha256
from aya.tasks.gather import place_of

if TYPE_CHECKING:
    import datasets


class Version:
    """A version on disk; nothing is read before it is asked for.

    Columns are those of `aya.table.SCHEMA` and the scores that stages added.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        if not (path / "manifest.json").is_file():
            raise UserError(f"{path} is no version of a collection: it has no manifest.json")

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """Return what the version says of itself: files, counts, sources."""
        loaded: dict[str, Any] = json.loads((self.path / "manifest.json").read_text(encoding="utf-8"))
        return loaded

    @property
    def name(self) -> str:
        """Return the name, `0.1.0-3fa81c2e`."""
        return str(self.manifest["name"])

    def files(
        self,
        *,
        languages: Sequence[str] | None = None,
        sources: Sequence[str] | None = None,
        dropped: bool | None = False,
    ) -> list[Path]:
        """Return the files of kept rows (`dropped=False`), dropped ones (True) or both (None).

        `languages` are ISO 639-3, with a script (`srp_Latn`) or without.
        """
        tops = {False: ("data",), True: ("dropped",), None: ("data", "dropped")}[dropped]
        found = []
        for file in self.manifest["files"]:
            top, group, _ = file["path"].split("/")
            source, language = place_of(file["path"])
            wanted = languages is None or group in languages or language in languages
            if top in tops and wanted and (sources is None or source in sources):
                found.append(self.path / file["path"])
        return found

    @property
    def languages(self) -> list[str]:
        """Return the languages with kept rows, as `yor_Latn`."""
        return sorted({path.parent.name for path in self.files()})

    def scan(
        self,
        *,
        languages: Sequence[str] | None = None,
        sources: Sequence[str] | None = None,
        dropped: bool | None = False,
    ) -> pl.LazyFrame:
        """Return the rows as a lazy polars frame: filters and column choices reach the files."""
        files = self.files(languages=languages, sources=sources, dropped=dropped)
        if not files:
            return pl.from_arrow(_schema(self).empty_table()).lazy()  # type: ignore[union-attr]  # a table, not a series
        return pl.scan_parquet(files, missing_columns="insert", extra_columns="ignore")

    def polars(self, **which: Any) -> pl.DataFrame:
        """Return the rows as a polars frame; the arguments are those of `scan`."""
        return self.scan(**which).collect()

    def arrow(self, **which: Any) -> pa.Table:
        """Return the rows as an Arrow table; the arguments are those of `scan`."""
        import pyarrow.dataset as ds  # it imports pandas, half of what a short command takes

        files, schema = self.files(**which), _schema(self)
        return ds.dataset(files, format="parquet", schema=schema).to_table() if files else schema.empty_table()

    def dataset(self, **which: Any) -> "datasets.Dataset":
        """Return the rows as a `datasets.Dataset` over the same Arrow memory; needs the extra `hub`."""
        with needs("hub"):
            import datasets
        return datasets.Dataset(datasets.table.InMemoryTable(self.arrow(**which)))

    def mixture(self) -> Mixture:
        """Return the mixture of the recipe over these rows.

        Raises: UserError if the recipe has none.
        """
        if self.manifest["mixture"] is None:
            raise UserError(f"the recipe of {self.name} has no mixture")
        return Mixture(plan_of(self.manifest), segments_of(self.path, self.manifest))

    def find(self, id_: str) -> dict[str, Any] | None:
        """Return the row of an id, kept or dropped."""
        for dropped in (False, True):
            rows = self.scan(dropped=dropped).filter(pl.col("id") == id_).collect()
            if len(rows):
                return rows.row(0, named=True)
        return None

    def verify(self, tell: Tell = silent) -> list[str]:
        """Return a fault for every file that is missing or whose bytes are not those of the manifest."""
        faults = []
        files = self.manifest["files"]
        for done, file in enumerate(files, 1):
            path = self.path / file["path"]
            if not path.is_file():
                faults.append(f"{file['path']} is missing")
            elif sha256(path) != file["sha256"]:
                faults.append(f"{file['path']} is not the file that was built")
            tell("files read", done, len(files))
        return faults


def _schema(version: Version) -> pa.Schema:
    """Return the columns of all files of a version together."""
    schemas = [pq.read_schema(path) for path in version.files(dropped=None)]
    return pa.unify_schemas(schemas) if schemas else pa.schema([])


def open_version(path: str | Path, version: str | None = None) -> Version:
    """Open a version of a collection: of a store (the latest, or the named one), or by its own folder.

    Raises: UserError if there is none.
    """
    folder = Path(path)
    if (folder / "manifest.json").is_file():
        return Version(folder)
    known = sorted(item.name for item in (folder / "versions").glob("[!.]*"))
    if version is None:
        latest = folder / "latest"
        if not latest.is_file():
            raise UserError(f"no version in {folder}; build one with: aya build RECIPE")
        version = latest.read_text(encoding="utf-8").strip()
    if version not in known:
        raise UserError(f"{unknown('version', version, known)} in {folder}")
    return Version(folder / "versions" / version)
