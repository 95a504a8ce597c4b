import pytest

from tests.training.probes.occupations import TRANSLATED, lines
from training.probes.grammatical_gender import RULES, cut, gender_of


@pytest.mark.parametrize("language", sorted(RULES))
def test_twenty_nouns_have_their_gender(language: str) -> None:
    found = []
    for text, start in lines(TRANSLATED[language]):
        found.append(gender_of(cut(text, language), len(cut(text[:start], language)), language))
    assert found == ["female", "male"] * 10


@pytest.mark.parametrize(
    ("language", "text", "place", "gender"),
    [
        ("spa", "Vi periodistas allí", 1, None),
        ("fra", "Chez l'juriste", 2, None),
        ("fra", "Son assistante dort", 1, "female"),
        ("fra", "Son assistant dort", 1, "male"),
        ("ita", "L'artista dorme", 1, None),
        ("deu", "Das Kind schläft", 1, "neutral"),
        ("deu", "Herr Kaufmann", 1, "male"),
        ("deu", "Manche Leute", 1, None),
        ("heb", "המורה יושן", 0, None),
        ("rus", "Дитя спит", 0, "neutral"),
        ("ukr", "Хтось спить", 0, None),
    ],
)
def test_what_rules_do_not_tell_is_not_guessed(language: str, text: str, place: int, gender: str | None) -> None:
    assert gender_of(cut(text, language), place, language) == gender
