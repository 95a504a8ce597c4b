"""Turn the filters, orders and text queries of Argilla into SQL over the tables of the index.

Every condition is `rec IN (SELECT ...)` over an index that covers it, so the time grows with the rows that answer it,
whatever SQLite's planner thinks.
"""

import zlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from argilla_server.search_engine.base import (
    AndFilter,
    MetadataFilterScope,
    RangeFilter,
    RecordFilterScope,
    ResponseFilterScope,
    SuggestionFilterScope,
    TermsFilter,
    TextQuery,
)

from annotation.engine.index import metadata_name, suggestion_name
from annotation.engine.text import All, Atom, Not, Query, atoms, parse

_COLUMNS = ("id", "external_id", "status", "inserted_at", "updated_at")
_DATES = ("inserted_at", "updated_at")
_PRIME = 2_147_483_647


class Sql(NamedTuple):
    """A piece of SQL and what stands for its question marks."""

    text: str
    values: tuple[Any, ...] = ()


def joined(parts: Sequence[Sql], word: str) -> Sql:
    """Return conditions joined by AND or OR; none at all is no restriction."""
    if not parts:
        return Sql("1")
    return Sql("(" + f" {word} ".join(part.text for part in parts) + ")", sum((part.values for part in parts), ()))


def filtered(number: int, wanted: Any) -> Sql:
    """Return the condition of a filter over the records `r` of a dataset."""
    if isinstance(wanted, AndFilter):
        return joined([filtered(number, part) for part in wanted.filters], "AND")
    scope = wanted.scope
    if isinstance(scope, RecordFilterScope):
        return _of_record(wanted, _column(scope))
    if isinstance(scope, ResponseFilterScope):
        return _of_answer(number, wanted) if scope.question else _of_status(number, wanted)
    test = _test(wanted)
    return Sql(
        f"r.rec IN (SELECT rec FROM terms WHERE dataset = ? AND name = ? AND {test.text})",
        (number, _name(scope), *test.values),
    )


def searched(number: int, query: Any) -> tuple[Sql, list[str]]:
    """Return the condition of a text query, and the texts by which its answers may be ranked."""
    query = TextQuery(q=query) if isinstance(query, str) else query
    wanted = parse(query.q)
    if wanted is None:
        return Sql("0"), []
    return _asked(number, wanted, query.field), [atom.text for atom in atoms(wanted) if len(atom.text) >= 3]


def match(texts: Sequence[str]) -> str:
    """Return the FTS5 query for texts of which one must occur."""
    return " OR ".join('"' + text.replace('"', '""') + '"' for text in texts)


def ordered(number: int, order: Any) -> Sql:
    """Return the ORDER BY term of one order; records without a value come last."""
    direction = "DESC" if str(getattr(order.order, "value", order.order)) == "desc" else "ASC"
    best = "max" if direction == "DESC" else "min"
    scope = order.scope
    if isinstance(scope, RecordFilterScope):
        return Sql(f"r.{_column(scope)} {direction} NULLS LAST")
    if not isinstance(scope, ResponseFilterScope):
        value = f"SELECT {best}(coalesce(num, text)) FROM terms WHERE rec = r.rec AND name = ?"
        return Sql(f"({value}) {direction} NULLS LAST", (_name(scope),))
    user = Sql(" AND user = ?", (str(scope.user.id),)) if scope.user else Sql("")
    if scope.question:
        value = f"SELECT coalesce(avg(num), {best}(text)) FROM answers WHERE rec = r.rec AND question = ?{user.text}"
        return Sql(f"({value}) {direction} NULLS LAST", (scope.question, *user.values))
    value = f"SELECT {best}(status) FROM responses WHERE rec = r.rec{user.text}"
    return Sql(f"({value}) {direction} NULLS LAST", user.values)


def queue(user: str) -> Sql:
    """Return the order of one annotator's queue: by priority, then a shuffle of their own that never changes."""
    factor = zlib.crc32(user.encode()) % (_PRIME - 1) + 1
    return Sql(f"r.priority DESC NULLS LAST, (r.shuffle * {factor}) % {_PRIME}")


def moment(value: Any) -> str:
    """Return a time as the index holds it, in UTC; a text may leave out hours or give another zone."""
    time = value if isinstance(value, datetime) else datetime.fromisoformat(str(value).replace("Z", "+00:00"))
    if time.tzinfo is not None:
        time = time.astimezone(UTC).replace(tzinfo=None)
    return time.isoformat(timespec="microseconds")


