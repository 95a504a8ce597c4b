import pyarrow as pa
import pytest

from aya.table import records
from collection.script import Script


def judge(text: str | None, language: str, script: str | None = None, **settings: object) -> tuple[float | None, bool]:
    stage = Script.model_validate({"least": 0.5, "least_letters": 0} | settings)
    table = stage(records([{"id": "1", "targets": text, "language": language, "script": script}]))
    return table["script_share"][0].as_py(), table["drop"][0].is_valid


@pytest.mark.parametrize(
    ("text", "language", "script", "share"),
    [
        ("Báwo ni", "yor", "Latn", 1),
        ("ሰላም abc", "amh", "Ethi", 0.5),  # 3 letters of each
        ("नमस्ते", "hin", "Deva", 1),  # marks are no letters
        ("你好 hello", "zho", "Hans", 0.2857142984867096),  # 2 of 7, as float32
        ("漢字とカナとかな", "jpn", "Jpan", 1),
        ("한국어 漢字", "kor", "Hang", 1),
        ("Добро јутро", "srp", "Latn", 1),  # Serbian has both
        ("Dobro jutro", "srp", "Cyrl", 1),
        ("hello", "hin", "Deva", 0),  # a romanisation is not counted on
        ("namaste", "hin", "Latn", 1),  # unless the record says so
    ],
)
def test_letters_in_a_script_of_the_language_count(text: str, language: str, script: str, share: float) -> None:
    assert judge(text, language, script) == (share, share < 0.5)


@pytest.mark.parametrize("text", [None, "", "123 + 456 = 579!", "😀"])
def test_without_letters_there_is_no_share_and_no_drop(text: str | None) -> None:
    assert judge(text, "tha", "Thai") == (None, False)


def test_few_letters_are_excused() -> None:
    assert judge("iPhone 15", "tha", "Thai", least_letters=7) == (0, False)
    assert judge("iPhone 15", "tha", "Thai", least_letters=6) == (0, True)


def test_more_scripts_can_be_allowed_for_a_language() -> None:
    assert judge("salam", "ara", "Arab", also={"ara": ["Latn"]}) == (1, False)


def test_an_unknown_language_without_a_script_expects_nothing() -> None:
    assert judge("abc", "qqq") == (None, False)


def test_the_evidence_is_the_share() -> None:
    row = {"id": "1", "targets": "x" * 20, "language": "tel", "script": "Telu"}
    judged = Script()(records([row]))
    assert judged["drop"].to_pylist() == ["collection.script: other script"]
    assert judged["evidence"].to_pylist() == ['{"script_share":0.0}']
    assert judged.schema.field("script_share").type == pa.float32()
