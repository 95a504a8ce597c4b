"""Counts of a build as plain data: by stage, reason, language and source; what every report is made of."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, TypedDict

from aya.record import BuildRecord
from aya.task import Count


class StageCounts(TypedDict):
    """One stage of a build."""

    stage: str
    rows_in: int
    kept: int
    dropped: dict[str, int]
    """By reason."""
    dropped_by_language: dict[str, dict[str, int]]
    """By reason, then by language."""
    seconds: float


PARTS = ("source", "language", "script")


def by(part: str, groups: Mapping[str, int]) -> dict[str, int]:
    """Return rows by `source`, `language` or `script` from rows by group, most first."""
    index = PARTS.index(part)
    result: Counter[str] = Counter()
    for group, num in groups.items():
        result[group.split(" ")[index]] += num
    return dict(sorted(result.items(), key=lambda item: (-item[1], item[0])))


def by_locale(groups: Mapping[str, int]) -> dict[str, int]:
    """Return rows by language and script, `yor_Latn`, in order of the name."""
    result: Counter[str] = Counter()
    for group, num in groups.items():
        _, language, script = group.split(" ")
        result[f"{language}_{script}"] += num
    return dict(sorted(result.items()))


def stage_counts(counts: Iterable[Count]) -> list[StageCounts]:
    """Return the counts of each stage in order; rows in = kept + dropped in each."""
    return [
        StageCounts(
            stage=count.stage,
            rows_in=sum(count.rows_in.values()),
            kept=sum(count.kept.values()),
            dropped={reason: sum(groups.values()) for reason, groups in count.dropped.items()},
            dropped_by_language={reason: by("language", groups) for reason, groups in count.dropped.items()},
            seconds=round(count.seconds, 3),
        )
        for count in counts
    ]


def report(name: str, record: BuildRecord) -> dict[str, Any]:
    """Return the report of a build as data for JSON."""
    counts = record.counts
    first, last = counts[0], counts[-1]
    return {
        "collection": record.recipe,
        "version": name,
        "sample": record.sample,
        "candidates": sum(first.rows_in.values()),
        "kept": sum(last.kept.values()),
        "languages": by("language", last.kept),
        "sources": by("source", last.kept),
        "candidates_by_language": by("language", first.rows_in),
        "candidates_by_source": by("source", first.rows_in),
        "not_taken": record.not_taken,
        "stages": stage_counts(counts),
        "quarantined": [item.model_dump() for item in record.quarantined],
        "passes": [step.model_dump(exclude={"counts", "tasks", "not_taken"}) for step in record.passes],
    }
