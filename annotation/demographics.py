"""What a release says of its people: opted in, coarse, and never fewer than `k` alike.

References: Samarati & Sweeney 1998, Protecting Privacy when Disclosing Information: k-Anonymity.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final

import pyarrow as pa

SCHEMA: Final = pa.schema(
    [
        ("user_id", pa.string()),
        ("age_range", pa.list_(pa.int64())),
        ("gender", pa.string()),
        ("country", pa.string()),
        ("languages", pa.list_(pa.string())),
        ("dialects", pa.list_(pa.string())),
    ]
)
"""The columns of the released Aya Dataset's configuration `demographics`."""

ORDER: Final = ("dialects", "languages", "country", "age_range", "gender")
"""What is left out of a row that too few share, one after another; what tells most of a person goes first."""

OLDEST: Final = 120

Row = dict[str, Any]


def release(people: pa.Table, *, contributed: Mapping[str, Iterable[str]], k: int = 5) -> pa.Table:
    """Return the demographics of those who opted in and contributed, sorted by pseudonym.

    Texts are released with pseudonym and language, so everybody can see in which languages a person contributed
    (`contributed`): `k` people with the same of these languages share every combination of values, or the values go,
    as `ORDER` says. Who can not be hidden even so is left out, as are the withdrawn.

    Raises: ValueError if `k` is below 2.
    """
    if k < 2:
        raise ValueError(f"k must be 2 or more, not {k}")
    known = {person: tuple(sorted(set(languages))) for person, languages in contributed.items()}
    rows = [_row(person) for person in people.to_pylist() if _takes_part(person) and person["annotator"] in known]
    for field in ORDER:
        small = _small(rows, known, k)
        rows = [row | {field: None} if place in small else row for place, row in enumerate(rows)]
    small = _small(rows, known, k)
    hidden = [row for place, row in enumerate(rows) if place not in small and any(row[field] for field in ORDER)]
    return pa.Table.from_pylist(sorted(hidden, key=lambda row: str(row["user_id"])), schema=SCHEMA)


def groups(released: pa.Table) -> list[Row]:
    """Return how many of the released people share each combination of what they told; no pseudonym is in it."""
    told = ("age_range", "gender", "country")
    counted = Counter(tuple(_text(row[field]) for field in told) for row in released.to_pylist())
    known = sorted(counted.items(), key=lambda item: (-item[1], str(item[0])))
    return [dict(zip(told, values, strict=True)) | {"people": num} for values, num in known]


def _text(value: Any) -> str | None:
    return "-".join(str(part) for part in value) if isinstance(value, list) else value


def years(age_range: str | None) -> list[int] | None:
    """Return `25-34` as [25, 34] and `65+` as [65, 120]; None for what is no range."""
    bounds = [int(number) for number in re.findall(r"\d+", age_range or "")][:2]
    if len(bounds) == 1 and "+" in str(age_range):
        bounds.append(OLDEST)
    return bounds if len(bounds) == 2 else None


def _takes_part(person: Row) -> bool:
    opted_in = any(person[field] for field in ("age_range", "gender", "country", "dialects"))
    return opted_in and not person["withdrawn"]


def _row(person: Row) -> Row:
    return {
        "user_id": person["annotator"],
        "age_range": years(person["age_range"]),
        "gender": person["gender"] or None,
        "country": person["country"] or None,
        "languages": sorted(set(person["languages"] or ())) or None,
        "dialects": sorted(set(person["dialects"] or ())) or None,
    }


def _small(rows: list[Row], known: Mapping[str, tuple[str, ...]], k: int) -> set[int]:
    """Return the places of the rows that fewer than `k` share."""
    keys = [(known[row["user_id"]], *(str(row[field]) for field in ORDER)) for row in rows]
    counted = Counter(keys)
    return {place for place, key in enumerate(keys) if counted[key] < k}
