"""The owner of the server, and the refusal of accounts that everybody knows how to open."""

import json
from pathlib import Path
from typing import Any

from argilla_server.contexts.accounts import hash_password, verify_password
from argilla_server.enums import UserRole
from argilla_server.models import User
from sqlalchemy import select

from annotation.engine.guard import PUBLISHED

_NAMES = ("argilla", "owner", "admin", "annotator")


async def refuse_published(session: Any) -> None:
    """Raise if an account of this database has a key or a password that Argilla's own images and guides use.

    Raises:
        PermissionError: there is one; the text names it.

    """
    for user in (await session.execute(select(User))).scalars():
        known = user.username in _NAMES and any(verify_password(word, user.password_hash) for word in PUBLISHED)
        if known or user.api_key in PUBLISHED:
            raise PermissionError(f"the account {user.username!r} has a password or key that everybody knows")


async def make_owner(session: Any, secrets: Path) -> None:
    """Make the owner as the file of secrets has it, or give an owner who is there its password and key."""
    wanted = json.loads(secrets.read_text("utf-8"))
    user = (await session.execute(select(User).filter_by(username=wanted["username"]))).scalar_one_or_none()
    if user is None:
        user = User(username=wanted["username"], first_name="Owner", role=UserRole.owner)
        session.add(user)
    elif user.api_key == wanted["api_key"] and verify_password(wanted["password"], user.password_hash):
        return
    user.api_key, user.password_hash = wanted["api_key"], hash_password(wanted["password"])
    await session.commit()
