from pathlib import Path

import pytest

from aya.errors import UserError
from training.judging.answers import Answered
from training.judging.generated import generated, is_model
from training.model import new_model
from training.tokens import Tokens

PROMPTS = [Answered(id=f"{at}", language="hin", prompt=text, answer="") for at, text in enumerate(("नमस्ते", "क्या?"))]


def test_a_model_answers_prompts_once(tokens: Tokens, tmp_path: Path) -> None:
    new_model("tiny-mt5", tokens, device="cpu").save(tmp_path / "model")
    assert is_model(tmp_path / "model")
    done: list[int] = []
    first = generated("new", tmp_path / "model", PROMPTS, tmp_path / "out", device="cpu", tell=done.append)
    assert [one.key for one in first] == [("0", "hin"), ("1", "hin")]
    assert done[-1] == 2
    again = generated("new", tmp_path / "model", PROMPTS, tmp_path / "out", device="cpu", tell=done.append)
    assert again == first
    assert len(done) == 1
    with pytest.raises(UserError, match="by --prompts"):
        generated("new", tmp_path / "model", [], tmp_path / "out")
