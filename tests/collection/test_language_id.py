import json
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from pydantic import ValidationError

from aya import languages
from aya.errors import InputError, UserError
from aya.table import records
from collection.confusable import GROUPS, relatives
from collection.identify import identifier
from collection.language_id import LanguageId
from collection.language_model import read, shipped
from collection.prose import composed, prose

# Article 1 of the Universal Declaration of Human Rights and sentences written for this test (CC0).
ENGLISH = "All human beings are born free and equal in dignity and rights."
RIGHT = {
    "amh": "ትናንት ከሰዓት በኋላ ከጓደኞቼ ጋር ወደ ገበያ ሄጄ ቡና ገዛሁ።",
    "ara": "ذهبت إلى السوق مع أصدقائي أمس واشتريت الخبز والقهوة.",
    "mya": "မနေ့က ကျွန်တော် သူငယ်ချင်းတွေနဲ့ ဈေးကို သွားပြီး ကော်ဖီ ဝယ်ခဲ့တယ်။",
    "zho": "昨天我和朋友们去市场买了咖啡和面包。",
    "jpn": "昨日は友だちと市場へ行って、コーヒーとパンを買いました。",
    "kor": "어제 친구들과 시장에 가서 커피와 빵을 샀습니다.",
    "hin": "कल मैं अपने दोस्तों के साथ बाज़ार गया और कॉफ़ी खरीदी।",
    "mar": "काल मी माझ्या मित्रांसोबत बाजारात गेलो आणि कॉफी विकत घेतली.",
    "nep": "हिजो म आफ्ना साथीहरूसँग बजार गएँ र कफी किनेँ।",
    "tha": "เมื่อวานฉันไปตลาดกับเพื่อนและซื้อกาแฟ",
    "tel": "నిన్న నేను నా స్నేహితులతో కలిసి మార్కెట్‌కు వెళ్లి కాఫీ కొన్నాను.",
    "yor": "Lánàá, mo lọ sí ọjà pẹ̀lú àwọn ọ̀rẹ́ mi láti ra búrẹ́dì.",
    "swa": "Jana nilienda sokoni pamoja na marafiki zangu tukanunua kahawa na mkate.",
    "tur": "Dün arkadaşlarımla pazara gittim ve kahve ile ekmek aldım.",
    "vie": "Hôm qua tôi đi chợ với các bạn và mua cà phê và bánh mì.",
    "rus": "Вчера я ходил с друзьями на рынок и купил кофе и хлеб.",
    "ukr": "Вчора я ходив із друзями на ринок і купив каву та хліб.",
    "fin": "Eilen kävin ystävieni kanssa torilla ja ostin kahvia ja leipää.",
    "eng": "Yesterday I went to the market with my friends and bought coffee and bread.",
}


def judge(targets: str | None, language: str | None, inputs: str = "", **settings: object) -> dict[str, object]:
    stage = LanguageId.model_validate(settings)
    row = {"id": "1", "inputs": inputs, "targets": targets, "language": language}
    answer: dict[str, object] = stage(records([row])).to_pylist()[0]
    return answer


def found(answer: dict[str, object]) -> tuple[object, object]:
    return answer["lid_language"], answer["drop"]


@pytest.mark.parametrize("language", RIGHT)
def test_a_sentence_is_in_its_language(language: str) -> None:
    assert found(judge(RIGHT[language], language)) == (language, None)


@pytest.mark.parametrize("language", ["yor", "swa", "tur", "hau", "zul", "ind", "mri"])
def test_a_text_left_in_english_goes(language: str) -> None:
    answer = judge(ENGLISH, language)
    assert found(answer) == ("eng", "collection.language_id: other language")
    evidence = json.loads(str(answer["evidence"]))
    assert (evidence["field"], evidence["found"], evidence["script"]) == ("targets", "eng", "Latn")
    assert evidence["top"][0] == ["eng", evidence["score"]]


@pytest.mark.parametrize("language", ["hin", "amh", "tha", "zho", "rus"])
def test_a_text_without_letters_of_a_right_script_goes(language: str) -> None:
    assert found(judge(ENGLISH, language)) == ("eng", "collection.language_id: wrong script")


