"""Records by column names: what is mapped comes through, what can not be is a reason."""

import json
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aya.errors import InputError
from aya.stage import About
from aya.table import SCHEMA
from collection.columns import Columns
from collection.items import Row, column, framed, tables
from tests.strategies import texts

ABOUT = About(name="names", license="CC0-1.0", revision="1", citation="nobody", language="amh", task_type="qa")


def items(**values: list[Any]) -> pa.Table:
    num = len(next(iter(values.values())))
    data = pa.table({name: column(cells) for name, cells in values.items()})
    return framed(data, start=0, faults=[None] * num, evidence=[None] * num)


def records(table: pa.Table, about: About = ABOUT, **settings: object) -> list[dict[str, Any]]:
    made = Columns.model_validate({"inputs": "q", "targets": "a", **settings})(table, about=about, part="rows.jsonl")
    assert made.schema == SCHEMA
    rows: list[dict[str, Any]] = made.to_pylist()
    return rows


@given(st.lists(st.tuples(texts(), texts()), min_size=1, max_size=5))
def test_texts_of_any_script_come_through(pairs: list[tuple[str, str]]) -> None:
    made = records(items(q=[q for q, _ in pairs], a=[a for _, a in pairs]))
    assert [(row["inputs"], row["targets"]) for row in made] == pairs
    assert len({row["id"] for row in made}) == len(pairs)


def test_what_no_column_says_is_as_the_source_says() -> None:
    [row] = records(items(q=["ምን?"], a=["ሰላም"]))
    expected = {
        "language": "amh",
        "script": "Ethi",
        "dataset_name": "names",
        "license": "CC0-1.0",
        "origin": "human",
        "split": "train",
        "task_type": "qa",
    }
    assert {name: row[name] for name in expected} == expected
    assert json.loads(row["provenance"]) == {"key": "0", "part": "rows.jsonl", "revision": "1", "source": "names"}


def test_columns_and_constants_come_before_the_source() -> None:
    table = items(q=["x", "y"], a=["x", "y"], code=["yo", None], set=["one", "two"], from_=[None, "abc"])
    [one, two] = records(
        table,
        language="code",
        sub_dataset_name="set",
        parent_id="from_",
        task_type={"value": "naming"},
        split={"value": "test"},
    )
    assert (one["language"], one["sub_dataset_name"], one["parent_id"]) == ("yor", "one", None)
    assert (two["language"], two["sub_dataset_name"], two["parent_id"]) == ("amh", "two", "abc")
    assert {row["task_type"] for row in (one, two)} == {"naming"}
    assert {row["split"] for row in (one, two)} == {"test"}


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "collection.columns: inputs missing"),
        (7, "collection.columns: inputs not text"),
        (0.5, "collection.columns: inputs not text"),
        (True, "collection.columns: inputs not text"),
        ([], "collection.columns: inputs not text"),
        ({"x": 1}, "collection.columns: inputs not text"),
        ("", None),
        ('{"x": 1}', None),
    ],
)
@pytest.mark.parametrize("beside", [None, "x", 7, [1]])
def test_a_prompt_that_is_no_text_is_a_reason_whatever_stands_beside_it(
    value: Any, reason: str | None, beside: Any
) -> None:
    [row, _] = records(items(q=[value, beside], a=["a", "a"]))
    assert row["drop"] == reason
    assert row["inputs"] == (value if reason is None else None)
    assert row["evidence"] == (None if reason is None else '{"column":"q"}')


def test_a_completion_is_judged_alike_and_the_first_reason_stays() -> None:
    [one, both] = records(items(q=["x", None], a=[None, 7]))
    assert one["drop"] == "collection.columns: targets missing"
    assert both["drop"] == "collection.columns: inputs missing"


def test_the_fault_of_an_item_is_the_reason_with_its_evidence() -> None:
    broken = Row(size=0, fault="broken JSON", evidence={"line": 2})
    [table] = tables([Row(size=1, values={"q": "x", "a": "y"}), broken], part="rows.jsonl")
    [good, bad] = records(table)
    assert (good["drop"], good["evidence"]) == (None, None)
    assert (bad["drop"], bad["evidence"]) == ("collection.source: broken JSON", '{"line":2}')


def test_a_column_that_no_item_has_is_named() -> None:
    with pytest.raises(InputError, match=r"rows.jsonl: no column 'questoin'; did you mean 'question'\?"):
        records(items(question=["x"], a=["y"]), inputs="questoin")


def test_no_column_is_missed_where_no_row_can_be_read() -> None:
    [table] = tables([Row(size=0, fault="invalid UTF-8")], part="rows.jsonl")
    assert [row["drop"] for row in records(table)] == ["collection.source: invalid UTF-8"]


def test_no_items_are_no_records() -> None:
    assert records(items(q=["x"], a=["y"]).slice(1)) == []


def test_named_columns_go_into_provenance() -> None:
    columns = {name: ["x"] for name in ("q", "a")} | {"who": ["ẹnìkan"], "why": [None]}
    own = {"_key": ["0"], "_fault": pa.array([None], pa.string())}
    about = About(name="one", license="CC0-1.0", revision="1", citation="all", language="yor")
    made = Columns(inputs="q", targets="a", provenance=("who", "why"))(pa.table(own | columns), about=about, part="p")
    assert json.loads(made["provenance"][0].as_py()) == {
        "key": "0", "part": "p", "revision": "1", "source": "one", "who": "ẹnìkan",
    }  # fmt: skip


def test_columns_stay_beside_those_of_a_record() -> None:
    table = items(q=["ምን?", "x"], a=["ሰላም", "y"], score=[1, None], why=["rare", None])
    keep = {"score": "float", "why": "large_string"}
    made = Columns.model_validate({"inputs": "q", "targets": "a", "keep": keep})(table, about=ABOUT, part="p")
    assert made.schema.names == [*SCHEMA.names, "score", "why"]
    assert made.schema.field("score").type == pa.float32()
    assert made["score"].to_pylist() == [1.0, None]
    assert made["why"].to_pylist() == ["rare", None]


def test_a_row_says_why_it_can_not_be_used() -> None:
    table = items(q=["x", "y"], a=["x", "y"], why=["empty translation", None])
    assert [row["drop"] for row in records(table, fault="why")] == ["collection.source: empty translation", None]


@pytest.mark.parametrize(("keep", "error"), [({"a": "int32"}, InputError), ({"drop": "string"}, ValueError)])
def test_a_kept_column_has_its_type_and_a_name_of_its_own(keep: dict[str, str], error: type[Exception]) -> None:
    with pytest.raises(error, match=r"column 'a' is not int32|'drop' is a column of every record"):
        records(items(q=["x"], a=["y"]), keep=keep)
