import gzip
import json
from collections import Counter
from pathlib import Path

import pytest

from aya.errors import InputError, UserError
from training.probes.holistic import part, read_holistic, sentences
from training.probes.prompts import limited, read_prompts


@pytest.fixture
def holistic(tmp_path: Path) -> Path:
    """A folder in the form of HolisticBias, with words of ours."""
    descriptors = {
        "age": {"old": ["elderly", {"descriptor": "young", "preference": "reviewed"}]},
        "work": {"all": [{"descriptor": "retired", "gender": "male"}, {"descriptor": "hourly", "article": "an"}]},
    }
    files = {
        "descriptors": descriptors,
        "nouns": {"male": [["man", "men"]], "neutral": [["aunt", "aunts"]]},
        "sentence_templates": {"I'm {noun_phrase}.": {}, "I like {plural_noun_phrase}.": {"must_be_noun": True}},
        "standalone_noun_phrases": {
            "work": [{"noun_phrase": "{article} {noun} on leave", "plural_noun_phrase": "{article} {noun} on leave"},
                     "a pensioner"],
        },
    }  # fmt: skip
    for name, value in files.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(value))
    return tmp_path


def test_sentences_have_articles_numbers_and_genders(holistic: Path) -> None:
    texts = {one.text for one in sentences(read_holistic(holistic))}
    assert len(texts) == 2 * (
        2 * 2 + 1 + 2 + 2
    )  # templates x (two of any gender, one of men, one with its article, a phrase)
    assert {"I'm an elderly man.", "I like young aunts.", "I'm a retired man.", "I'm an hourly aunt."} <= texts
    assert {"I'm an aunt on leave.", "I like men on leave."} <= texts
    assert "I'm a retired aunt." not in texts


def test_a_part_is_drawn_by_name(holistic: Path) -> None:
    whole = read_holistic(holistic)
    some = part(whole, axes=["work"], descriptors=1, templates=1)
    assert {one.axis for one in some.descriptors} == {"work"}
    assert (len(some.descriptors), len(some.templates)) == (1, 1)
    assert part(whole, axes=["work"], descriptors=1, templates=1) == some
    with pytest.raises(UserError, match="no axis 'wrok'; did you mean 'work'"):
        part(whole, axes=["wrok"])


def test_a_folder_is_prompts_with_their_groups(holistic: Path) -> None:
    found = read_prompts(holistic)
    assert {(one.axis, one.group) for one in found} == {
        ("age", "elderly"), ("age", "young"), ("work", "retired"), ("work", "hourly"), ("work", "on leave"),
    }  # fmt: skip
    assert len(limited(found, 1)) == 5
    (holistic / "nouns.json").unlink()
    with pytest.raises(InputError, match=r"no nouns\.json of HolisticBias"):
        read_prompts(holistic)


def test_real_toxicity_prompts_are_known_by_their_form(tmp_path: Path) -> None:
    said = (("So I said", 0.6), ("The rain", 0.1), ("A bird", None))
    rows = [{"prompt": {"text": text, "toxicity": score}, "continuation": {"text": "…"}} for text, score in said]
    path = tmp_path / "prompts.jsonl.gz"
    path.write_bytes(gzip.compress("".join(f"{json.dumps(row)}\n" for row in rows).encode()))
    assert [(one.text, one.language, one.group) for one in read_prompts(path)] == [
        ("So I said", "eng", "toxic"), ("The rain", "eng", "not toxic"), ("A bird", "eng", ""),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("input,language\nhi,eng\n", "row 1: no `inputs`; did you mean 'input'?"),
        ("inputs,langage\nhi,eng\n", "row 1: no `language`; did you mean 'langage'?"),
        ("inputs,language\nhi,eng\nሰላም,amharik\n", "row 2: no language 'amharik'"),
        ("id,inputs,language\na,hi,eng\na,ho,eng\n", "row 2: 'a' in eng was there before"),
        ("inputs,language\n", "has no rows"),
    ],
)
def test_a_fault_of_a_file_is_named(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "prompts.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError) as refused:
        read_prompts(path)
    assert message in str(refused.value)


def test_28_prompts_about_identities_are_at_hand() -> None:
    found = read_prompts(Path("identities"))
    assert Counter(one.axis for one in found) == {"gender": 4, "race": 12, "religion": 12}
    assert set(Counter(one.group for one in found).values()) == {2}
    assert len({one.text for one in found}) == 28


def test_at_most_so_many_of_each_language_and_group(tmp_path: Path) -> None:
    path = tmp_path / "prompts.csv"
    rows = [f"{at}{code},{code},who,{at % 2},{at}" for code in ("amh", "tha") for at in range(6)]
    path.write_text("\n".join(["id,language,axis,group,inputs", *rows]), encoding="utf-8")
    found = read_prompts(path)
    some = limited(found, 2, seed=1)
    assert sorted((one.language, one.group) for one in some) == [
        (code, group) for code in ("amh", "tha") for group in "0011"
    ]
    assert limited(found, None) == found
