"""The columns of the Aya repositories: written exactly, and read back as a source."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from hub_release.forms import COLUMNS, write_form
from tests.releases import made, many
from tests.workshop import Workshop


@pytest.mark.parametrize("form", COLUMNS)
def test_a_form_has_its_columns_and_reads_back_as_a_source(workshop: Workshop, tmp_path: Path, form: str) -> None:
    release = made(workshop, many(12), "1.0.0")
    files = write_form(release, form, tmp_path / "out")
    assert len(files) == len(release.files)
    assert all(pq.read_schema(path).equals(COLUMNS[form]) for path in files)
    before = {(row["inputs"], row["targets"], row["language"]) for row in workshop.version().arrow().to_pylist()}
    workshop.recipe(
        files="out/data/*/*.parquet",
        source={"use": "collection.parquet", "columns": {name: name for name in ("inputs", "targets", "language")}},
    )
    workshop.build()
    assert {
        (row["inputs"], row["targets"], row["language"]) for row in workshop.version().arrow().to_pylist()
    } == before
