"""Compare the search index with the database at start, and put right what differs.

Argilla writes to the index after it has committed, so a server that was killed in between leaves records behind that
the index holds as they were before. Each row carries the time of its last change on both sides; only what differs is
indexed again.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

from argilla_server.cli.search_engine.reindex import Reindexer
from argilla_server.contexts import distribution
from argilla_server.models import Dataset, Question, Record, Response, Suggestion
from argilla_server.search_engine.base import SearchEngine
from argilla_server.settings import settings
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from annotation.engine import embedded
from annotation.engine.conditions import moment

Tell = Callable[[str], None]
_AT_ONCE = 200


async def check(session: Any, tell: Tell) -> None:
    """Bring the index, of whatever kind, and the statuses of the records in line with the database."""
    async with SearchEngine.get_by_name(settings.search_engine) as engine:
        if settings.search_engine == embedded.NAME:
            await _check_embedded(session, engine, tell)
        else:
            await _check_counts(session, engine, tell)
        await _check_statuses(session, engine, tell)


async def _check_embedded(session: Any, engine: Any, tell: Tell) -> None:
    held = embedded.index()
    if not held.is_sound():
        tell("making the search index")
        held.make()
    datasets = await _datasets(session)
    for id_ in set(held.datasets()) - {str(dataset.id) for dataset in datasets}:
        held.drop_dataset(id_)
    for dataset in datasets:
        if dataset.is_draft:
            continue
        held.add_dataset(str(dataset.id))
        there, here = await _stamps_of_database(session, dataset.id), _stamps_of_index(str(dataset.id))
        held.remove(here.keys() - there.keys())
        changed = [id_ for id_, stamp in there.items() if here.get(id_) != stamp]
        for start in range(0, len(changed), _AT_ONCE):
            tell(f"indexing {dataset.name}: {start} of {len(changed)} records")
            await engine.index_records(dataset, await _records(session, changed[start : start + _AT_ONCE]))
            session.expunge_all()


async def _datasets(session: Any) -> list[Any]:
    wanted = select(Dataset).options(selectinload(Dataset.fields))
    return list((await session.execute(wanted)).scalars())


async def _records(session: Any, ids: Iterable[str]) -> list[Any]:
    wanted = (
        select(Record)
        .filter(Record.id.in_([UUID(id_) for id_ in ids]))
        .order_by(Record.inserted_at)
        .options(
            selectinload(Record.responses),
            selectinload(Record.suggestions).selectinload(Suggestion.question),
            selectinload(Record.vectors),
        )
    )
    return list((await session.execute(wanted)).scalars())


async def _stamps_of_database(session: Any, dataset: UUID) -> dict[str, frozenset[tuple[str, ...]]]:
    """Return what must be known of each record: itself, its suggestions, its responses, each with its last change."""
    records = select(Record.id, Record.status, Record.updated_at).filter_by(dataset_id=dataset)
    suggestions = (
        select(Suggestion.record_id, Question.name, Suggestion.updated_at)
        .join(Record, Record.id == Suggestion.record_id)
        .join(Question, Question.id == Suggestion.question_id)
        .filter(Record.dataset_id == dataset)
    )
    responses = (
        select(Response.record_id, Response.id, Response.status, Response.updated_at)
        .join(Record, Record.id == Response.record_id)
        .filter(Record.dataset_id == dataset)
    )
    stamps: dict[str, set[tuple[str, ...]]] = defaultdict(set)
    for id_, status, at in await session.execute(records):
        stamps[str(id_)].add((status.value, moment(at)))
    for id_, question, at in await session.execute(suggestions):
        stamps[str(id_)].add((question, moment(at)))
    for id_, response, status, at in await session.execute(responses):
        stamps[str(id_)].add((str(response), status.value, moment(at)))
    return {id_: frozenset(found) for id_, found in stamps.items()}


def _stamps_of_index(dataset: str) -> dict[str, frozenset[tuple[str, ...]]]:
    held = embedded.index()
    stamps: dict[str, set[tuple[str, ...]]] = defaultdict(set)
    for rows in (
        "SELECT id, status, updated_at FROM records r WHERE dataset = ?",
        "SELECT r.id, s.question, s.updated_at FROM records r JOIN suggestions s USING (rec) WHERE r.dataset = ?",
        "SELECT r.id, p.id, p.status, p.updated_at FROM records r JOIN responses p USING (rec) WHERE r.dataset = ?",
    ):
        for id_, *stamp in held.connection.execute(rows, [held.number(dataset)]):
            stamps[id_].add(tuple(stamp))
    return {id_: frozenset(found) for id_, found in stamps.items()}


async def _check_counts(session: Any, engine: Any, tell: Tell) -> None:
    """Index a dataset again in Elasticsearch or OpenSearch if its counts by status are not those of the database."""
    for dataset in await _datasets(session):
        if dataset.is_draft:
            continue
        statuses = (await session.execute(select(Record.status).filter_by(dataset_id=dataset.id))).scalars().all()
        try:
            counted = await engine.get_dataset_progress(dataset)
        except Exception as error:  # whatever the engine's client raises when there is no such index
            tell(f"{dataset.name} is not in the search engine ({type(error).__name__})")
            counted = {}
        wanted = {status: sum(each.value == status for each in statuses) for status in ("pending", "completed")}
        if {status: counted.get(status, 0) for status in wanted} == wanted:
            continue
        tell(f"indexing {dataset.name}: {len(statuses)} records")
        full = await Reindexer.reindex_dataset(session, engine, dataset.id)
        async for _ in Reindexer.reindex_dataset_records(session, engine, full):
            pass


async def _check_statuses(session: Any, engine: Any, tell: Tell) -> None:
    """Set the statuses that a lost job would have set: enough submitted responses complete a record."""
    for dataset in await _datasets(session):
        submitted = select(Response.record_id).filter_by(status="submitted").join(Record)
        counts: dict[UUID, int] = defaultdict(int)
        for (id_,) in await session.execute(submitted.filter(Record.dataset_id == dataset.id)):
            counts[id_] += 1
        records = select(Record.id, Record.status).filter_by(dataset_id=dataset.id)
        enough = dataset.distribution["min_submitted"]
        wrong = [
            id_ for id_, status in await session.execute(records)
            if (status.value == "completed") != (counts[id_] >= enough)
        ]  # fmt: skip
        if wrong:
            tell(f"setting the status of {len(wrong)} records of {dataset.name}")
        await session.commit()  # gives the database free for the statuses, which are set one by one
        for id_ in wrong:
            await distribution.update_record_status(engine, id_)
