import pytest
from hypothesis import given

from collection.contact_data import spans
from tests.strategies import texts


def found(text: str) -> list[tuple[str, str]]:
    return [(kind, text[start:stop]) for kind, start, stop in spans(text)]


@pytest.mark.parametrize(
    ("text", "kind", "piece"),
    [
        ("Kọ sí ada.lovelace+x@example.org.", "email", "ada.lovelace+x@example.org"),
        ("почта: иван@пример.рф!", "email", "иван@пример.рф"),
        ("邮箱：li@例子.公司。", "email", "li@例子.公司"),
        ("pe +234 803 123 4567 bayi", "phone", "+234 803 123 4567"),
        ("اتصل ٠١٢٣٤٥٦٧٨٩٠", "phone", "٠١٢٣٤٥٦٧٨٩٠"),
        ("اتصل +٩٦٦ ٥٠ ١٢٣ ٤٥٦٧", "phone", "+٩٦٦ ٥٠ ١٢٣ ٤٥٦٧"),
        ("फ़ोन ०९८१०१२३४५६", "phone", "०९८१०१२३४५६"),
        ("電話０３－１２３４－５６７８まで", "phone", "０３－１２３４－５６７８"),
        ("전화 010-1234-5678로", "phone", "010-1234-5678"),
        ("0800 555 111లో చెప్పండి", "phone", "0800 555 111"),
        ("(555) 123-4567", "phone", "(555) 123-4567"),
        ("at 859-292-3680.", "phone", "859-292-3680"),
        ("ngaphansi ku-0800 555 111", "phone", "0800 555 111"),
        ("tel:+491701234567", "phone", "+491701234567"),
        ("0049 170 1234567", "phone", "0049 170 1234567"),
        ("from 93.184.216.34, port 80", "ip", "93.184.216.34"),
        ("ping 2001:4860:4860::8888", "ip", "2001:4860:4860::8888"),
        ("ó sọ fún @aya_project pé", "handle", "@aya_project"),
    ],
)
def test_contact_data_is_found_in_any_script(text: str, kind: str, piece: str) -> None:
    assert found(text) == [(kind, piece)]


@pytest.mark.parametrize(
    "text",
    [
        "2018-09-12, 01.09.2018, 12/05/1999 10:30",
        "2018–2019, 1939-1945, 2006 -- 08 2004 2002 -- 03",
        "1.200.000 or 10 000 000 000 or +10 000 000",
        "ከ1999 እስከ 2005 ዓ.ም",
        "๒๕๖๑ ถึง ๒๕๖๒",
        "6-4 6-3 7-5, 3-2-1",
        "version 1.2.3.4, build 62.0.3202.94, section 2.0.0.1",
        "192.168.1.1 and 127.0.0.1 and ::1",
        "12:30:45 and 00:1a:2b:3c:4d:5e, std::vector::size",
        "ISBN 0-306-40615-2, $0123456789, 0.123456789, 0000000000",
        "id-081913-040012",
        "@property\ndef area(self):",
        "    @staticmethod\n",
        "logo@2x.png",
        "a @ b, 5 @ 3, @5",
        "https://medium.com/@ada",
    ],
)
def test_other_numbers_and_signs_are_left(text: str) -> None:
    assert found(text) == []


def test_an_address_is_one_piece() -> None:
    assert found("x@y.org @z_z") == [("email", "x@y.org"), ("handle", "@z_z")]


@given(texts())
def test_pieces_are_in_order_and_apart(text: str) -> None:
    edges = [edge for _, start, stop in spans(text) for edge in (start, stop)]
    assert edges == sorted(edges)
