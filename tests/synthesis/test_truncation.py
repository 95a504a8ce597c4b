"""Answers that were cut off are found by what the model said, or by how the text ends."""

import json

import pytest

from aya.table import records
from synthesis.truncation import Truncation

SENTENCES = {
    "amh": "አዲስ አበባ የኢትዮጵያ ዋና ከተማ ናት። ",
    "ara": "القاهرة هي عاصمة مصر. ",
    "hin": "दिल्ली भारत की राजधानी है। ",
    "mya": "ရန်ကုန်သည် မြန်မာနိုင်ငံ၏ အကြီးဆုံးမြို့ ဖြစ်သည်။ ",
    "tel": "హైదరాబాదు తెలంగాణ రాజధాని. ",
    "yor": "Èkó ni ìlú tó tóbi jù ní Nàìjíríà. ",
    "zho": "北京是中国的首都。 ",
}


def is_cut(text: str, finish: str | None = None, **settings: int) -> bool:
    provenance = json.dumps({"finish": finish}) if finish else None
    table = records([{"id": "1", "targets": text, "provenance": provenance}])
    found: str | None = Truncation.model_validate(settings)(table)["drop"][0].as_py()
    return found is not None


@pytest.mark.parametrize("language", SENTENCES)
def test_a_sentence_without_its_end_is_cut_off_in_any_script(language: str) -> None:
    whole = SENTENCES[language] * 40
    tail = SENTENCES[language].strip()[:-1].replace(".", "")
    assert not is_cut(whole)
    assert is_cut(whole + f"{tail}, " * 6 + tail[:-1])


@pytest.mark.parametrize("language", SENTENCES)
def test_half_a_sentence_behind_whole_ones_is_cut_off_in_any_script(language: str) -> None:
    whole, half = SENTENCES[language] * 12, SENTENCES[language][: len(SENTENCES[language]) // 2].strip()
    assert not is_cut(f"{whole}\n{half}", least=80)  # a signature, it may be
    assert is_cut(whole + half, least=80)


@pytest.mark.parametrize("words", ["la casa, ", "ขอบคุณ", "私は人間の能力を有する", "KOJIKO", "የሰው ልጅ "])
def test_a_loop_that_stops_where_it_went_on_before_is_cut_off(words: str) -> None:
    assert is_cut(words * 40 + words[:2])
    assert is_cut(f"{words * 40}\n" * 3 + words * 20 + words[:2])


@pytest.mark.parametrize("end", ["เ", "ประเทศไทยมีจั", "ที่ซื้", "ປະເທດໄ"])
def test_a_vowel_that_waits_for_its_letter_is_no_end(end: str) -> None:
    whole = "".join(f"ประเทศไทยมีเจ็ดสิบเจ็ดจังหวัด {number} " for number in range(20))
    assert not is_cut(f"{whole}จังหวัด")
    assert is_cut(whole + end)


def test_a_refrain_is_whole() -> None:
    assert not is_cut("Alle Vögel sind schon da, alle Vögel, alle, welch ein Singen und Musiziern\n" * 4)
    assert not is_cut("หนึ่งสองสาม " * 40)


def test_two_ethiopic_colons_are_an_end() -> None:
    assert not is_cut(SENTENCES["amh"].replace("።", "፡፡") * 12)


def test_what_the_model_said_is_believed() -> None:
    assert is_cut("Fine.", finish="length")
    assert not is_cut("A sentence. " * 40 + "and then another one that never comes to its end and goes", finish="stop")


@pytest.mark.parametrize(
    "ending",
    [
        "\n\nYours sincerely,\nJane Goodall",
        "\n\nUn saludo",
        " Yours sincerely, Dr. Jane Goodall",
        " Best of luck! - Harry",
        " See https://example.org/a/page/of/many/pages/and/more",
        " Read on #tips #garden",
        "\n```python\nprint(1)\n```",
        ' She said: "Come in!"',
        " 🎉",
        "\n- **Total**: 12",
    ],
)
def test_other_ends_are_ends(ending: str) -> None:
    assert not is_cut("This is a whole sentence. " * 12 + ending)


def test_verse_and_lists_without_marks_are_whole() -> None:
    assert not is_cut("\n".join(["a line of verse that has no mark at the end of it, as many have"] * 8))
    assert not is_cut("ประเทศไทยมีเจ็ดสิบเจ็ดจังหวัด " * 20)


def test_open_code_is_cut_off() -> None:
    assert is_cut("Here it is.\n```python\n" + "print(1)\n" * 40)


def test_short_answers_are_left_alone() -> None:
    text = "A sentence here. And a second one that lacks its end and says nothing more about"
    assert not is_cut(text)
    assert is_cut(text, least=20)
