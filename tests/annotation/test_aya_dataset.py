from pathlib import Path

import pyarrow.parquet as pq

from annotation.answers import answers
from annotation.aya_dataset import as_records, export, released
from annotation.release_filters import POLICIES, Verdict, contributions, judge
from aya.table import SCHEMA
from tests.diary import Diary


def campaign() -> Diary:
    """Two people write in Amharic and Yoruba; one edits the other's text, another leaves one as it was."""
    diary = Diary()
    first = diary.answer(diary.item("original", "amh"), "a" * 64, prompt="ሰላም ነው?", completion="አዎ")
    diary.answer(
        diary.shown(first, "reannotation", license="CC-BY-4.0"), "b" * 64, approved="up", completion="አዎ፣ ሰላም ነው።"
    )
    diary.answer(diary.item("reannotation", "yor", prompt="p", completion="c"), "b" * 64, approved="up")
    for person in "ab":
        diary.person(person * 64, gender="female", languages=["amh"])
    return diary


def verdicts(diary: Diary) -> list[Verdict]:
    policy = POLICIES["published"].model_copy(update={"items_least": 0})
    return judge(contributions(answers(diary.items, diary.responses)), policy)


def test_the_released_form_is_that_of_the_aya_dataset() -> None:
    table = released(verdicts(campaign()))
    assert table.column_names == ["inputs", "targets", "language", "language_code", "annotation_type", "user_id"]
    assert table.to_pylist() == [
        {"inputs": "ሰላም ነው?", "targets": "አዎ", "language": "Amharic", "language_code": "amh",
         "annotation_type": "original-annotations", "user_id": "a" * 64},
        {"inputs": "ሰላም ነው?", "targets": "አዎ፣ ሰላም ነው።", "language": "Amharic", "language_code": "amh",
         "annotation_type": "re-annotations", "user_id": "b" * 64},
    ]  # fmt: skip


def test_records_hold_also_what_was_left_out_and_why() -> None:
    table = as_records(verdicts(campaign()), license_="Apache-2.0")
    assert table.schema.equals(SCHEMA)
    assert table["drop"].to_pylist() == [None, None, "annotation.release: too few edits"]
    assert table["license"].to_pylist() == ["Apache-2.0", "CC-BY-4.0", "Apache-2.0"]
    assert table["parent_id"][1] == table["id"][0]


def test_an_export_is_whole_and_the_same_each_time(tmp_path: Path) -> None:
    diary, policy = campaign(), POLICIES["published"]
    for name in ("one", "two"):
        written = export(tmp_path / name, verdicts(diary), diary.people, policy=policy, license_="Apache-2.0", k=2)
    assert written == {"data/train.parquet": 2, "demographics/train.parquet": 2, "records.parquet": 3}
    for file in written:
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()
    people = pq.read_table(tmp_path / "one/demographics/train.parquet")
    assert people.column_names == ["user_id", "age_range", "gender", "country", "languages", "dialects"]
    assert people["gender"].to_pylist() == ["female", "female"]
