import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pydantic import ValidationError

from aya.errors import InputError
from aya.table import canonical, records
from dedup.contamination import Contamination
from dedup.units import units
from tests.workshop import Workshop

Items = list[dict[str, Any]]

# The first two articles of the Universal Declaration of Human Rights (public domain), shortened.
ITEMS = {
    "amh": "የሰው ልጅ ሁሉ ሲወለድ ነጻና በክብርና በመብትም እኩልነት ያለው ነው፡፡ የተፈጥሮ ማስተዋልና ሕሊና ስላለው አንዱ ሌላውን",
    "ara": "يولد جميع الناس أحرارا متساوين في الكرامة والحقوق. وقد وهبوا عقلا وضميرا وعليهم أن يعامل بعضهم بعضا بروح الإخاء.",  # noqa: E501
    "mya": "လူတိုင်းသည် တူညီ လွတ်လပ်သော ဂုဏ်သိက္ခာဖြင့် လည်းကောင်း၊ တူညီလွတ်လပ်သော အခွင့်အရေးများဖြင့် လည်းကောင်း",
    "zho": "人人生而自由，在尊严和权利上一律平等。他们赋有理性和良心，并应以兄弟关系的精神相对待。",
    "hin": "सभी मनुष्यों को गौरव और अधिकारों के मामले में जन्मजात स्वतन्त्रता और समानता प्राप्त है। उन्हें बुद्धि और अन्तरात्मा",
    "tha": "มนุษย์ทั้งหลายเกิดมามีอิสระและเสมอภาคกันในเกียรติศักดิ์และสิทธิ ต่างมีเหตุผลและมโนธรรม",
    "tel": "ప్రతిపత్తిస్వత్వముల విషయమున మానవులెల్లరును జన్మతః స్వతంత్రులును సమానులును నగుదురు. వారు వివేచన-అంతఃకరణ",
    "yor": "Gbogbo ènìyàn ni a bí ní òmìnira; iyì àti ẹ̀tọ́ kọ̀ọ̀kan sì dọ́gba. Wọ́n ní ẹ̀bùn làákàyè àti ti ẹ̀rí-ọkàn, ó sì yẹ kí",  # noqa: E501
}


@pytest.fixture
def rights(tmp_path: Path) -> Path:
    """One item in eight languages."""
    path = tmp_path / "rights.jsonl"
    rows = [{"id": "art1", "language": code, "text": text} for code, text in ITEMS.items()]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def contamination(**settings: object) -> Contamination:
    return Contamination.model_validate(settings)


def judged(stage: Contamination, *texts: str | None) -> pa.Table:
    return stage(records({"id": str(i), "inputs": text, "targets": "x"} for i, text in enumerate(texts)))


def hits(table: pa.Table, row: int = 0) -> Items:
    return list(json.loads(table["contaminated_by"][row].as_py() or "[]"))


