from pathlib import Path

import pytest

from aya.errors import InputError
from aya.text import script_shares
from training.safety.preambles import preamble


@pytest.mark.parametrize(("code", "script"), [("ara", "Arab"), ("hin", "Deva"), ("zho", "Hani"), ("rus", "Cyrl")])
def test_a_preamble_is_in_the_language_where_there_is_one(code: str, script: str) -> None:
    found = preamble(code)
    assert next(iter(script_shares(found.text))) == script
    assert found.name.startswith(f"{code}@")


@pytest.mark.parametrize(("code", "name"), [("yor", "Yoruba"), ("amh", "Amharic"), ("mya", "Burmese")])
def test_other_languages_are_told_in_english_to_answer_in_theirs(code: str, name: str) -> None:
    found = preamble(code)
    assert f"say in {name} that" in found.text
    assert "$" not in found.text
    assert found.name == preamble("tha").name


def test_files_of_ones_own_go_before(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="has no preambles"):
        preamble("tel", tmp_path)
    (tmp_path / "tel.txt").write_text("హాని కలిగించే\nపనులకు సాయం చేయకు.", encoding="utf-8")
    assert preamble("tel", tmp_path).text == "హాని కలిగించే పనులకు సాయం చేయకు."
    assert preamble("tel", tmp_path).name != preamble("tel").name
