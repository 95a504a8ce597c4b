import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pydantic import ValidationError

from aya.checks import BuildError
from aya.errors import InputError
from aya.stage import run_global
from aya.table import records
from dedup.candidates import Candidates
from dedup.minhash import MinHash
from dedup.normalise import reference
from tests.workshop import Workshop

# One sentence each, of a made-up report on a harvest; written for these tests.
SENTENCES = {
    "amh": "ገበሬዎቹ በዚህ ዓመት ከፍተኛ የጤፍ ምርት ሰበሰቡ፤ ነገር ግን ወደ ከተማ የሚወስደው መንገድ በዝናብ ምክንያት ተዘግቷል።",
    "ara": "جمع المزارعون هذا العام محصولا كبيرا من القمح، لكن الطريق المؤدي إلى المدينة أغلق بسبب الأمطار.",
    "mya": "ဒီနှစ်မှာ လယ်သမားတွေ စပါးအထွက်ကောင်းပေမယ့် မြို့ကိုသွားတဲ့လမ်းက မိုးကြောင့် ပိတ်သွားတယ်။",
    "zho": "今年农民们收获了大量的小麦，但是通往城市的道路因为连日的大雨而被封闭，粮食无法运出村庄，大家都很着急。",
    "hin": "इस साल किसानों ने गेहूँ की बहुत अच्छी फसल काटी, लेकिन शहर जाने वाली सड़क बारिश के कारण बंद हो गई।",
    "tha": "ปีนี้ชาวนาเก็บเกี่ยวข้าวได้มากกว่าปีก่อน แต่ถนนที่ไปยังเมืองถูกปิดเพราะฝนตกหนักติดต่อกันหลายวัน",
    "tel": "ఈ సంవత్సరం రైతులు గోధుమ పంటను బాగా పండించారు, కానీ పట్టణానికి వెళ్ళే రహదారి వర్షాల వల్ల మూసివేయబడింది.",
    "yor": "Àwọn àgbẹ̀ kórè ọ̀pọ̀lọpọ̀ àgbàdo lọ́dún yìí, ṣùgbọ́n ọ̀nà tó lọ sí ìlú ńlá ti dí nítorí òjò tó rọ̀.",
}


def jaccard(one: str, other: str) -> float:
    """The similarity by its definition, in Python."""
    grams = [{text[i : i + 5] for i in range(len(text) - 4)} for text in map(reference, (one, other))]
    return len(grams[0] & grams[1]) / len(grams[0] | grams[1])


def judge(rows: list[dict[str, Any]], **settings: Any) -> dict[str, dict[str, Any] | None]:
    """Return the evidence on every record that goes, None for one that stays."""
    whole = [{"language": "yor", "inputs": "", "targets": "", "id": str(place)} | row for place, row in enumerate(rows)]
    table = run_global(MinHash(**settings), records(whole))
    evidence = (None if text is None else json.loads(text) for text in table["evidence"].to_pylist())
    return dict(zip(table["id"].to_pylist(), evidence, strict=True))


@pytest.mark.parametrize("language", SENTENCES)
def test_an_edited_copy_goes_with_the_score_that_the_definition_gives(language: str) -> None:
    text = SENTENCES[language]
    edited = text[:-2] + "!"
    found = judge([{"inputs": text, "origin": "human"}, {"inputs": edited, "origin": "synthetic"}])
    assert found == {"0": None, "1": {"kept": "0", "jaccard": round(jaccard(text, edited), 4), "cluster": 2}}