@pytest.mark.parametrize("code", ITEMS)
def test_an_item_inside_a_prompt_is_found_with_its_span(rights: Path, code: str) -> None:
    text = ITEMS[code]
    table = judged(contamination(against=rights), f"Q (1): {text}\n\nA:", text.upper()[: 3 * len(text) // 4])
    (hit,), (part,) = hits(table), hits(table, 1)
    about = {"set": "rights", "item": "art1", "language": code, "field": "text", "column": "inputs", "share": 1.0}
    assert about.items() <= hit.items()
    assert text.strip("။፡।. ").startswith(hit["span"].rstrip("…"))
    assert 0.6 < part["share"] < 0.9
    assert table["drop"].to_pylist() == ["dedup.contamination: text of an evaluation item"] * 2
    assert json.loads(table["evidence"][0].as_py()) == hit


def test_a_short_quotation_is_noted_and_stays(rights: Path) -> None:
    table = judged(contamination(against=rights), ITEMS["yor"][:50], ITEMS["tha"][:20], "Gbogbo ènìyàn", None)
    shares = table["contamination"].to_pylist()
    assert [share > 0 for share in shares] == [True, True, False, False]
    assert table["drop"].to_pylist() == [None] * 4
    assert table["contaminated"].to_pylist() == [False] * 4


def test_flagged_records_stay_and_are_marked(rights: Path) -> None:
    table = judged(contamination(against=rights, action="flag"), ITEMS["hin"])
    assert table["drop"].to_pylist() == table["evidence"].to_pylist() == [None]
    assert table["contaminated"].to_pylist() == [True]


def test_a_set_may_have_its_own_limits(rights: Path) -> None:
    half = ITEMS["ara"][:50]
    for settings, drops in (
        ({}, False),
        ({"share": 0.3}, True),
        ({"length": 40}, True),
        ({"share": 0.3, "flag": True}, False),
    ):
        one = {"files": str(rights)} | settings
        assert judged(contamination(against=[one]), half)["contaminated"].to_pylist() == [drops]


def test_edits_between_runs_leave_the_runs(rights: Path) -> None:
    text = ITEMS["yor"]
    (hit,) = hits(judged(contamination(against=rights), text.replace("dọ́gba", "bákan náà")))
    assert hit["share"] == round(1 - len(units("dọ́gba")) / len(units(text)), 4)
    assert hit["length"] == 43  # letters without tone marks before the word


def test_all_languages_of_an_item_are_named(rights: Path) -> None:
    found = hits(judged(contamination(against=rights), f"{ITEMS['zho']}\n{ITEMS['amh']}"))
    assert {(hit["item"], hit["language"]) for hit in found} == {("art1", "zho"), ("art1", "amh")}


def test_published_rules_can_be_compared(rights: Path) -> None:
    text = " ".join(ITEMS["yor"].split()[:14])
    rules: Mapping[str, list[bool]] = {"gpt3_13gram": [True, False], "palm_8gram_70": [False, False]}
    for rule, expected in rules.items():
        stage = contamination(against=rights, rule=rule)
        assert judged(stage, text, "Gbogbo ènìyàn")["contaminated"].to_pylist() == expected
        assert judged(stage, ITEMS["yor"])["contaminated"].to_pylist() == [True]


def test_notes_are_canonical_json_whatever_stands_in_a_text(tmp_path: Path) -> None:
    text = 'Ó sọ pé: "ìwé\\àkọsílẹ̀"\tni\u0001 èyí\nfún gbogbo wa pátápátá, kì í ṣe fún ẹnì kan'
    (tmp_path / "said.jsonl").write_text(json.dumps({"id": 'a"b', "text": text}) + "\n")
    note = judged(contamination(against=tmp_path / "said.jsonl"), f"Q: {text}")["contaminated_by"][0].as_py()
    assert note == canonical(json.loads(note))
    (hit,) = json.loads(note)
    assert (hit["span"], hit["item"], hit["language"]) == (text, 'a"b', None)


@pytest.mark.parametrize("against", ["nowhere.jsonl", "nowhere/*.parquet"])
def test_a_set_that_is_not_there_is_an_error(against: str) -> None:
    with pytest.raises(InputError, match="no file nowhere"):
        contamination(against=against).setup()


def test_limits_must_make_sense(rights: Path) -> None:
    with pytest.raises(ValidationError, match="least_dense must be at most least, 20, not 30"):
        contamination(against=rights, least=20, least_dense=30)


def test_a_recipe_leaves_contaminated_rows_out_and_says_so(tmp_path: Path) -> None:
    shop = Workshop(tmp_path)
    shop.rows(
        [{"q": f"{text} ?", "a": "x", "l": code} for code, text in ITEMS.items()]
        + [{"q": "Kí ni?", "a": "b", "l": "yor"}]
    )
    shop.rows([{"id": 1, "text": ITEMS["yor"]}, {"id": 2, "text": ITEMS["mya"]}], file="evals/rights.jsonl")
    stage = {"use": "dedup.contamination", "against": ["evals/*.jsonl"]}
    shop.recipe(stages=[stage], allow={"empty_languages": "all"})
    first = shop.build()
    assert shop.version().polars(dropped=True)["language"].sort().to_list() == ["mya", "yor"]
    assert shop.version().polars()["contamination"].max() == 0
    assert shop.build().version.name == first.version.name
    shop.rows([{"id": 1, "text": ITEMS["amh"]}], file="evals/rights.jsonl")
    shop.build()
    assert shop.version().polars(dropped=True)["language"].to_list() == ["amh"]


def test_the_lines_of_a_recipe_say_what_is_wrong_with_a_set(tmp_path: Path) -> None:
    shop = Workshop(tmp_path)
    shop.rows([{"q": "a", "a": "b", "l": "yor"}])
    shop.recipe(stages=[{"use": "dedup.contamination", "against": [{"files": "evals.jsonl", "feilds": ["text"]}]}])
    with pytest.raises(Exception, match="feilds"):
        shop.load()