def _column(scope: Any) -> str:
    name = str(getattr(scope.property, "value", scope.property))
    if name not in _COLUMNS:
        raise ValueError(f"no filter or order by {name}")
    return name


def _name(scope: Any) -> str:
    if isinstance(scope, MetadataFilterScope):
        return metadata_name(scope.metadata_property)
    if isinstance(scope, SuggestionFilterScope):
        return suggestion_name(scope.question, str(getattr(scope.property, "value", scope.property)))
    raise ValueError(f"no filter over {scope!r}")


def _one_of(column: str, values: Sequence[Any]) -> Sql:
    return Sql(f"{column} IN ({','.join('?' * len(values))})", tuple(values))


def _between(column: str, low: Any, high: Any) -> Sql:
    bounds = [Sql(f"{column} {sign} ?", (end,)) for sign, end in ((">=", low), ("<=", high)) if end is not None]
    return joined(bounds, "AND")


def _of_record(wanted: Any, column: str) -> Sql:
    if isinstance(wanted, RangeFilter):
        ends = [
            None if end is None else moment(end) if column in _DATES else str(end) for end in (wanted.ge, wanted.le)
        ]
        return _between(f"r.{column}", *ends)
    values = [str(getattr(value, "value", value)) for value in wanted.values]
    return _one_of(f"r.{column}", [moment(value) for value in values] if column in _DATES else values)


def _test(wanted: Any) -> Sql:
    """Return the condition on a value, which has a text and, if it is a number, the number."""
    if isinstance(wanted, RangeFilter):
        return _between("num", *(None if end is None else float(end) for end in (wanted.ge, wanted.le)))
    texts = [str(getattr(value, "value", value)) for value in wanted.values]
    numbers = [number for text in texts if (number := _number(text)) is not None]
    ways = [_one_of("text", texts), *([_one_of("num", numbers)] if numbers else [])]
    return joined(ways, "OR")


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _of_user(scope: Any) -> Sql:
    return Sql(" AND user = ?", (str(scope.user.id),)) if scope.user else Sql("")


def _of_answer(number: int, wanted: Any) -> Sql:
    user, test = _of_user(wanted.scope), _test(wanted)
    return Sql(
        f"r.rec IN (SELECT rec FROM answers WHERE dataset = ? AND question = ?{user.text} AND {test.text})",
        (number, wanted.scope.question, *user.values, *test.values),
    )


def _of_status(number: int, wanted: Any) -> Sql:
    """Return the condition on the status of a response; `pending` is that there is none."""
    if str(wanted.scope.property) != "status" or not isinstance(wanted, TermsFilter):
        raise ValueError(f"no filter over responses by {wanted!r}")
    user = _of_user(wanted.scope)
    statuses = [str(getattr(value, "value", value)) for value in wanted.values]
    given = [status for status in statuses if status != "pending"]
    rows, values = f"SELECT rec FROM responses WHERE dataset = ?{user.text}", (number, *user.values)
    ways = [Sql(f"r.rec NOT IN ({rows})", values)] if len(given) < len(statuses) else []
    if given:
        one_of = _one_of("status", given)
        ways.append(Sql(f"r.rec IN ({rows} AND {one_of.text})", (*values, *one_of.values)))
    return joined(ways, "OR")


def _asked(number: int, query: Query, field: str | None) -> Sql:
    if isinstance(query, Atom):
        return _contains(number, query.text, field)
    if isinstance(query, Not):
        inner = _asked(number, query.query, field)
        return Sql(f"NOT {inner.text}", inner.values)
    parts = [_asked(number, part, field) for part in query.queries]
    return joined(parts, "AND" if isinstance(query, All) else "OR")


def _contains(number: int, text: str, field: str | None) -> Sql:
    test = Sql("texts MATCH ?", (match([text]),)) if len(text) >= 3 else Sql("instr(body, ?)", (text,))
    of_field = Sql(" AND field = ?", (field,)) if field else Sql("")
    return Sql(
        "(r.rec IN (SELECT t.rec FROM texts JOIN text_rows t ON t.row = texts.rowid"
        f" WHERE {test.text} AND t.dataset = ?{of_field.text}))",
        (*test.values, number, *of_field.values),
    )
