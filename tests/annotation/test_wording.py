import html
import re

import pytest

from annotation.tables import QUESTIONS, TASKS
from annotation.wording import guidelines, wording, written
from aya import languages
from aya.text import script_shares


def test_the_words_are_written_in_eleven_languages_of_five_scripts() -> None:
    assert len(written()) == 11
    assert {languages.get(code).script for code in written()} == {"Latn", "Cyrl", "Arab", "Deva", "Hans"}


@pytest.mark.parametrize("language", written())
@pytest.mark.parametrize("task", TASKS)
def test_guidelines_are_in_the_script_of_their_language(language: str, task: str) -> None:
    text = guidelines(task, language=language)
    script = {"Hans": "Hani"}.get(languages.get(language).script, languages.get(language).script)
    assert script_shares(text).get(script, 0) > 0.95
    assert len(text) < 10_000  # Argilla takes no more
    assert text.startswith("## ")


@pytest.mark.parametrize("language", written())
def test_every_question_has_a_title_that_argilla_takes(language: str) -> None:
    labels = wording(language).labels
    titles = [getattr(labels, name) for names in QUESTIONS.values() for name in names]
    assert all(0 < len(title) <= 500 for title in titles)
    assert labels.about.format(topic="ẹ̀kọ́").endswith("ẹ̀kọ́")


def test_a_language_without_words_of_its_own_has_the_english_ones() -> None:
    assert wording("yor") == wording("eng")


def test_no_markup_but_markdown() -> None:
    texts = [guidelines(task, language=code) for code in written() for task in TASKS]
    assert not any(re.search("<[a-z]", text) or html.escape(text, quote=False) != text for text in texts)


def test_an_unknown_task_has_no_guidelines() -> None:
    with pytest.raises(ValueError, match="no task 'paint'"):
        guidelines("paint", language="eng")
