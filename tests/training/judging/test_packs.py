import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from aya.errors import InputError, UserError
from tests.training.judging.simulated import LANGUAGES, pair
from training.judging.opening import check_seals, votes
from training.judging.packs import MOMENT, Manifest, naming, opened, read_items, seal
from training.judging.pairs import Pair
from training.judging.people import PREFERENCES, Choice, read_choices

SECRET = "5" * 64
PAIRS = [pair(f"p{at}", code, (f"=ሀ{at}", f"ለ{at}")) for at in range(30) for code in LANGUAGES]


def sealed(folder: Path, asked: Sequence[Pair] = PAIRS, secret: str = SECRET) -> Manifest:
    return seal(asked, folder / "pack", folder / "apart.key", title="Panel", secret=secret)


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((folder / "pack").iterdir())}


def test_the_same_secret_gives_the_same_pack_and_another_gives_another(tmp_path: Path) -> None:
    packs = []
    for number, secret in enumerate((SECRET, SECRET, "6" * 64)):
        sealed(tmp_path / str(number), secret=secret)
        packs.append(files_of(tmp_path / str(number)))
    assert packs[0] == packs[1]
    assert not {item["item"] for item in rows(packs[0])} & {item["item"] for item in rows(packs[2])}


def rows(files: dict[str, bytes]) -> list[dict[str, str]]:
    lines = [line for name, text in files.items() if name.endswith(".jsonl") for line in text.decode().splitlines()]
    return [json.loads(line) for line in lines]


def test_nothing_in_a_pack_says_whose_the_answers_are(tmp_path: Path) -> None:
    """Names stand nowhere, dates are all one, sides are as good as tossed, and order says nothing of the prompts."""
    systems = ("quokka", "wombat")
    sealed(tmp_path, [pair(one.id, one.language, one.shown(turned=False), systems) for one in PAIRS])
    for name, text in files_of(tmp_path).items():
        assert not [word for word in (*systems, "p17", SECRET) if word.encode() in text], name
    assert {path.stat().st_mtime for path in [tmp_path / "pack", *(tmp_path / "pack").iterdir()]} == {MOMENT}
    shown = rows(files_of(tmp_path))
    turned = sum(row["answer_1"].startswith("ለ") for row in shown)
    assert 90 < turned < 150  # of 240; a coin leaves that once in 10,000 times
    numbers = [int(row["answer_1"].lstrip("=ሀለ")) for row in shown if row["language"] == "amh"]
    assert numbers != sorted(numbers)
    assert {*shown[0]} == {"item", "language", "script", "prompt", "answer_1", "answer_2"}


def test_sides_do_not_depend_on_the_order_that_systems_are_named_in(tmp_path: Path) -> None:
    turned = [Pair(systems=one.systems[::-1], answered=(one.answered[1], one.answered[0])) for one in reversed(PAIRS)]
    sealed(tmp_path / "a")
    sealed(tmp_path / "b", turned)
    assert rows(files_of(tmp_path / "a")) == rows(files_of(tmp_path / "b"))


def test_a_key_opens_its_pack_and_says_whose_each_answer_is(tmp_path: Path) -> None:
    sealed(tmp_path)
    manifest, key = opened(tmp_path / "pack", tmp_path / "apart.key")
    for item in read_items(tmp_path / "pack", manifest):
        about = key.items[item.item]
        of_new = item.answers[about.systems.index("new")]
        assert of_new == f"=ሀ{about.id[1:]}"
        assert about.language == item.language
    assert (tmp_path / "apart.key").stat().st_mode & 0o777 == 0o600


def test_a_changed_key_is_refused(tmp_path: Path) -> None:
    sealed(tmp_path)
    path = tmp_path / "apart.key"
    path.write_text(path.read_text().replace('"new"', '"xxx"').replace('"old"', '"new"').replace('"xxx"', '"old"'))
    with pytest.raises(InputError, match=r"apart\.key: not the key that the pack was sealed with"):
        opened(tmp_path / "pack", path)


@pytest.mark.parametrize("name", ["amh.jsonl", "ara.csv", "zho.html"])
def test_a_changed_file_of_a_pack_is_refused_by_name(tmp_path: Path, name: str) -> None:
    sealed(tmp_path)
    path = tmp_path / "pack" / name
    path.write_bytes(path.read_bytes().replace("ሀ1".encode(), "ሐ1".encode()))
    with pytest.raises(InputError, match=f"{name} was changed"):
        opened(tmp_path / "pack", tmp_path / "apart.key")


def test_a_pack_whose_own_list_was_changed_too_is_refused_by_the_key(tmp_path: Path) -> None:
    first, other = (sealed(tmp_path / name, secret=secret) for name, secret in (("a", SECRET), ("b", "6" * 64)))
    (tmp_path / "b" / "pack" / "pack.json").write_text(other.model_copy(update={"seal": first.seal}).model_dump_json())
    with pytest.raises(InputError, match=r"amh\.jsonl is not the file that the key was made for"):
        opened(tmp_path / "b" / "pack", tmp_path / "a" / "apart.key")


def test_a_key_is_kept_apart_and_nothing_is_written_over(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="lies in the pack"):
        seal(PAIRS, tmp_path / "pack", tmp_path / "pack" / "apart.key", title="")
    sealed(tmp_path)
    with pytest.raises(UserError, match="is there already"):
        sealed(tmp_path)


def test_a_title_that_names_a_system_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="names the system 'new', and the panel reads it"):
        seal(PAIRS, tmp_path / "pack", tmp_path / "k.key", title="Is NEW better?")


def test_answers_that_are_the_same_are_not_asked_about(tmp_path: Path) -> None:
    same = pair("same", answers=("ሀ", "ሀ "))
    assert sealed(tmp_path, [*PAIRS[:3], same]).items == {"amh": 1, "ara": 1, "mya": 1}
    with pytest.raises(UserError, match="nothing to ask"):
        sealed(tmp_path / "other", [same])


def test_an_answer_that_says_the_name_of_a_system_is_counted() -> None:
    assert naming([pair("1", answers=("I am New.", "it is cold, and renewed")), pair("2")]) == {"new": 1}


def test_a_table_runs_no_formula_and_its_choices_come_back(tmp_path: Path) -> None:
    sealed(tmp_path)
    path = tmp_path / "pack" / "amh.csv"
    text = path.read_text(encoding="utf-8-sig")
    assert ",'=ሀ" in text
    assert ",=ሀ" not in text
    filled = tmp_path / "amina.csv"
    filled.write_text("\ufeff" + text.replace(",,\n", ",both_bad,\n").replace(",,", ",second,", 1), encoding="utf-8")
    found, of = read_choices(filled, known=PREFERENCES)
    assert of is None
    assert [(one.rater, one.value) for one in found] == [("amina", "both_bad")] * 30


def test_choices_that_nobody_could_make_are_refused_by_name(tmp_path: Path) -> None:
    manifest = sealed(tmp_path)
    _, key = opened(tmp_path / "pack", tmp_path / "apart.key")
    known = next(iter(key.items))
    with pytest.raises(InputError, match=f"amina chose of item '{known[:-1]}', .* did you mean '{known}'"):
        votes(key, [Choice(known[:-1], "amina", "first")])
    path = tmp_path / "x.csv"
    path.write_text(f"item,choice\n{known},frist\n")
    with pytest.raises(InputError, match="row 1: no choice 'frist'; did you mean 'first'"):
        read_choices(path, known=PREFERENCES)
    with pytest.raises(InputError, match="saved by a page of another pack"):
        check_seals({path: "0" * 64}, manifest)
