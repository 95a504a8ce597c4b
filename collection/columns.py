"""Records from items by naming their columns."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field, field_validator

from aya.errors import InputError, unknown
from aya.stage import About, Settings
from aya.table import SCHEMA, canonical, put
from collection.items import EVIDENCE, FAULT, KEY, OWN
from collection.json_column import Json
from collection.records import assemble_columns

_TEXTS = (pa.string(), pa.large_string())


class Constant(Settings):
    """The same text for every item."""

    value: str


class Mapped(Settings):
    """What a mapping has for the text in a column; for a text that is not in it, a reason in `drop`."""

    column: str
    map: Mapping[str, str]


Column = str | Constant | Mapped
"""The name of a column, a constant, or a column whose texts stand for others."""

Kind = Literal["string", "large_string", "int32", "int64", "float", "double", "bool"]
"""Type of a column that is kept, as Arrow calls it; a float has 32 bits."""


class Columns(Settings):
    """Makes one record of each item: every setting names the column that goes there.

    Instead of a name `{value: text}` is the same text for all, and `{column: name, map: {a: b}}` takes what
    the map has for the column's text: the licence of each row by the data set it is from.

    A prompt or completion that is missing or no text (a number, a list) is a reason in `drop`. What is
    left out, or missing in an item, is as the source says.
    """

    version: ClassVar[int] = 1

    inputs: Column = Field(description="the prompt")
    targets: Column = Field(description="the completion")
    language: Column | None = Field(default=None, description="language code in any spelling")
    dataset_name: Column | None = None
    sub_dataset_name: Column | None = None
    task_type: Column | None = None
    template_id: Column | None = None
    split: Column | None = None
    origin: Column | None = None
    license: Column | None = None
    parent_id: Column | None = Field(default=None, description="what it was translated, edited or made from")
    provenance: tuple[str, ...] = Field(
        default=(), description="columns whose texts go into provenance by their names; `annotator` is who can withdraw"
    )
    fault: str | None = Field(default=None, description="column that says why a row can not be used; null where it can")
    keep: Mapping[str, Kind] = Field(
        default_factory=dict, description="columns that stay beside those of a record (scores), with their types"
    )

    @field_validator("keep")
    @classmethod
    def _keep_beside(cls, keep: Mapping[str, Kind]) -> Mapping[str, Kind]:
        if taken := sorted({*SCHEMA.names} & keep.keys()):
            raise ValueError(f"'{taken[0]}' is a column of every record")
        return keep

    def wanted(self) -> Mapping[str, Sequence[str]]:
        """Return the columns of items that each setting names."""
        single = {name: _name_of(getattr(self, name)) for name in (*_COLUMNS, "fault")}
        return {
            **{name: [column] for name, column in single.items() if column is not None},
            "provenance": self.provenance,
            "keep": [*self.keep],
        }

    def __call__(self, items: pa.Table, *, about: About, part: str) -> pa.Table:
        """Return the records of the items, in their order.

        Raises: InputError for a column that no item has.
        """
        columns: dict[str, pa.Array | pa.ChunkedArray | list[Any]] = {"key": items[KEY]}
        faults = items[FAULT]
        if self.fault is not None:
            faults = pc.coalesce(faults, _texts(items, self.fault, required=False, part=part)[0].cast(pa.string()))
        drops = pc.binary_join_element_wise("collection.source: ", faults, "")
        evidence = items[EVIDENCE] if EVIDENCE in items.column_names else pa.nulls(len(items), pa.string())
        for name in _COLUMNS:
            column: Column | None = getattr(self, name)
            if column is None:
                continue
            columns[name], problems = _texts(items, column, required=name in ("inputs", "targets"), part=part)
            new = pc.and_(pc.is_null(drops), pc.is_valid(problems))
            why = pc.binary_join_element_wise(f"collection.columns: {name} ", problems, "")
            drops = pc.if_else(new, why, drops)
            named = column.column if isinstance(column, Mapped) else str(column)
            evidence = pc.if_else(new, canonical({"column": named}), evidence)
        if self.provenance:
            columns["item"] = _noted(items, self.provenance, part=part)
        made = assemble_columns(columns | {"drop": drops, "evidence": evidence}, about=about, part=part)
        for name, kind in self.keep.items():
            made = put(made, name, _kept(items, name, kind, part=part), pa.type_for_alias(kind))
        return made


_COLUMNS = tuple(name for name in Columns.model_fields if name not in ("provenance", "fault", "keep"))


def _name_of(column: Column | None) -> str | None:
    return column.column if isinstance(column, Mapped) else column if isinstance(column, str) else None


def _kept(items: pa.Table, name: str, kind: Kind, *, part: str) -> pa.Array | pa.ChunkedArray:
    """Return a column as it is, of the type that the recipe says.

    Raises: InputError if it is of another.
    """
    values = _column(items, name, part=part)
    if values.type == Json():
        values = pa.array(values.to_pylist())
    try:
        return values.cast(pa.type_for_alias(kind))
    except pa.ArrowException as error:
        raise InputError(f"{part}: column '{name}' is not {kind}: {str(error).splitlines()[0]}") from error


def _noted(items: pa.Table, names: tuple[str, ...], *, part: str) -> list[dict[str, Any]]:
    """Return what goes into the provenance of each item; a value that is missing is left out."""
    rows = zip(*(_column(items, name, part=part).to_pylist() for name in names), strict=True)
    return [{name: value for name, value in zip(names, row, strict=True) if value is not None} for row in rows]


def _texts(items: pa.Table, column: Column, *, required: bool, part: str) -> tuple[Any, Any]:
    """Return the texts of a column, and what is wrong with each: null, `missing` or `not text`."""
    if isinstance(column, Constant):
        return pa.repeat(pa.scalar(column.value, pa.large_string()), len(items)), pa.nulls(len(items), pa.string())
    if isinstance(column, Mapped):
        return _mapped(*_texts(items, column.column, required=required, part=part), column.map)
    values = _column(items, column, part=part)
    there = pc.is_valid(values)
    if values.type == Json():
        plain = [value if isinstance(value, str) else None for value in values.to_pylist()]
        texts = pa.array(plain, pa.large_string())
    elif values.type in _TEXTS:
        texts = values
    else:
        texts = pa.nulls(len(items), pa.large_string())
    missing = pa.scalar("missing" if required else None, pa.string())
    wrong = pc.if_else(there, pa.scalar("not text", pa.string()), missing)
    return texts, pc.if_else(pc.is_valid(texts), pa.scalar(None, pa.string()), wrong)


def _mapped(texts: Any, problems: Any, mapping: Mapping[str, str]) -> tuple[Any, Any]:
    """Return what the mapping has for each text, and `not in the map` where it has nothing."""
    found = pa.array([mapping.get(text) for text in texts.to_pylist()], pa.large_string())
    lost = pc.and_(pc.is_valid(texts), pc.is_null(found))
    return found, pc.if_else(lost, pa.scalar("not in the map", pa.string()), problems)


def _column(items: pa.Table, name: str, *, part: str) -> pa.ChunkedArray:
    if name in items.column_names:
        return items[name]
    if pc.all(pc.is_valid(items[FAULT])).as_py():  # of rows that can not be read no column is known
        return pa.chunked_array([pa.nulls(len(items), pa.large_string())])
    known = [column for column in items.column_names if column not in OWN]
    raise InputError(f"{part}: {unknown('column', name, known)}; columns are {', '.join(known)}")
