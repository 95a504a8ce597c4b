import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from annotation.book import Book
from aya.cli import app
from aya.errors import UserError
from tests.diary import Diary


@pytest.fixture
def campaign(tmp_path: Path) -> Path:
    """Return a campaign in whose book one person wrote three pairs and another withdrew."""
    assert CliRunner().invoke(app, ["annotate", "new", str(tmp_path / "pilot"), "--languages", "yor"]).exit_code == 0
    diary = Diary()
    for number, person in enumerate("aaab"):
        diary.answer(diary.item("original", "yor"), person * 64, prompt=f"{number}", completion="bẹ́ẹ̀ni")
    diary.person("a" * 64)
    diary.person("b" * 64, withdrawn=True)
    book = Book(tmp_path / "pilot/book.sqlite")
    book.put_items(diary.items.to_pylist())
    book.put_responses(diary.responses.to_pylist())
    book.put_people(diary.people.to_pylist())
    book.close()
    return tmp_path / "pilot/campaign.yaml"


def run(*arguments: object) -> str:
    done = CliRunner().invoke(app, ["annotate", *map(str, arguments)], catch_exceptions=False)
    assert done.exit_code == 0
    return done.stdout


def test_the_verbs_agree_on_a_campaign(campaign: Path, tmp_path: Path) -> None:
    rows = json.loads(run("status", campaign, "--json"))
    assert [row["answered"] for row in rows if row["task"] == "original"] == [3]
    made = json.loads(run("report", campaign, "--policy", "all", "--json"))
    assert (made["answers"], made["people"], made["release"]["kept"]) == (3, 1, 3)
    assert made["release"]["dropped"] == {"annotation.release: withdrawn by an author": 1}
    written = json.loads(run("export", campaign, "--out", tmp_path / "out", "--policy", "all", "--json"))
    assert written == {"data/train.parquet": 3, "demographics/train.parquet": 0, "records.parquet": 4}


def test_the_page_does_not_show_who_withdrew(campaign: Path, tmp_path: Path) -> None:
    run("leaderboard", campaign, "--out", tmp_path / "board.html")
    page = (tmp_path / "board.html").read_text(encoding="utf-8")
    assert "a" * 8 in page
    assert "b" * 8 not in page


def test_an_unknown_policy_names_the_nearest(campaign: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="did you mean 'published'"):
        run("export", campaign, "--out", tmp_path, "--policy", "publisht")
