"""Which records of each group of one template are looked at."""

import numpy as np
import pyarrow as pa
import pytest

from aya.table import records
from dedup.boilerplate import Boilerplate
from dedup.compared import rows_of
from dedup.packed import unpacked
from dedup.sample import LEAST_SAMPLE, SAMPLE, Sample, sampled

BEFORE = "እባክዎን የሚከተለውን ጥያቄ በአጭሩ ይመልሱ፦ "


def table(num: int, *, template: str = "ask") -> pa.Table:
    """Return records of one template whose items are numbers."""
    rows = ({"id": f"{template}{n}", "inputs": f"{BEFORE}{n * 7919:09}", "template_id": template} for n in range(num))
    return records({"targets": "", "language": "amh", "source": "s"} | row for row in rows)


def verdict(*shards: pa.Table, most: int = SAMPLE) -> pa.Table:
    of = Sample(most=most)
    return of.conclude(of.settle(pa.concat_tables([of.summarise(shard) for shard in shards]), key="group"))


def test_the_sample_is_the_records_of_lowest_rank_in_whatever_shards() -> None:
    whole = pa.concat_tables([table(300), table(LEAST_SAMPLE, template="tell")])
    shards = [whole.slice(0, 90), whole.slice(90, 1), whole.slice(91, 200), whole.slice(291)]
    limits = verdict(*shards)
    assert limits.equals(verdict(whole))
    found = pa.concat_tables([sampled(shard, limits)[0] for shard in shards[::-1]])
    ranks = np.sort(rows_of(table(300)))[:SAMPLE].tolist()
    assert sorted(rows_of(found).tolist()) == sorted(ranks + rows_of(table(LEAST_SAMPLE, template="tell")).tolist())


def test_a_group_of_few_records_sends_none() -> None:
    few = pa.concat_tables([table(LEAST_SAMPLE - 1), table(LEAST_SAMPLE - 1, template="tell")])
    assert verdict(few).num_rows == 0
    assert Boilerplate().summarise(few, verdict(few)).num_rows == 0


@pytest.mark.parametrize("shards", [1, 5])
def test_texts_of_a_sample_alone_are_sent_however_many_shards_there_are(shards: int) -> None:
    whole, of = table(500), Boilerplate()
    cut = [whole.slice(start, 500 // shards) for start in range(0, 500, 500 // shards)]
    summary = pa.concat_tables([of.summarise(shard, verdict(*cut)) for shard in cut])
    assert sum(map(len, unpacked(summary))) == SAMPLE
    grams = of.settle(summary, key="part")["gram"].to_pylist()
    assert len(grams) >= len(BEFORE) - 4  # every run of five characters of the template; NFKD may take letters apart


def test_without_a_share_nothing_is_looked_at() -> None:
    of = Boilerplate(share=0)
    assert of.first.summarise(table(100)).num_rows == 0
    assert of.summarise(table(100), verdict(table(100), most=of.first.most)).num_rows == 0
