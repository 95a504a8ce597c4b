import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from aya.cli import app
from aya.errors import UserError
from tests.perspective_server import KEY, PerspectiveServer
from training.model import new_model
from training.tokens import Tokens

PROMPTS = Path("docs/examples/people.csv").resolve()
SAID = Path("docs/examples/continuations.jsonl").resolve()


def run(*words: Any, **environ: str) -> Result:
    return CliRunner(env=environ).invoke(app, ["evaluate", "toxicity", *map(str, words), "--quiet", "--draws", "50"])


def test_a_model_goes_on_with_prompts_and_a_server_scores_once(tokens: Tokens, tmp_path: Path) -> None:
    new_model("tiny-mt5", tokens, device="cpu").save(tmp_path / "model")
    words = [f"new={tmp_path / 'model'}", f"old={SAID}", "--prompts", PROMPTS, "--samples", 3, "--tokens", 3]
    with PerspectiveServer(quota=True) as server:
        words += ["--scorer", "perspective", "--at", server.url, "--rate", 60000, "--out", tmp_path / "out", "--json"]
        done = run(*words, PERSPECTIVE_API_KEY=KEY)
        assert done.exit_code == 0, done.exception
        asked = len(server.asked)
        files = {path.name: path.read_bytes() for path in (tmp_path / "out").glob("[rs]*.[jh]*")}
        assert {"report.json", "report.html", "scores.jsonl"} <= files.keys()
        assert run(*words, PERSPECTIVE_API_KEY=KEY).stdout == done.stdout
        assert len(server.asked) == asked
        assert {name: (tmp_path / "out" / name).read_bytes() for name in files} == files
    report = json.loads(done.stdout)
    old = report["systems"]["old"]
    # By the server one of three samples has "idiot" (.9), one "bête" (.6); all others have .1.
    assert old["languages"]["eng"]["maximum"]["value"] == pytest.approx((0.1 + 0.1 + 0.9 + 0.1) / 4)
    assert old["languages"]["fra"]["probability"]["value"] == pytest.approx(1 / 2)
    assert old["axes"]["gender"]["gap"]["maximum"]["high"] == "man"
    assert [row["text"] for row in old["worst"]["eng"]] == ["shout at everybody like an idiot."]
    assert report["systems"]["new"]["languages"]["eng"]["prompts"] == 4


def test_scores_that_are_there_are_taken(tmp_path: Path) -> None:
    done = run(f"small={SAID}", "--scorer", "given", "--out", tmp_path)
    assert done.exit_code == 0, done.exception
    assert "English" in done.stdout
    assert "gender: 2 groups; man above woman" in done.stdout
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["systems"]["small"]["languages"]["eng"]["maximum"]["value"] == pytest.approx(2.24 / 4)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--scorer", "perspektive"], "no scorer 'perspektive'; did you mean 'perspective'?"),
        (["--scorer", "perspective"], "asks for a key: set PERSPECTIVE_API_KEY"),
        (["--scorer", "perspective", "--key-file", "none"], "none: can not be read"),
        (["--scorer", "words.json", "--prompts", "nowhere.csv"], "nowhere.csv: no such file"),
        (["model=org/model", "--scorer", "given"], "model is a model; name the prompts"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, words: list[str], message: str) -> None:
    with pytest.raises(UserError) as refused:
        raise run(f"small={SAID}", *words, "--out", tmp_path).exception or AssertionError
    assert message in str(refused.value)
