"""One question more that the server answers: which responses of a dataset were given or changed since a moment.

Argilla's own interface lists records, all of them, and has no filter by the time of a response; a record's own time
stays as it is when an answer to it changes.
"""

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from argilla_server.database import get_async_db
from argilla_server.models import Record, Response, User
from argilla_server.security import auth
from fastapi import Depends, FastAPI, HTTPException, Query, Security
from sqlalchemy import select, tuple_

PATH = "/api/v1"
_FIRST = UUID(int=0)
NAME = "/aya/datasets/{dataset}/responses"


def add_changes(server: Any) -> None:
    """Let a server answer it, at `/api/v1/aya/datasets/{dataset}/responses`, to its owners."""
    interface: FastAPI = next(route.app for route in server.routes if getattr(route, "path", None) == PATH)
    interface.get(NAME)(changes)


async def changes(
    dataset: UUID,
    since: datetime,
    user: Annotated[User, Security(auth.get_current_user)],
    session: Annotated[Any, Depends(get_async_db)],
    after: UUID = _FIRST,
    limit: Annotated[int, Query(ge=1, le=1000)] = 500,
) -> dict[str, list[dict[str, Any]]]:
    """Return the responses of a dataset from a moment on, by their last change and id; `after` leaves out ids up to it.

    A page that ends at a moment is followed by the one from that moment `after` its last id.
    """
    if not user.is_owner:
        raise HTTPException(403, "only an owner may read everybody's responses")
    at = since.astimezone(UTC).replace(tzinfo=None) if since.tzinfo else since
    wanted = (
        select(Response, Record.external_id)
        .join(Record, Record.id == Response.record_id)
        .filter(Record.dataset_id == dataset, tuple_(Response.updated_at, Response.id) > tuple_(at, after))
        .order_by(Response.updated_at, Response.id)
        .limit(limit)
    )
    return {"items": [_row(*found) for found in await session.execute(wanted)]}


def _row(response: Any, external_id: str) -> dict[str, Any]:
    return {
        "id": str(response.id),
        "external_id": external_id,
        "user_id": str(response.user_id),
        "status": response.status.value,
        "values": response.values,
        "inserted_at": response.inserted_at.isoformat(),
        "updated_at": response.updated_at.isoformat(),
    }
