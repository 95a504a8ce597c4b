"""Summaries of many rows are settled range by range."""

import pytest

from aya.build import PassStarted
from tests.workshop import QUESTIONS, Workshop, contents


def test_a_cut_into_ranges_changes_no_byte(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    near = [row | {"q": f"{row['q']} {row['q']} {row['q']}{sign}"} for row in QUESTIONS for sign in ("", "!", "!!")]
    workshop.rows([*QUESTIONS, *near, *QUESTIONS])
    stages = [
        {"use": "dedup.exact"},
        {"use": "dedup.minhash"},
        {"use": "collection.caps", "most": 2, "by": ["language"]},
    ]
    workshop.recipe(stages=stages, allow={"dropped": 1})
    whole = workshop.build().version
    monkeypatch.setattr("aya.plan.SETTLE_ROWS", 3)
    monkeypatch.setattr("aya.plan.PARTITION_ROWS", 1)
    names: list[str] = []
    workshop.store = type(workshop.store)(workshop.folder / "other")
    cut = workshop.build(report=lambda event: names.append(event.name) if isinstance(event, PassStarted) else None)
    assert contents(cut.version) == contents(whole)
    assert [name for name in names if name.endswith(": partition")] == [
        "dedup.exact: partition",
        "dedup.minhash: partition",
        "dedup.minhash, round 3: partition",  # the second is sent nothing: no group is large enough for a template
        "dedup.minhash, round 4: partition",
        "collection.caps: partition",
    ]
