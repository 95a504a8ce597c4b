from pathlib import Path

import pytest
from typer.testing import CliRunner

from aya.cli import app
from aya.errors import RecipeError, UserError


def run(*arguments: str) -> str:
    done = CliRunner().invoke(app, ["annotate", *arguments])
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.stdout


def test_a_new_campaign_is_a_good_one(tmp_path: Path) -> None:
    path = str(tmp_path / "pilot" / "campaign.yaml")
    assert run("new", str(tmp_path / "pilot"), "--languages", "yo, amh,ara").replace("\n", "") == path
    said = run("check", path).replace("\n", " ")
    assert "good; 3 languages, tasks original, reannotation, feedback, postedit" in said
    assert "in English for yor, amh" in said
    with pytest.raises(UserError, match="is there already"):
        run("new", str(tmp_path / "pilot"), "--languages", "yo")


def test_a_language_that_is_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"3: languages\.0: no language 'yoruba1'"):
        run("new", str(tmp_path / "pilot"), "--languages", "yoruba1")


def test_without_a_key_argilla_is_not_asked(tmp_path: Path) -> None:
    run("new", str(tmp_path / "pilot"), "--languages", "yor")
    with pytest.raises(UserError, match=r"owner\.json: no API key of Argilla's owner \(server\.key_file\)"):
        run("push", str(tmp_path / "pilot" / "campaign.yaml"))
