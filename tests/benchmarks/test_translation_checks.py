"""Corrupted translations are told from good ones: how corruptions are made, and two languages of NTREX-128."""

import os
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from benchmarks.parts.corruptions import KINDS, corrupted
from benchmarks.translation_checks import auc, measured, ntrex, report
from tests.translated import lists


def test_each_kind_of_corruption_is_made_in_its_share_of_rows() -> None:
    pairs = [(f"{source} 12", f"{target} ፲፪ 12") for source, target in lists("amh", 100)]
    sources, texts = [source for source, _ in pairs], [target for _, target in pairs]
    made = corrupted(sources, texts, [["Ẹ káàárọ̀"] * 100], share=0.05, seed="a")
    assert made == corrupted(sources, texts, [["Ẹ káàárọ̀"] * 100], share=0.05, seed="a")
    assert {kind: made.kinds.count(kind) for kind in KINDS} == dict.fromkeys(KINDS, 5)
    for source, text, bad, kind in zip(sources, texts, *made, strict=True):
        assert (bad == text) is (kind == "")
        assert (bad == source) is (kind == "copy")
        assert kind != "swapped rows" or bad in texts
        assert kind != "truncation" or 0.29 < len(bad) / len(text) < 0.71
    assert sorted(bad for bad, kind in zip(*made, strict=True) if kind == "swapped rows") == sorted(
        text for text, kind in zip(texts, made.kinds, strict=True) if kind == "swapped rows"
    )


def test_the_area_under_the_curve_counts_ties_by_half() -> None:
    assert auc(np.array([2.0, 1.0]), np.array([1.0, 0.0])) == 0.875  # three pairs right, one tied
    assert np.isnan(auc(np.array([]), np.array([1.0])))


@pytest.mark.realdata
@pytest.mark.slow
@pytest.mark.skipif("AYA_DATA" not in os.environ, reason="AYA_DATA is not set")
def test_corrupted_translations_of_news_are_found() -> None:
    done = [measured(*task) for task in islice(ntrex(Path(os.environ["AYA_DATA"]), None), 2)]  # Amharic, Arabic
    for kind in KINDS:
        best = [max(value for name, value in one["auc"].items() if name.startswith(kind)) for one in done]
        assert min(best) > 0.95, kind
        assert min(one["together"][kind] for one in done) > 0.9, kind
    assert "| swapped rows: match_z |" in report(done)