def test_a_script_of_another_language_goes() -> None:
    assert judge(RIGHT["tel"], "tha")["drop"] == "collection.language_id: wrong script"
    assert judge(RIGHT["hin"], "nep")["drop"] is not None


@pytest.mark.parametrize(
    "text", ["", "Bẹ́ẹ̀ ni", "No, thank you.", "42", "😀", "https://example.org/one/two/three", None]
)
def test_too_few_letters_are_undetermined_and_stay(text: str | None) -> None:
    answer = judge(text, "yor")
    assert (answer["lid_language"], answer["lid_score"], answer["drop"]) == ("und", None, None)


def test_a_script_of_one_language_decides_however_short() -> None:
    assert found(judge("ใช่", "tha")) == ("tha", None)
    assert found(judge("Ναι", "ell")) == ("ell", None)


def test_one_han_letter_counts_as_three() -> None:
    assert found(judge("我今天去买咖啡了", "zho"))[0] == "zho"  # 8 x 3 = 24 letters
    assert found(judge("我买咖啡", "zho"))[0] == "und"


@pytest.mark.parametrize("language", [None, "xx-unknown", "nde", "shi"])
def test_what_can_not_be_checked_is_undetermined_and_stays(language: str | None) -> None:
    assert found(judge(RIGHT["swa"], language)) == ("und", None)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Jučer sam s prijateljima otišao na tržnicu i kupio kruh i kavu.", "srp"),
        ("Jučer sam s prijateljima otišao na tržnicu i kupio kruh i kavu.", "bos"),
        ("Kemarin saya pergi ke pasar bersama teman-teman dan membeli kopi.", "msa"),
        ("I går gikk jeg på torget med vennene mine og kjøpte brød.", "nno"),
        ("دیروز با دوستانم به بازار رفتم و نان و قهوه خریدم.", "prs"),
        ("Izolo ngiye emakethe nabangane bami futhi ngathenga isinkwa.", "xho"),
    ],
)
def test_a_near_relative_is_never_rejected(text: str, language: str) -> None:
    answer = judge(text, language, least=0)
    assert answer["drop"] is None
    assert answer["lid_language"] in relatives(language)


def test_relatives_are_mutual_inside_a_group() -> None:
    for group in GROUPS:
        for code in group:
            assert languages.get(code).code == code
            assert set(group) <= relatives(code)
    assert "fin" not in relatives("est")
    assert {"arz", "ary", "apc"} <= relatives("ara")  # members of a macrolanguage


def test_code_addresses_and_placeholders_do_not_count() -> None:
    noise = (
        "```python\nfor row in the_table: print(row)\n``` {name} <b> %(count)s https://example.org/the/english/words"
    )
    assert found(judge(f"{noise} {RIGHT['yor']}", "yor")) == ("yor", None)


def test_english_names_in_another_script_do_not_count() -> None:
    assert found(judge(f"Microsoft Windows, Google Chrome, LibreOffice: {RIGHT['hin']}", "hin")) == ("hin", None)


def test_a_label_is_judged_by_the_prompt_around_which_english_may_stand() -> None:
    prompt = f"Is this tweet positive or negative? {RIGHT['yor']} Answer:"
    assert found(judge("positive", "yor", prompt)) == ("yor", None)
    assert found(judge("positive", "yor", f"Is this tweet positive or negative? {ENGLISH}")) == ("und", None)
    assert found(judge("positive", "yor", prompt, field="targets")) == ("und", None)


def test_both_fields_must_be_right_when_both_are_judged() -> None:
    assert found(judge(RIGHT["swa"], "swa", ENGLISH))[1] is None
    assert found(judge(RIGHT["swa"], "swa", ENGLISH, field="both"))[0] == "eng"
    assert found(judge(RIGHT["swa"], "swa", RIGHT["swa"], field="both")) == ("swa", None)
    assert found(judge("", "swa", ENGLISH, field="inputs"))[1] == "collection.language_id: other language"


