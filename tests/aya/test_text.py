import unicodedata

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from aya import languages, text
from tests.strategies import texts

WORDS = {
    "Ẹ káàárọ̀, ọmọ mi!": ["Ẹ", "káàárọ̀", "ọmọ", "mi"],
    "ሰላም ለዓለም፣ እንዴት፡ነህ?": ["ሰላም", "ለዓለም", "እንዴት", "ነህ"],
    "مرحبًا بالعالم، ١٢٣؟": ["مرحبًا", "بالعالم", "١٢٣"],
    "می\u200cخواهم بروم": ["می\u200cخواهم", "بروم"],
    "नमस्ते दुनिया। क्षत्रिय": ["नमस्ते", "दुनिया", "क्षत्रिय"],
    "నమస్కారం, ప్రపంచం": ["నమస్కారం", "ప్రపంచం"],
    "မြန်မာ ၁၉၄၈။": ["မြ", "န်", "မာ", "၁၉၄၈"],
    "กำลังดี ๒๕": ["กำ", "ลั", "ง", "ดี", "๒๕"],
    "ស្រុកខ្មែរ": ["ស្រុ", "ក", "ខ្មែ", "រ"],
    "བོད་ཡིག།": ["བོ", "ད", "ཡི", "ག"],
    "你好，世界。": ["你", "好", "世", "界"],
    "ラーメンを2杯": ["ラ", "ー", "メ", "ン", "を", "2", "杯"],
    "안녕하세요 세계": ["안녕하세요", "세계"],
    "GPT4模型is好": ["GPT4", "模", "型", "is", "好"],
    "d'été l’eau col·laborar צה״ל ʻŌlelo": ["d'été", "l’eau", "col·laborar", "צה״ל", "ʻŌlelo"],
    "snake_case ____ 3.14 'quoted'": ["snake_case", "3", "14", "quoted"],
    "👨\u200d👩\u200d👧 👍🏽 \u0301 \u200d": [],
}

GRAPHEMES = {
    "ọ̀": 1,  # ọ and a grave
    "ሰላም": 3,
    "مَرْحَبًا": 5,
    "မြန်မာ": 4,  # မြ န် မ ာ: UAX 29 breaks before ာ
    "你好": 2,
    "क्षत्रिय": 3,  # क्ष त्रि य
    "กำลัง": 3,  # กำ ลั ง
    "క్షేమం": 2,  # క్షే మం
    "👨\u200d👩\u200d👧👍🏽🇳🇬": 3,
    "a\r\nb": 3,
    "한국": 2,
    "각": 1,
    "": 0,
}

NORMAL = {
    "  Ẹ\tKÁÀÁRỌ̀ \n": "ẹ káàárọ̀",
    "ﬃ ŉ Straße": "ffi ʼn strasse",
    "ＡＢＣ１２３　你好": "abc123 你好",
    "ﷺ": "صلى الله عليه وسلم",
    "กำ": "ก\u0e4dา",
    "क़": "क\u093c",
    "ΌΣΟΣ": "όσοσ",
    "İ": "i\u0307",
    "a\x1cb\u2028c": "a b c",
    "ሰላም": "ሰላም",
    "မြန်မာ": "မြန်မာ",
    "తెలుగు": "తెలుగు",
    "👍🏽": "👍🏽",
}


@pytest.mark.parametrize("given_", WORDS)
def test_words_are_those_of_the_script(given_: str) -> None:
    assert text.words(given_) == WORDS[given_]


@pytest.mark.parametrize("given_", GRAPHEMES)
def test_letters_are_what_a_reader_counts(given_: str) -> None:
    assert text.num_graphemes(given_) == GRAPHEMES[given_]


@pytest.mark.parametrize("given_", NORMAL)
def test_normalising_gives_the_form_in_which_copies_are_equal(given_: str) -> None:
    assert text.normalise(given_) == NORMAL[given_]


