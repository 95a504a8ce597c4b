"""What may not be trained on goes, by the terms that a record carries."""

import json
from typing import Any

import pytest

from aya.table import records
from synthesis.terms import AllowedTerms


def reason(origin: str | None, facts: dict[str, Any] | None, **settings: Any) -> str | None:
    provenance = None if facts is None else json.dumps(facts)
    found: str | None = AllowedTerms(**settings)(records([{"id": "1", "origin": origin, "provenance": provenance}]))[
        "drop"
    ][0].as_py()
    return found


@pytest.mark.parametrize(
    ("origin", "facts"),
    [
        ("synthetic", {"terms": "no training"}),
        ("synthetic", {"terms": "no competing models"}),
        ("synthetic", {}),
        ("synthetic", None),
        ("translation", {"terms": "unknown"}),  # translated from what a model said
    ],
)
def test_generated_rows_need_terms_that_allow_training(origin: str, facts: dict[str, Any] | None) -> None:
    assert reason(origin, facts) == "synthesis.terms: no right to train"


def test_rows_that_may_be_trained_on_and_human_ones_stay() -> None:
    assert reason("synthetic", {"terms": "any use"}) is None
    assert reason("human", {}) is None
    assert reason(None, None) is None
    assert reason("synthetic", {"terms": "unknown"}, allow=("any use", "unknown")) is None
