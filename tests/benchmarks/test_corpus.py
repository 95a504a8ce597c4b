from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from benchmarks.parts.corpus import write_corpus


@pytest.fixture(autouse=True)
def _sentences_of_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AYA_DATA", raising=False)


@pytest.mark.slow
def test_a_corpus_is_the_same_each_time_and_has_the_lengths_it_says(tmp_path: Path) -> None:
    one, other = (pq.read_table(write_corpus(tmp_path / name, rows=2000, seed=3)) for name in ("a", "b"))
    assert one.equals(other)
    lengths = pc.utf8_length(one["text"])
    assert one.num_rows == 2000
    assert pc.max(lengths).as_py() < 4200  # twice 2,000 where white space or letters were doubled
    assert 350 < pc.mean(lengths).as_py() < 450