def test_a_language_can_have_its_own_threshold_and_more_right_languages() -> None:
    assert judge(ENGLISH, "swa", least_in={"swa": 1.1})["drop"] is None
    assert judge(ENGLISH, "yor", least_in={"swa": 1.1})["drop"] is not None
    assert judge(ENGLISH, "swa", also={"swa": ["eng"]})["drop"] is None


def test_the_script_is_said_too() -> None:
    assert judge(RIGHT["jpn"], "jpn")["lid_script"] == "Jpan"
    assert judge(RIGHT["ara"], "ara")["lid_script"] == "Arab"


def test_an_empty_table_gets_its_columns() -> None:
    table = LanguageId()(records([]))
    assert {name: table.schema.field(name).type for name in LanguageId.writes} == dict(LanguageId.writes)


@pytest.mark.parametrize("backend", ["cld2", "ngram", "langdetect"])
def test_every_backend_sees_english_in_swahili(backend: str) -> None:
    assert found(judge(ENGLISH, "swa", backend=backend)) == ("eng", "collection.language_id: other language")
    assert found(judge(RIGHT["swa"], "swa", backend=backend)) == ("swa", None)


def test_langdetect_repeats_itself() -> None:
    letters = next(iter(prose(pa.chunked_array([pa.array([ENGLISH, "Una casa é una casa", "123", ""])]))))[1]
    backend = identifier("langdetect")
    first = backend(letters)
    assert first == backend(letters)
    assert first[2:] == [[], []]  # no letters, no answer, no exception


def test_a_fasttext_model_must_be_named_and_there() -> None:
    with pytest.raises(UserError, match="needs `model`"):
        LanguageId(backend="fasttext").setup()
    with pytest.raises(InputError, match=r"no fastText model at '.*lid\.176\.bin'"):
        LanguageId(backend="fasttext", model=Path("/nowhere/lid.176.bin")).setup()


def test_an_unknown_backend_is_refused() -> None:
    with pytest.raises(ValidationError, match="backend"):
        LanguageId.model_validate({"backend": "guess"})


def test_every_language_of_aya_can_be_judged() -> None:
    backend = identifier("vote")
    scripts = {code: languages.get(code).script for code in languages.group("aya101")}
    groups = {"Hans": "Hani", "Jpan": "Hani"}
    assert [code for code, script in scripts.items() if not backend.knows(code, groups.get(script, script))] == []


def test_the_model_is_small_and_its_file_repeats() -> None:
    model = shipped()
    data = model.save()
    assert len(data) < 4_000_000
    assert read(data).save() == data
    assert (read(data).weights_W == model.weights_W).all()


def test_letters_are_kept_of_one_script_with_single_spaces() -> None:
    texts = pa.chunked_array([pa.array(["Hello, <b>WORLD</b>! 42 don’t", "Πι is pi", None, "日本のテレビ TV"])])
    (first, letters), *rest = prose(texts)
    assert (first, rest) == (0, [])
    assert letters.texts() == [" hello world don't ", " is pi ", " ", " 日本のテレビ "]
    assert letters.letters_R.tolist() == [14, 4, 0, 18]


@pytest.mark.parametrize("context", ["{}", "e{}", "{}\u0301", "\u0f71{}", "\u1100{}"])
def test_what_a_quick_check_takes_for_composed_is_composed(context: str) -> None:
    letters = [chr(point) for point in range(sys.maxunicode + 1) if not 0xD800 <= point < 0xE000]
    texts = pa.chunked_array([pa.array([context.format(letter) for letter in letters], pa.large_string())])
    assert composed(texts).equals(pc.utf8_normalize(texts, form="NFC"))


@pytest.mark.realdata
def test_lines_of_115_languages_are_told_apart(real_data: Path) -> None:
    from benchmarks.language_id import lines, macro_f1

    truth, texts = lines(pq.read_table(real_data / "parallel" / "ntrex128.parquet"), per_language=60)
    assert macro_f1(truth, texts, "vote") >= 0.95
