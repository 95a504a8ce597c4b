"""The project's own model of languages."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from collection import language_weights
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


@pytest.mark.parametrize("dense", [0, 1 << 15])
def test_how_weights_lie_changes_no_score(dense: int, monkeypatch: pytest.MonkeyPatch) -> None:
    ((_, letters),) = prose(pa.chunked_array([TEXTS]))
    scores_RL = shipped().scores(letters)
    assert len(shipped().weights.scripts_N) > 1_000
    monkeypatch.setattr(language_weights, "DENSE", dense)
    other = replace(shipped())
    assert np.array_equal(other.scores(letters), scores_RL)
    assert (len(other.weights.lines) > 0, len(other.weights.lists) < 1_000) == (dense > 0, dense > 0)