@pytest.mark.parametrize("language", SENTENCES)
def test_another_text_of_the_language_stays(language: str) -> None:
    text = SENTENCES[language]
    half = len(text) // 2
    assert judge([{"inputs": text}, {"inputs": text[half:] + text[: half // 2]}]) == {"0": None, "1": None}


def test_case_width_and_white_space_make_no_difference() -> None:
    text = "Ṣé o ti rí ìwé tuntun náà nílé ìkàwé? 12 Ｏｗó kékeré"
    loud = text.upper().replace(" ", " \n ").replace("12", "１２")
    assert judge([{"inputs": text, "origin": "human"}, {"inputs": loud}])["1"] == {
        "kept": "0",
        "jaccard": 1.0,
        "cluster": 2,
    }


def test_the_better_origin_stays_then_the_higher_quality() -> None:
    text = SENTENCES["yor"]
    origins = ["synthetic", "translation", "human", "template"]
    rows = [{"id": origin, "inputs": f"{text}{'!' * i}", "origin": origin} for i, origin in enumerate(origins)]
    assert [id_ for id_, evidence in judge(rows).items() if evidence is None] == ["human"]

    table = records({"id": str(i), "inputs": f"{text}{'.' * i}", "targets": "", "language": "yor"} for i in range(3))
    table = table.append_column("score", pa.array([0.25, None, 0.5]))
    judged = run_global(MinHash(quality="score"), table)
    assert judged["drop"].is_null().to_pylist() == [False, False, True]


def test_a_row_goes_only_for_one_that_stays() -> None:
    """b is like a, c is like b but not like a: c stays, although a chain leads from it to a."""
    words = [f"{n}ọ̀rọ̀{n * n}" for n in range(60)]
    a, b, c = " ".join(words), " ".join(words[9:]), " ".join(words[17:])
    assert jaccard(a, b) > 0.8
    assert jaccard(b, c) > 0.8
    assert jaccard(a, c) < 0.8
    rows = [{"inputs": text, "origin": origin} for text, origin in ((a, "human"), (b, "template"), (c, "translation"))]
    found = judge(rows)
    assert found["1"] is not None
    assert (found["0"], found["2"], found["1"]["kept"]) == (None, None, "0")


def test_the_copy_of_a_row_that_goes_is_scored_against_the_one_that_stays() -> None:
    text = SENTENCES["ara"]
    rows = [{"inputs": text, "origin": "human"}, *({"inputs": f"{text} نعم", "origin": "synthetic"} for _ in range(3))]
    found = judge(rows)
    score = round(jaccard(text, f"{text} نعم"), 4)
    assert [found[name] for name in "123"] == [{"kept": "0", "jaccard": score, "cluster": 4}] * 3


def test_nothing_is_merged_across_languages() -> None:
    text = SENTENCES["zho"]
    assert judge([{"inputs": text, "language": "zho"}, {"inputs": text, "language": "jpn"}]) == {"0": None, "1": None}


def test_different_short_answers_to_one_question_stay() -> None:
    question = SENTENCES["hin"]
    rows = [{"inputs": question, "targets": answer} for answer in ("हाँ", "नहीं", "हाँ")]
    assert [evidence is None for evidence in judge(rows).values()].count(True) == 2
    assert sum(evidence is None for evidence in judge(rows, fields="inputs").values()) == 1


def test_ten_questions_on_one_passage_are_ten_records() -> None:
    passage = " ".join(SENTENCES[language] for language in ("tel", "hin", "ara"))
    questions = [SENTENCES["yor"], SENTENCES["amh"], SENTENCES["mya"], f"{SENTENCES['mya']}!"]
    found = judge([{"inputs": passage, "targets": question} for question in questions])
    assert [evidence is None for evidence in found.values()].count(True) == 3
    score = found["2"] or found["3"]
    assert score is not None
    assert score["jaccard"] == round(jaccard(questions[2], questions[3]), 4)  # inputs are the same, targets less alike


def test_one_item_in_two_templates_of_a_source_is_two_records() -> None:
    rows = [
        {"inputs": SENTENCES["tha"] + end, "source": "s", "template_id": id_} for id_, end in (("a", ""), ("b", "!"))
    ]
    assert list(judge(rows).values()) == [None, None]
    assert sum(evidence is None for evidence in judge(rows, templates="together").values()) == 1
    rows[1]["source"] = "another"
    assert sum(evidence is None for evidence in judge(rows).values()) == 1


def test_short_texts_go_as_copies_alone() -> None:
    found = judge([{"inputs": "ọjà"}, {"inputs": "Ọjà"}, {"inputs": "ọjà."}, {"inputs": ""}, {"inputs": " "}])
    assert [evidence is None for evidence in found.values()].count(True) == 4
    assert found["2"] is found["3"] is found["4"] is None


TEMPLATE = (
    "Read the report of the village council carefully, think about what each of the speakers wanted to say, and then "
    "answer in one short sentence, in your own words, without repeating the question: who brought the {} to the market?"
)


def templated(num: int) -> list[dict[str, Any]]:
    """Records of one long template whose items are five words."""
    things = ["maize", "cassava", "yams", "beans", "millet", "rice", "okra", "onions", "ginger", "kola"]
    kinds = ["red", "white", "dried", "early", "sweet", "bitter", "stored"]
    items = [f"{kinds[i % 7]} {things[i % 10]} of farmer number {i * i + 17}" for i in range(num)]
    rows = [{"inputs": TEMPLATE.format(item), "template_id": "who", "source": "council"} for item in items]
    return [*rows, {"inputs": TEMPLATE.format(items[5]).replace("farmer number", "farmer nr."), "template_id": "who"}]


def test_the_items_of_a_long_template_do_not_become_one_cluster() -> None:
    rows = templated(60)
    assert jaccard(rows[0]["inputs"], rows[1]["inputs"]) > 0.8
    assert sum(evidence is not None for evidence in judge(rows, boilerplate=0).values()) > 50
    gone = [id_ for id_, evidence in judge(rows).items() if evidence is not None]
    assert len(gone) <= 1


def test_an_item_twice_in_a_template_is_still_a_copy() -> None:
    rows = [*templated(60)[:-1], templated(60)[7]]
    assert [id_ for id_, evidence in judge(rows).items() if evidence is not None] in (["7"], ["60"])


def test_invalid_utf8_is_refused() -> None:
    table = records([{"id": "1", "targets": "", "language": "yor"}])
    broken = pa.array([b"\xc3"]).view(pa.string()).cast(pa.large_string(), safe=False)
    table = table.set_column(1, "inputs", broken)
    with pytest.raises(InputError, match="row 1 of the texts is not UTF-8"):
        run_global(MinHash(), table)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"bands": 16}, "set both bands and rows"),
        ({"bands": 17, "rows": 8}, "at most 128, not 136"),
        ({"threshold": 0.2}, "greater than or equal to 0.5"),
    ],
)
def test_wrong_settings_are_refused(settings: Mapping[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        MinHash.model_validate(settings)


def test_bands_follow_from_the_threshold() -> None:
    assert MinHash().banding == (16, 8)  # 1 - (1 - .8^8)^16 = .947
    assert MinHash(recall=0.98).banding == (18, 7)  # 1 - (1 - .8^7)^18 = .985
    assert MinHash(threshold=0.5).banding == (32, 4) or MinHash(threshold=0.5).banding[1] < 8


@pytest.mark.slow
def test_a_build_gives_the_same_whatever_the_workers_and_the_files(tmp_path: Path) -> None:
    text = SENTENCES["tel"]
    rows = [{"q": text, "a": f"{text[:60]}{'!' * i}", "l": "tel"} for i in range(12)]
    fates = []
    for name, workers, num in (("one", 0, 12), ("two", 2, 5)):
        (tmp_path / name).mkdir()
        made = Workshop(tmp_path / name)
        for start in range(0, 12, num):
            made.rows(rows[start : start + num], file=f"part-{start:02}.jsonl")
        made.recipe(files="part-*.jsonl", stages=[{"use": "dedup.minhash"}], allow={"dropped": 1.0})
        assert made.build(workers=workers).record.quarantined == ()
        gone = made.version().scan(dropped=True).collect()
        fates.append(
            sorted(
                zip(gone["targets"], gone["drop"], (json.loads(e)["jaccard"] for e in gone["evidence"]), strict=True)
            )
        )
        assert len(gone) == 11
        assert {json.loads(e)["kept"] for e in gone["evidence"]} == set(made.version().scan().collect()["id"])
    assert {reason for _, reason, _ in fates[0]} == {"dedup.minhash: near copy of another record"}


def test_a_verdict_on_a_part_of_the_rows_stops_the_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = Workshop(tmp_path)
    made.rows([{"q": text, "a": text, "l": language} for language, text in SENTENCES.items()])
    made.recipe(stages=[{"use": "dedup.minhash"}])
    settle = Candidates.settle

    def broken(self: Candidates, rows: pa.Table, *, key: str) -> pa.Table:
        if key == "band_07":
            raise RuntimeError("no more room")
        return settle(self, rows, key=key)

    monkeypatch.setattr(Candidates, "settle", broken)
    with pytest.raises(BuildError, match=r"round 3: settle: .*no more room"):
        made.build()
    monkeypatch.undo()
    assert made.build().record.quarantined == ()