def test_normalising_any_code_point_twice_changes_nothing() -> None:
    once = [text.normalise(chr(point)) for point in range(0x110000) if not 0xD800 <= point < 0xE000]
    assert [text.normalise(letter) for letter in once] == once


@given(texts())
def test_normalising_twice_changes_nothing(given_: str) -> None:
    once = text.normalise(given_)
    assert text.normalise(once) == once


@given(texts())
def test_normalising_makes_composed_decomposed_and_spaced_copies_equal(given_: str) -> None:
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        assert text.normalise(f" \t{unicodedata.normalize(form, given_)}\n") == text.normalise(given_)


@given(texts())
def test_graphemes_are_those_of_uax_29_and_lose_nothing(given_: str) -> None:
    assert text.graphemes(given_) == regex.findall(r"\X", given_)
    assert "".join(text.graphemes(given_)) == given_
    assert text.num_graphemes(given_) == len(text.graphemes(given_))


@given(texts())
def test_words_stand_in_the_text_in_order_and_hold_a_letter_or_digit(given_: str) -> None:
    start = 0
    for word in text.words(given_):
        start = given_.index(word, start) + len(word)
        assert regex.search(r"[\p{L}\p{N}]", word)


@given(texts())
def test_words_leave_out_no_letter_and_no_digit(given_: str) -> None:
    letters = regex.findall(r"[\p{L}\p{N}]", given_)
    assert regex.findall(r"[\p{L}\p{N}]", "".join(text.words(given_))) == letters


@given(st.lists(st.integers()), st.integers(1, 6))
def test_ngrams_are_all_runs_of_n(items: list[int], n: int) -> None:
    expected = [tuple(items[i : i + n]) for i in range(len(items) - n + 1)]
    assert text.ngrams(items, n) == expected


@pytest.mark.parametrize(
    ("given_", "shares"),
    [
        ("abcд", {"Latn": 0.75, "Cyrl": 0.25}),
        ("私はラーメンを食べます。", {"Hira": 0.5, "Kana": 0.3, "Hani": 0.2}),
        ("ọ̀rẹ́ 123", {"Latn": 1.0}),
        ("తెలుగు", {"Telu": 1.0}),
        ("မြန်မာ", {"Mymr": 1.0}),
        ("አማርኛ", {"Ethi": 1.0}),
        ("123 👍🏽 ـ", {}),
        ("", {}),
    ],
)
def test_script_shares_count_letters(given_: str, shares: dict[str, float]) -> None:
    assert text.script_shares(given_) == pytest.approx(shares)
    assert list(text.script_shares(given_)) == list(shares)


@given(texts())
def test_script_shares_sum_to_one(given_: str) -> None:
    shares = text.script_shares(given_)
    assert not shares or sum(shares.values()) == pytest.approx(1)
    assert set(shares) <= set(text.SCRIPTS)


def test_every_script_of_the_registry_can_be_told() -> None:
    assert languages.scripts() <= set(text.SCRIPTS) | set(text.SCRIPT_MEMBERS)


@given(st.lists(texts(max_size=6), max_size=4), st.lists(texts(max_size=6), max_size=4))
def test_digests_differ_where_the_parts_differ(one: list[str], other: list[str]) -> None:
    assert (text.digest(*one) == text.digest(*other)) == (one == other)


def test_digests_are_the_same_on_every_run() -> None:
    assert text.digest("ab", "c") == "f2eda2708bcfd51cc05c0ee4c9f60440"
    assert text.digest("ab", "c") != text.digest("a", "bc") != text.digest("abc")
    assert text.hash64("ẹ", seed=1) == 1867491936883316058
    assert text.hash64("\ud800") != text.hash64("\ud801")


@given(texts(), st.integers(0, 2**64 - 1))
def test_hashes_are_64_unsigned_bits(given_: str, seed: int) -> None:
    assert 0 <= text.hash64(given_, seed=seed) < 2**64
    assert text.hashes64([given_, given_], seed=seed) == [text.hash64(given_, seed=seed)] * 2
