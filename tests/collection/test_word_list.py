import json
from pathlib import Path

import pytest

from aya.errors import InputError
from aya.table import records
from collection.word_list import WordList


def count(folder: Path, entries: list[str], text: str, language: str, **settings: object) -> int | None:
    path = folder / "words.json"
    path.write_text(json.dumps({language: entries}), "utf-8")
    stage = WordList.model_validate({"words": path} | settings)
    num: int | None = stage(records([{"id": "1", "targets": text, "language": language}]))["flagged"][0].as_py()
    return num


@pytest.mark.parametrize(
    ("entry", "text", "language", "num"),
    [
        ("ass", "an ass, ASS and Ass", "eng", 3),
        ("ass", "class assassin", "eng", 0),
        ("two words", "TWO  words", "eng", 1),
        ("ọjà", "O\u0323ja\u0300 ni, ọjàa", "yor", 1),
        ("ọja", "ọjà", "yor", 0),
        ("كلب", "كلب الكلب", "ara", 1),
        ("कुत्ता", "कुत्ता कुत्ते", "hin", 1),
        ("కుక్క", "కుక్క కుక్కలు", "tel", 1),
        ("ውሻ", "ውሻ፣ ውሻው", "amh", 1),
        ("傻瓜", "你这个傻瓜！傻瓜们", "zho", 2),
        ("กา", "กากา กาน้ำ", "tha", 3),
        ("ก", "กี่", "tha", 0),  # a mark goes with its letter
        ("ခွေး", "ခွေးကလေး", "mya", 1),
        ("b", "我b你", "zho", 1),
    ],
)
def test_entries_are_found_as_words_or_between_graphemes(
    entry: str, text: str, language: str, num: int, tmp_path: Path
) -> None:
    assert count(tmp_path, [entry], text, language) == num


def test_the_longest_entry_counts_once(tmp_path: Path) -> None:
    assert count(tmp_path, ["a", "a b"], "a b", "eng") == 1


def test_a_language_without_a_list_is_null(tmp_path: Path) -> None:
    (tmp_path / "yo.txt").write_text("ọjà\n\n", "utf-8")
    rows = records([{"id": "1", "targets": "ọjà", "language": code} for code in ("yor", "eng")])
    assert WordList(words=tmp_path)(rows)["flagged"].to_pylist() == [1, None]
    assert WordList(words=tmp_path / "yo.txt")(rows)["flagged"].to_pylist() == [1, None]


def test_records_go_only_if_asked(tmp_path: Path) -> None:
    (tmp_path / "yo.txt").write_text("ọjà", "utf-8")
    rows = records([{"id": "1", "targets": "ọjà ọjà", "language": "yor"}])
    assert WordList(words=tmp_path)(rows)["drop"].to_pylist() == [None]
    dropped = WordList(words=tmp_path, action="drop", most=1)(rows)
    assert dropped["drop"].to_pylist() == ["collection.word_list: listed words"]
    assert dropped["evidence"].to_pylist() == ['{"flagged":2}']
    assert WordList(words=tmp_path, action="drop", most=2)(rows)["drop"].to_pylist() == [None]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.json", "[", "a.json: can not be read as a word list"),
        ("a.json", "[1]", "a.json: must be a JSON object of lists"),
        ("a.json", '{"yo": "x"}', "a.json: must be a JSON object of lists"),
        ("qqq.txt", "x", "no language 'qqq' in the registry"),
    ],
)
def test_a_bad_list_is_said(name: str, content: str, words: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(content, "utf-8")
    with pytest.raises(InputError, match=words):
        WordList(words=tmp_path / name)(records([{"id": "1", "language": "yor"}]))
