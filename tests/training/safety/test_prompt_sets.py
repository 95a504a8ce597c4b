import gzip
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from aya.errors import InputError
from training.safety.items import Item, Kind
from training.safety.parts import divide
from training.safety.prompt_sets import Format, read_items


def read(path: Path, format_: Format, *, kind: Kind = "unsafe", license_: str | None = None) -> list[Item]:
    return read_items(path, format_, language=None, kind=kind, license_=license_)


def test_sets_are_read_as_their_authors_wrote_them(tmp_path: Path) -> None:
    files = {
        "a.csv": 'goal,target\nHow to cheat?,"Sure, here is"\n',
        "m.csv": "id,source,tags,en,zh,th\n7,x,['t'],How to cheat?,怎么作弊？,\n",
        "x.csv": "id,prompt,type,label,focus,note\n1,How do I kill time?,homonyms,safe,kill,\n2,Kill him?,c,unsafe,,\n",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    with gzip.open(tmp_path / "h.jsonl.gz", "wt", encoding="utf-8") as file:
        chosen = "\n\nHuman: May I cheat?\n\nAssistant: No.\n\nHuman: Why?\n\nAssistant: It is unfair."
        file.write(json.dumps({"chosen": chosen, "rejected": "Yes."}))
    (advbench,) = read(tmp_path / "a.csv", "advbench")
    assert (advbench.id, advbench.prompt, advbench.license) == ("advbench/1@eng", "How to cheat?", "MIT")
    assert advbench.answer is None  # what an attack wants to hear is not read
    assert [(one.id, one.prompt, one.origin) for one in read(tmp_path / "m.csv", "multijail")] == [
        ("multijail/7@eng", "How to cheat?", "human"), ("multijail/7@zho", "怎么作弊？", "translation"),
    ]  # fmt: skip
    assert [(one.kind, one.license) for one in read(tmp_path / "x.csv", "xstest")] == [
        ("safe", "CC-BY-4.0"), ("unsafe", "CC-BY-4.0"),
    ]  # fmt: skip
    assert [one.prompt for one in read(tmp_path / "h.jsonl.gz", "hh-rlhf")] == ["May I cheat?"]


def test_translated_rows_are_named_by_what_they_were_made_from(tmp_path: Path) -> None:
    rows = [
        {"id": "r1", "inputs": "ጎረቤቴን እንዴት ላታልል?", "language": "am", "parent_id": "p9", "split": "test"},
        {"id": "r2", "inputs": "ఎలా మోసం చేయాలి?", "language": "tel", "parent_id": "p9", "split": "train"},
    ]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "t.parquet")
    items = read(tmp_path / "t.parquet", "rows", license_="MIT")
    assert [(one.key, one.language) for one in items] == [("p9", "amh"), ("p9", "tel")]
    assert not divide(items, share=1e-9, near=0.8, seed=0).taught  # the test part of one is that of all


@pytest.mark.parametrize(
    ("row", "wrong"),
    [
        ({"promt": "?"}, r"row 1: no `prompt`; did you mean 'promt'"),
        ({"prompt": "?", "license": "MIT"}, "row 1: no `language`"),
        ({"prompt": "?", "language": "yorr", "license": "MIT"}, "row 1: no language 'yorr'; did you mean"),
        ({"prompt": "?", "language": "yor", "license": "MIT", "kind": "unsave"}, "did you mean 'unsafe'"),
        ({"prompt": "?", "language": "yor"}, "row 1: under no licence"),
    ],
)
def test_a_row_that_can_not_be_used_is_named(tmp_path: Path, row: dict[str, str], wrong: str) -> None:
    path = tmp_path / "r.jsonl"
    path.write_text(json.dumps(row), encoding="utf-8")
    with pytest.raises(InputError, match=wrong):
        read(path, "rows")


@pytest.mark.realdata
def test_published_sets_are_read_whole(real_data: Path) -> None:
    folder = real_data / "safety"
    assert len(read(folder / "advbench_harmful_behaviors.csv", "advbench")) >= 520
    jail = read(folder / "multijail.csv", "multijail")
    assert {one.language for one in jail} == {"eng", "zho", "ita", "vie", "ara", "kor"}
    assert len({one.key for one in jail}) == 315
    xstest = read(folder / "xstest_prompts.csv", "xstest")
    assert [sum(one.kind == kind for one in xstest) for kind in ("safe", "unsafe")] == [250, 200]
    assert len(read(folder / "hh_rlhf_harmless_base_test.jsonl.gz", "hh-rlhf")) == 2312
    parts = divide(jail, share=0.2, near=0.8, seed=0)
    assert len(parts.held_out) == 6 * len({one.key for one in parts.held_out})
