"""The project's own model of languages."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from collection import language_model
from collection.language_model import shipped
from collection.prose import prose

TEXTS = [
    "Ẹ káàárọ̀, ṣé dáadáa ni?",
    "నమస్కారం, మీరు ఎలా ఉన్నారు?",
    "မင်္ဂလာပါ",
    "Habari za asubuhi, rafiki yangu.",
    "",
    "宇宙船",
]


@pytest.mark.parametrize("many", [1, 1 << 15])
def test_how_weights_lie_changes_no_score(many: int, monkeypatch: pytest.MonkeyPatch) -> None:
    ((_, letters),) = prose(pa.chunked_array([TEXTS]))
    scores_RL = shipped().scores(letters)
    assert len(shipped().lines_ML) > 1_000
    monkeypatch.setattr(language_model, "MANY", many)
    other = replace(shipped())
    assert np.array_equal(other.scores(letters), scores_RL)
    assert len(other.lines_ML) == (len(other.keys_K) if many == 1 else 0)
