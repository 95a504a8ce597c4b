import pytest

from tests.translated import table
from translation.names import Names, names, names_kept, skeleton
from translation.sides import Sides


def test_a_name_has_the_same_consonants_in_every_script() -> None:
    written = ("Trump", "特朗普", "ትራምፕ", "Трамп", "ترامب", "ट्रम्प", "ทรัมป์", "ట్రంప్")
    assert [skeleton(name) for name in written] == ["3451", "34521", *["3451"] * 6]  # 朗 ends in ng


def test_names_are_words_with_a_capital_inside_a_sentence() -> None:
    assert names("Yesterday Angela Merkel met `Foo Bar` in Berlin. The end") == ["Angela", "Merkel", "Berlin"]
    assert names("أنجيلا ميركل في برلين") == []


@pytest.mark.parametrize(
    ("target", "kept"),
    [
        ("ሐሙስ ዕለት አንጌላ ሜርክል በርሊን ውስጥ", 1),
        ("ໃນວັນທີ Angela ທີ່ Berlin", 1),
        ("ni Berlin", 1 / 2),  # b rl n, of six with n g l
        ("nothing here", 0),
    ],
)
def test_names_are_found_as_they_are_and_transliterated(target: str, kept: float) -> None:
    assert names_kept(Sides("then Angela went to Berlin", target)) == pytest.approx(kept)


def test_a_text_without_names_has_no_score() -> None:
    judged = Names(least=0.5)(table([("a goat", "ewúrẹ́"), ("a man in Lagos", "ọkùnrin"), (None, "x")]))
    assert judged["names_kept"].to_pylist() == [None, 0, None]
    assert judged["drop"].to_pylist() == [None, "translation.names: names lost", None]
