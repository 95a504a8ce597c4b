import pytest
from hypothesis import given
from hypothesis import strategies as st

from collection.mojibake import ENCODINGS, mojibake
from tests.strategies import ALPHABETS

TRUE = [
    "Ẹ káàárọ̀, ṣé dáadáa ni?",
    "« Où est le café ? » — là-bas…",
    "MENÜ” und „GRÖẞE“, Spaß»",
    "IRMÃ AMANHÃ” NÃO É VOCÊ",
    "Він і вона їхали в Київ; Сі-бемоль",
    "Свети Ђорђе и Љубиша",
    "Đặng Thị Ngọc Ánh ở Đà Nẵng",
    "Þórr á Íslandi, Ðð",
    "25 °C, ½ ×£5, 3¢, ©2018, ñandú²",
    "नमस्ते दुनिया",
    "నమస్తే",
    "مرحبا بالعالم",
    "你好世界",
    "สวัสดี",
    "ሰላም ለዓለም",
    "မင်္ဂလာပါ",
]


def misread(text: str, encoding: str) -> str:
    """Return the text as a reader of the wrong encoding sees it."""
    letters = {byte: letter for letter, byte in ENCODINGS[encoding].items()}
    return "".join(letters.get(byte, chr(byte)) for byte in text.encode())


@pytest.mark.parametrize("text", TRUE)
def test_true_text_is_let_through(text: str) -> None:
    assert mojibake(text) is None


@pytest.mark.parametrize(
    "text", ["Ẹ káàárọ̀", "où est-il, là ?", "नमस्ते", "నమస్తే", "مرحبا", "你好世界", "สวัสดี", "ሰላም", "မင်္ဂလာပါ"]
)
@pytest.mark.parametrize("encoding", ["cp1252", "latin-1"])
def test_text_read_as_western_is_found_in_any_script(text: str, encoding: str) -> None:
    assert mojibake(misread(text, "cp1252") if encoding == "cp1252" else text.encode().decode("latin-1"))


@pytest.mark.parametrize("text", ["привет мир", "नमस्ते", "مرحبا", "你好世界"])
def test_text_read_as_cyrillic_is_found(text: str) -> None:
    assert mojibake(misread(text, "cp1251"))


@pytest.mark.parametrize(
    ("text", "piece"),
    [
        ("don’t", "â€™"),
        ("a – b", "â€“"),
        ("BarÃ§a".encode("cp1252").decode(), "Ã§"),
        ("\ufeffa", "ï»¿"),
        ("ok 😀", "ðŸ˜€"),
        ("25 °C", "Â°"),
    ],
)
def test_one_sure_piece_is_enough(text: str, piece: str) -> None:
    assert mojibake(f"你好, {misread(text, 'cp1252')}") == piece


def test_text_misread_twice_is_found() -> None:
    assert mojibake(misread(misread("là", "cp1252"), "cp1252"))


@given(st.one_of(*(st.text(ALPHABETS[code], max_size=40) for code in ("Arab", "Ethi", "Deva", "Telu", "Thai", "Hani"))))
def test_scripts_that_no_one_byte_encoding_has_are_let_through(text: str) -> None:
    assert mojibake(text) is None
