from pathlib import Path

import pytest
import yaml

from annotation.campaign import read_campaign
from aya.campaign_file import EXAMPLE, load_campaign
from aya.errors import RecipeError, UserError

GOOD = {
    "name": "pilot",
    "languages": ["yo", "ara_Arab"],
    "license": "CC0-1.0",
    "citation": "all",
    "tasks": {"original": {}},
}


def write(folder: Path, **changes: object) -> Path:
    path = folder / "campaign.yaml"
    path.write_text(yaml.safe_dump(GOOD | changes, sort_keys=False), encoding="utf-8")
    return path


def faults(path: Path) -> list[str]:
    with pytest.raises(RecipeError) as caught:
        load_campaign(path)
    return [fault.removeprefix(f"{path}:") for fault in caught.value.faults]


def test_languages_may_be_written_in_any_spelling(tmp_path: Path) -> None:
    assert load_campaign(write(tmp_path)).languages == ("yor", "ara")


def test_the_example_is_a_good_campaign(tmp_path: Path) -> None:
    path = tmp_path / "campaign.yaml"
    path.write_text(EXAMPLE.format(name="pilot", languages="yor, amh", url="http://127.0.0.1:6900"), encoding="utf-8")
    assert load_campaign(path) == read_campaign(path)


def test_every_fault_is_named_with_its_line(tmp_path: Path) -> None:
    path = write(tmp_path, languages=["yor", "yoruba_"], tasks={"feedback": {"shar": 1}}, harmful={"hours": 5}, wave=0)
    said = "\n".join(faults(path))
    assert "4: languages.1: no language 'yoruba_'" in said
    assert "no setting 'shar'; did you mean 'share'?" in said
    assert "harmful.hours: Input should be less than or equal to 4" in said
    assert "wave: Input should be greater than or equal to 1" in said


def test_a_bad_code_is_one_fault(tmp_path: Path) -> None:
    assert faults(write(tmp_path, languages=["yorb"])) == ["3: languages.0: no language 'yorb'; did you mean 'yor'?"]
    (fault,) = faults(write(tmp_path, goal={"yorb": 5}))
    assert fault.endswith(": goal.yorb: no language 'yorb'; did you mean 'yor'?")


def test_two_spellings_of_a_language_are_one_too_many(tmp_path: Path) -> None:
    assert faults(write(tmp_path, languages=["yo", "yor"])) == ["2: languages: language 'yor' stands twice"]


def test_a_campaign_has_a_task(tmp_path: Path) -> None:
    assert "a campaign has at least one task" in faults(write(tmp_path, tasks={}))[0]


def test_a_missing_file_names_its_neighbour(tmp_path: Path) -> None:
    write(tmp_path)
    with pytest.raises(RecipeError, match=r"did you mean 'campaign\.yaml'"):
        load_campaign(tmp_path / "campain.yaml")


def test_a_broken_file_says_how_to_see_its_faults(tmp_path: Path) -> None:
    path = write(tmp_path, wave=0)
    with pytest.raises(UserError, match="see: aya annotate check"):
        read_campaign(path)


def test_a_goal_is_one_number_or_one_for_each_language(tmp_path: Path) -> None:
    campaign = load_campaign(write(tmp_path, goal={"yo": 5}))
    assert [campaign.goal_of(code) for code in ("yor", "ara")] == [5, None]
    assert load_campaign(write(tmp_path, goal=7)).goal_of("ara") == 7
