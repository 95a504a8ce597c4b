"""Who leads, by day, week and language, and how far every language is from its goal."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from annotation.answers import Answer
from annotation.scores import Score, scores


@dataclass(frozen=True, kw_only=True, slots=True)
class Leaderboard:
    """Scores, best first. Days and weeks (from Monday) are those of UTC."""

    daily: Sequence[Score]
    weekly: Sequence[Score]
    overall: Sequence[Score]
    by_language: Mapping[str, Sequence[Score]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """How far one task of one language is."""

    language: str
    task: str
    answered: int
    """Items with an answer that was submitted."""
    goal: int | None
    people: int

    @property
    def share(self) -> float | None:
        """Part of the goal that is reached, at most 1."""
        return min(1.0, self.answered / self.goal) if self.goal else None


def leaderboard(found: Sequence[Answer], *, now: datetime) -> Leaderboard:
    """Return the boards as of `now`; days and weeks go by points, for reviews of their work come later."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    monday = midnight - timedelta(days=midnight.weekday())
    past = [answer for answer in found if answer.at <= now]
    languages = sorted({answer.item.language for answer in past})
    return Leaderboard(
        daily=_by_points([answer for answer in past if answer.at >= midnight]),
        weekly=_by_points([answer for answer in past if answer.at >= monday]),
        overall=scores(past),
        by_language={code: scores([answer for answer in past if answer.item.language == code]) for code in languages},
    )


def progress(
    found: Sequence[Answer], *, languages: Sequence[str], tasks: Sequence[str], goals: Mapping[str, int | None]
) -> list[Progress]:
    """Return every language and task of a campaign, also those that nobody has begun; gold items aside."""
    found = [answer for answer in found if not answer.item.gold]
    items, people = Counter[tuple[str, str]](), defaultdict[tuple[str, str], set[str]](set)
    for language, task, _ in {(answer.item.language, answer.item.task, answer.item.id) for answer in found}:
        items[language, task] += 1
    for answer in found:
        people[answer.item.language, answer.item.task].add(answer.annotator)
    return [
        Progress(
            language=code, task=task, answered=items[code, task], goal=goals.get(code), people=len(people[code, task])
        )
        for code in languages
        for task in tasks
    ]


def _by_points(found: Sequence[Answer]) -> list[Score]:
    return sorted(scores(found), key=lambda score: (-score.points, -score.aya_score, score.annotator))
