"""Argilla's search engine over the embedded index: its 19 abstract methods.

Answers are those of Argilla's own queries to Elasticsearch, but for what `docs/annotation_server.md` names.
"""

import asyncio
import json
import sqlite3
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import numpy as np
from argilla_server.enums import MetadataPropertyType, SimilarityOrder
from argilla_server.search_engine.base import (
    FloatMetadataMetrics,
    IntegerMetadataMetrics,
    SearchEngine,
    SearchResponseItem,
    SearchResponses,
    TermsMetrics,
)
from argilla_server.settings import settings

from annotation.engine.conditions import Sql, filtered, joined, match, moment, ordered, queue, searched
from annotation.engine.index import Document, Index, Response, Suggestion, metadata_name
from annotation.engine.text import fold

NAME = "embedded"
RANKED = 2_000
"""Up to so many texts that match, answers are ranked by BM25; above, the order says nothing and costs seconds."""

_THREADS = ThreadPoolExecutor(4, thread_name_prefix="index")
T = TypeVar("T")


@cache
def index() -> Index:
    """Return the index of this server."""
    return Index(Path(settings.home_path) / "index.db")


async def apart(function: Callable[..., T], *arguments: Any, **named: Any) -> T:
    """Call a function of the index in a thread of its own."""
    return await asyncio.get_running_loop().run_in_executor(_THREADS, lambda: function(*arguments, **named))


@SearchEngine.register(engine_name=NAME)
class Embedded(SearchEngine):  # type: ignore[misc]  # argilla-server is in another environment than mypy
    """The embedded search engine; made anew for every request, so it holds nothing."""

    @classmethod
    async def new_instance(cls) -> "Embedded":
        """Return an engine."""
        return cls()

    async def close(self) -> None:
        """Do nothing; connections belong to their threads."""

    async def ping(self) -> bool:
        """Return whether the index can be read."""
        return await apart(index().datasets) is not None

    async def info(self) -> dict[str, Any]:
        """Return what the status of the server says of its search engine."""
        return {"name": "aya embedded", "version": {"number": sqlite3.sqlite_version, "build_type": "SQLite FTS5"}}

    async def create_index(self, dataset: Any) -> None:
        """Make a dataset known."""
        await apart(index().add_dataset, str(dataset.id))

    async def delete_index(self, dataset: Any) -> None:
        """Forget a dataset."""
        await apart(index().drop_dataset, str(dataset.id))

    async def configure_metadata_property(self, dataset: Any, metadata_property: Any) -> None:
        """Do nothing; metadata are held whether or not their property is declared yet."""

    async def index_records(self, dataset: Any, records: Iterable[Any]) -> None:
        """Add or replace records."""
        await apart(index().put, str(dataset.id), [document(dataset, record) for record in records])

    async def partial_record_update(self, record: Any, **update: Any) -> None:
        """Change columns of a record; Argilla changes only the status this way."""
        columns = {name: str(getattr(value, "value", value)) for name, value in update.items()}
        await apart(index().update, str(record.id), **columns, updated_at=moment(record.updated_at))

    async def delete_records(self, dataset: Any, records: Iterable[Any]) -> None:
        """Remove records."""
        await apart(index().remove, [str(record.id) for record in records])

    async def update_record_response(self, response: Any) -> None:
        """Add or replace a response."""
        await apart(index().put_response, str(response.record_id), response_of(response))

    async def delete_record_response(self, response: Any) -> None:
        """Remove a response."""
        await apart(index().remove_response, str(response.id))

    async def update_record_suggestion(self, suggestion: Any) -> None:
        """Add or replace a suggestion."""
        await apart(index().put_suggestion, str(suggestion.record_id), suggestion_of(suggestion))

    async def delete_record_suggestion(self, suggestion: Any) -> None:
        """Remove a suggestion."""
        await apart(index().remove_suggestion, str(suggestion.record_id), suggestion.question.name)

    async def get_dataset_progress(self, dataset: Any) -> dict[str, int]:
        """Return the number of records, in all and by status."""
        if dataset.is_draft:
            return {}
        return await apart(_progress, "SELECT status, count(*) FROM records WHERE dataset = ? GROUP BY 1", dataset)

    async def get_dataset_user_progress(self, dataset: Any, user: Any) -> dict[str, int]:
        """Return the number of one user's responses, in all and by status."""
        if dataset.is_draft:
            return {}
        counted = "SELECT status, count(*) FROM responses WHERE dataset = ? AND user = ? GROUP BY 1"
        return await apart(_progress, counted, dataset, str(user.id))

    async def compute_metrics_for(self, metadata_property: Any) -> Any:
        """Return the counts of a property's terms, or the least and the largest of its numbers."""
        return await apart(_metrics, metadata_property)

    async def search(
        self,
        dataset: Any,
        query: Any = None,
        filter: Any = None,  # noqa: A002  # Argilla's name for it
        sort: Any = None,
        offset: int = 0,
        limit: int = 100,
        user_id: Any = None,
    ) -> Any:
        """Return a page of the records that match, and how many match in all.

        Without an order, a text query is answered by relevance, a user's queue by priority and a shuffle of their own.
        """
        return await apart(_search, str(dataset.id), query, filter, sort, offset, limit, user_id)

    async def similarity_search(
        self,
        dataset: Any,
        vector_settings: Any,
        value: list[float] | None = None,
        record: Any = None,
        query: Any = None,
        filter: Any = None,  # noqa: A002  # Argilla's name for it
        max_results: int = 100,
        order: Any = SimilarityOrder.most_similar,
        threshold: float | None = None,
    ) -> Any:
        """Return the records nearest to, or farthest from, a vector or another record, by cosine."""
        if bool(value) == bool(record):
            raise ValueError("either a vector or a record is needed, not both")
        vector = value or record.vector_value_by_vector_settings(vector_settings)
        if not vector:
            raise ValueError("this record has no such vector")
        probe = np.asarray(vector, np.float32) * (-1 if order == SimilarityOrder.least_similar else 1)
        excluded = str(record.id) if record is not None else ""
        found = await apart(_near, str(dataset.id), str(vector_settings.id), probe, excluded, query, filter)
        best = [item for item in found[:max_results] if threshold is None or item.score >= threshold]
        return SearchResponses(items=best, total=len(best))


