"""Filters on the output of real models, against rows that were read and labelled."""

from pathlib import Path

import pytest

from benchmarks.synthesis import judged, machine_output, scores


@pytest.mark.realdata
@pytest.mark.slow
def test_filters_are_right_on_what_was_read(real_data: Path) -> None:
    table = machine_output(real_data)
    found = scores(table, judged(table))
    assert len(table) == 7439
    assert found["other_language"]["precision"] > 0.9
    assert found["degenerate"]["recall"] > 0.85
    assert min(found["refusal"].values()) > 0.88
    assert min(found["cut_off"].values()) > 0.95
