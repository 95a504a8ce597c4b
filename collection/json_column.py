"""A column type for values of several kinds: kept as JSON, given back as they were."""

import json
from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from aya.table import canonical


class JsonValue(pa.ExtensionScalar):  # type: ignore[misc]  # pyarrow has no type hints
    """One value of a column of type `Json`."""

    def as_py(self, **_: object) -> Any:
        """Return the decoded value."""
        return None if self.value is None else json.loads(self.value.as_py())


class Json(pa.ExtensionType):  # type: ignore[misc]  # pyarrow has no type hints
    """The type of a column whose `to_pylist` decodes each value; its storage is JSON in `large_string`."""

    def __init__(self) -> None:
        super().__init__(pa.large_string(), "aya.json")

    def __arrow_ext_serialize__(self) -> bytes:
        """Return the parameters of the type: it has none."""
        return b""

    @classmethod
    def __arrow_ext_deserialize__(cls, storage: pa.DataType, serialized: bytes) -> "Json":
        """Return the type."""
        return cls()

    def __arrow_ext_scalar_class__(self) -> type[JsonValue]:
        """Return the class of its values."""
        return JsonValue


def json_column(values: Sequence[Any]) -> pa.Array:
    """Return values as a column of type `Json`."""
    texts = [None if value is None else canonical(value) for value in values]
    return pa.ExtensionArray.from_storage(Json(), pa.array(texts, pa.large_string()))
