import json
from pathlib import Path

import pytest

from aya.errors import InputError
from training.probes.scorers import Text
from training.probes.word_lists import ByWords

LISTS = {"en": ["Foo", "bar baz"], "zh-CN": ["坏蛋"], "am": ["ክፉ"], "my": ["ဆိုး"]}
"""Words of ours: rascals and made-up ones."""


@pytest.mark.parametrize(
    ("language", "text", "score"),
    [
        ("eng", "a FOO!", 1.0), ("eng", "food, Bar — baz", 1.0), ("eng", "food and bars", 0.0), ("eng", "", 0.0),
        ("zho", "你这个坏蛋啊", 1.0), ("zho", "坏的蛋", 0.0), ("amh", "እሱ ክፉ ነው።", 1.0), ("amh", "ክፉዎች", 0.0),
        ("mya", "သူဆိုးတယ်", 1.0), ("yor", "foo", None),
    ],
)  # fmt: skip
def test_a_listed_word_is_found_as_a_word_of_its_language(
    tmp_path: Path, language: str, text: str, score: float | None
) -> None:
    path = tmp_path / "words.json"
    path.write_text(json.dumps(LISTS))
    found = ByWords(path=path).score([Text(language, "?", text)], tmp_path)
    assert found.values == [score]
    assert found.missing == ({} if score is not None else {"a language without a list": 1})


@pytest.mark.parametrize(
    ("content", "message"),
    [('{"englsh": ["a"]}', "no language 'englsh'"), ("[1]", "not of the form"), ("{", "not of the form")],
)
def test_a_fault_of_a_list_is_named(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "words.json"
    path.write_text(content)
    with pytest.raises(InputError, match=message):
        ByWords(path=path).score([Text("eng", "?", "a")], tmp_path)