def document(dataset: Any, record: Any) -> Document:
    """Return what the index holds of a record."""
    return Document(
        id=str(record.id),
        external_id=record.external_id,
        status=record.status.value,
        inserted_at=moment(record.inserted_at),
        updated_at=moment(record.updated_at),
        texts=dict(_texts(dataset, record.fields or {})),
        metadata=record.metadata_ or {},
        suggestions=[suggestion_of(suggestion) for suggestion in record.suggestions],
        responses=[response_of(response) for response in record.responses],
        vectors={str(vector.vector_settings_id): _unit(vector.value) for vector in record.vectors},
    )


def response_of(response: Any) -> Response:
    """Return what the index holds of a response."""
    answers = {question: answer.get("value") for question, answer in (response.values or {}).items()}
    return Response(
        str(response.id), str(response.user_id), response.status.value, answers, moment(response.updated_at)
    )


def suggestion_of(suggestion: Any) -> Suggestion:
    """Return what the index holds of a suggestion."""
    kind = suggestion.type.value if suggestion.type else None
    properties = {"value": suggestion.value, "score": suggestion.score, "agent": suggestion.agent, "type": kind}
    return Suggestion(suggestion.question.name, properties, moment(suggestion.updated_at))


def _texts(dataset: Any, fields: dict[str, Any]) -> Iterable[tuple[str, str]]:
    for field in dataset.fields:
        value = fields.get(field.name)
        if value is None or field.is_image:
            continue
        if field.is_chat:
            value = "\n".join(str(dict(turn).get("content") or "") for turn in value)
        yield field.name, fold(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def _unit(value: Iterable[float]) -> bytes:
    vector = np.asarray(value, np.float32)
    return (vector / (np.linalg.norm(vector) or 1)).astype(np.float32).tobytes()


def _progress(counted: str, dataset: Any, *values: str) -> dict[str, int]:
    held = index()
    counts = dict(held.connection.execute(counted, [held.number(str(dataset.id)), *values]).fetchall())
    return {"total": sum(counts.values()), **counts}


def _metrics(metadata_property: Any) -> Any:
    held, kind = index(), metadata_property.type
    values = [held.number(str(metadata_property.dataset_id)), metadata_name(metadata_property.name)]
    rows = "FROM terms WHERE dataset = ? AND name = ?"
    if kind == MetadataPropertyType.terms:
        counts = held.connection.execute(
            f"SELECT text, count(*) {rows} GROUP BY 1 ORDER BY 2 DESC, 1", values
        ).fetchall()
        terms = [TermsMetrics.TermCount(term=term, count=count) for term, count in counts]
        return TermsMetrics(total=sum(count for _, count in counts), values=terms)
    low, high = held.connection.execute(f"SELECT min(num), max(num) {rows}", values).fetchone()
    if kind == MetadataPropertyType.float:
        return FloatMetadataMetrics(min=low, max=high)
    return IntegerMetadataMetrics(min=None if low is None else int(low), max=None if high is None else int(high))


def _where(number: int, query: Any, wanted: Any) -> tuple[Sql, list[str]]:
    parts, ranked = [Sql("r.dataset = ?", (number,))], list[str]()
    if wanted is not None:
        parts.append(filtered(number, wanted))
    if query is not None:
        condition, ranked = searched(number, query)
        parts.append(condition)
    return joined(parts, "AND"), ranked


def _search(dataset: str, query: Any, wanted: Any, sort: Any, offset: int, limit: int, user: Any) -> Any:
    held = index()
    number = held.number(dataset)
    where, ranked = _where(number, query, wanted)
    (total,) = held.connection.execute(f"SELECT count(*) FROM records r WHERE {where.text}", where.values).fetchone()
    hits, score = Sql("records r"), "1.0"
    if sort:
        parts = [ordered(number, order) for order in sort]
        order = Sql(", ".join(part.text for part in parts), sum((part.values for part in parts), ()))
    elif ranked and _is_rare(held, match(ranked)):
        hits = Sql(
            "records r LEFT JOIN (SELECT t.rec AS hit, min(f.rank) AS rank FROM (SELECT rowid AS row, rank FROM texts"
            " WHERE texts MATCH ?) f JOIN text_rows t ON t.row = f.row GROUP BY t.rec) ON hit = r.rec",
            (match(ranked),),
        )
        score, order = "coalesce(-rank, 0)", Sql("2 DESC")
    elif user is not None:
        order = queue(str(user))
    else:
        order = Sql("r.rec")
    rows = held.connection.execute(
        f"SELECT r.id, {score} FROM {hits.text} WHERE {where.text} ORDER BY {order.text}, r.rec LIMIT ? OFFSET ?",
        [*hits.values, *where.values, *order.values, limit, offset],
    )
    return SearchResponses(items=[SearchResponseItem(record_id=UUID(id_), score=at) for id_, at in rows], total=total)


def _is_rare(held: Index, matched: str) -> bool:
    some = f"SELECT count(*) FROM (SELECT 1 FROM texts WHERE texts MATCH ? LIMIT {RANKED + 1})"
    return bool(held.connection.execute(some, [matched]).fetchone()[0] <= RANKED)


def _near(dataset: str, settings_id: str, probe: Any, excluded: str, query: Any, wanted: Any) -> list[Any]:
    held = index()
    where, _ = _where(held.number(dataset), query, wanted)
    rows = held.connection.execute(
        "SELECT r.id, v.value FROM records r JOIN vectors v ON v.rec = r.rec AND v.settings = ?"
        f" WHERE {where.text} AND r.id <> ? ORDER BY r.rec",
        [settings_id, *where.values, excluded],
    ).fetchall()
    if not rows:
        return []
    units_RD = np.frombuffer(b"".join(value for _, value in rows), np.float32).reshape(len(rows), -1)  # records, dims
    scores_R = (1 + units_RD @ np.frombuffer(_unit(probe), np.float32)) / 2  # as Elasticsearch scores cosines
    best = np.argsort(-scores_R, kind="stable")
    return [SearchResponseItem(record_id=UUID(rows[at][0]), score=float(scores_R[at])) for at in best]
