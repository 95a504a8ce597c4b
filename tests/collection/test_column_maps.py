"""Columns whose texts stand for others: the licence of a row by the data set it is from."""

import pyarrow as pa

from aya.stage import About
from collection.columns import Columns

ABOUT = About(name="p3", license="Apache-2.0", revision="1", citation="nobody", language="eng")
LICENSES = {"column": "dataset", "map": {"qasc": "CC-BY-4.0", "duorc": "MIT"}}


def records(datasets: list[str | None]) -> list[dict[str, str | None]]:
    num = len(datasets)
    items = pa.table(
        {
            "_key": [str(index) for index in range(num)],
            "_fault": pa.nulls(num, pa.string()),
            "q": ["Who wrote it?"] * num,
            "a": ["She did."] * num,
            "dataset": pa.array(datasets, pa.string()),
        }
    )
    columns = Columns.model_validate({"inputs": "q", "targets": "a", "license": LICENSES})
    made: list[dict[str, str | None]] = columns(items, about=ABOUT, part="rows").to_pylist()
    return made


def test_each_row_has_the_licence_of_its_data_set() -> None:
    assert [row["license"] for row in records(["qasc", "duorc", "qasc"])] == ["CC-BY-4.0", "MIT", "CC-BY-4.0"]


def test_a_row_whose_licence_nobody_states_goes() -> None:
    assert [row["drop"] for row in records(["qasc", "quail"])] == [None, "collection.columns: license not in the map"]


def test_a_row_without_a_data_set_has_the_licence_of_the_source() -> None:
    assert [row["license"] for row in records([None])] == ["Apache-2.0"]
