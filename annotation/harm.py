"""What people did today (UTC): how long they looked at harmful content, how much they answered."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

LONGEST: Final = 15.0
"""Minutes that one item counts at most, and when nothing says how long it took.

Argilla notes when an answer was given, not when its item was opened.
"""


def minutes(responses: Iterable[Mapping[str, Any]], harmful: frozenset[str], *, now: datetime) -> dict[str, float]:
    """Return the minutes of the day of `now` (UTC) by pseudonym.

    An answer to a harmful item counts the time since the person's answer before it, on any item, at most `LONGEST`.
    """
    day = now.astimezone(UTC).date()
    times: dict[str, list[tuple[datetime, str]]] = {}
    for row in responses:
        at = row["updated_at"]
        if at.astimezone(UTC).date() == day:
            times.setdefault(row["annotator"], []).append((at, row["item"]))
    return {annotator: _sum(sorted(answers), harmful) for annotator, answers in times.items()}


def _sum(answers: list[tuple[datetime, str]], harmful: frozenset[str]) -> float:
    total, before = 0.0, None
    for at, item in answers:
        if item in harmful:
            total += LONGEST if before is None else min(LONGEST, (at - before).total_seconds() / 60)
        before = at
    return total


def tired(
    responses: Iterable[Mapping[str, Any]], harmful: frozenset[str], *, hours: float, now: datetime
) -> frozenset[str]:
    """Return who must see no more harmful content today: one more item could exceed the hours."""
    return frozenset(
        annotator for annotator, used in minutes(responses, harmful, now=now).items() if used + LONGEST > hours * 60
    )


def full(responses: Iterable[Mapping[str, Any]], *, daily: int | None, now: datetime) -> frozenset[str]:
    """Return who gave as many answers today as anybody may, first given today; None is no limit."""
    day = now.astimezone(UTC).date()
    given = Counter(
        row["annotator"]
        for row in responses
        if row["status"] == "submitted" and row["inserted_at"].astimezone(UTC).date() == day
    )
    return frozenset(annotator for annotator, num in given.items() if daily is not None and num >= daily)
