import pytest

from aya import languages
from aya.judgement import CHOICES, words, written
from aya.text import script_shares


@pytest.mark.parametrize("language", written())
def test_all_that_may_be_chosen_has_words_in_the_script_of_the_language(language: str) -> None:
    said = words(language)
    script = {"Hans": "Hani"}.get(languages.get(language).script, languages.get(language).script)
    for task, choices in CHOICES.items():
        assert {*said.of(task).choices} == {*choices}
        assert len({*said.of(task).choices.values()}) == len(choices)
        assert script_shares(said.of(task).how).get(script, 0) > 0.95
    assert "3" in said.done.format(done=3, all=7)
    assert "7" in said.done.format(done=3, all=7)


def test_a_language_without_words_has_the_english_ones() -> None:
    assert words("yor") == words("eng")
