"""Wait for the search engine and the Redis that a server is set up with: they may start at the same time."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final
from urllib.parse import urlsplit

from argilla_server.jobs.queues import REDIS_CONNECTION
from argilla_server.search_engine.base import SearchEngine
from argilla_server.settings import settings
from redis.exceptions import RedisError

from annotation.engine import embedded

PATIENCE: Final = 60  # seconds, as Argilla itself waits
Tell = Callable[[str], None]


async def reach(tell: Tell) -> None:
    """Return when both answer.

    Raises:
        ConnectionError: one does not, for a minute; the text names it and its address.

    """
    if settings.search_engine != embedded.NAME:
        await _wait(_search_engine, settings.search_engine, settings.elasticsearch, tell)
    await _wait(_redis, "redis", settings.redis_url, tell)


async def _wait(answers: Callable[[], Awaitable[Any]], name: str, url: str, tell: Tell) -> None:
    address = urlsplit(url)._replace(query="", fragment="")
    where = address._replace(netloc=address.netloc.rpartition("@")[2]).geturl()  # without a password
    for second in range(PATIENCE):
        if await answers():
            return
        if second == 0:
            tell(f"waiting for {name} at {where}")
        await asyncio.sleep(1)
    raise ConnectionError(f"no {name} answers at {where}")


async def _search_engine() -> bool:
    async with SearchEngine.get_by_name(settings.search_engine) as engine:
        return bool(await engine.ping())


async def _redis() -> bool:
    try:
        return bool(REDIS_CONNECTION.ping())
    except RedisError:
        return False
