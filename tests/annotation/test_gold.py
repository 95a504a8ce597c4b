import json
from pathlib import Path

import pytest

from annotation.campaign import Campaign
from annotation.gold import read_gold
from annotation.items import follow
from aya.errors import InputError

CAMPAIGN = Campaign.model_validate(
    {
        "name": "pilot",
        "languages": ["yor", "hin"],
        "license": "CC0-1.0",
        "citation": "all",
        "tasks": {"reannotation": {}, "feedback": {}},
    }
)
LIST = """task,language,prompt,completion,right_approved,right_completion
reannotation,yo,Kí ni èyí?,Ìwé ni.,up,
reannotation,hin,भारत की राजधानी क्या है?,मुंबई,down,नई दिल्ली
"""


def write(folder: Path, text: str, *, name: str = "gold.csv") -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def test_a_list_becomes_items_with_their_right_answers(tmp_path: Path) -> None:
    made = read_gold(write(tmp_path, LIST), CAMPAIGN)
    assert [(item["language"], item["script"], json.loads(item["gold"])) for item in made] == [
        ("yor", "Latn", {"approved": "up"}),
        ("hin", "Deva", {"approved": "down", "completion": "नई दिल्ली"}),
    ]
    assert made == read_gold(write(tmp_path, LIST), CAMPAIGN)


def test_json_lines_say_the_same(tmp_path: Path) -> None:
    header, *rows = (line.split(",") for line in LIST.splitlines())
    lines = "\n".join(json.dumps(dict(zip(header, row, strict=True))) for row in rows)
    assert read_gold(write(tmp_path, lines, name="gold.jsonl"), CAMPAIGN) == read_gold(write(tmp_path, LIST), CAMPAIGN)


def test_an_answer_to_one_is_not_shown_to_others(tmp_path: Path) -> None:
    item = read_gold(write(tmp_path, LIST), CAMPAIGN)[1]
    values = json.dumps({"approved": "down", "prompt": item["prompt"], "completion": "नई दिल्ली"})
    response = {"id": "r", "annotator": "a", "values": values}
    assert follow(CAMPAIGN, item, response) is None
    assert follow(CAMPAIGN, item | {"gold": None}, response) is not None


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("reannotation,swa,p,c,up,", "no language of the campaign 'swa'"),
        (
            "reanotation,yor,p,c,up,",
            "no task of the campaign with gold items 'reanotation'; did you mean 'reannotation'?",
        ),
        ("postedit,yor,p,c,,x", "no task of the campaign with gold items 'postedit'"),
        ("reannotation,yor,p,c,yes,", "right_approved is up or down, not 'yes'"),
        ("reannotation,yor,,c,up,", "no prompt"),
        ("reannotation,yor,p,c,,", "no right answer; reannotation asks right_approved"),
        ("feedback,yor,p,c,up,", "feedback does not ask 'approved'"),
    ],
)
def test_every_fault_is_named_with_its_line(tmp_path: Path, row: str, fault: str) -> None:
    with pytest.raises(InputError) as caught:
        read_gold(write(tmp_path, f"{LIST}{row}\n"), CAMPAIGN)
    assert f"gold.csv:4: {fault}" in str(caught.value)
