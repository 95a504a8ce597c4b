import pytest

from tests.workshop import QUESTIONS
from training.model import Model, new_model
from training.tokens import Tokens
from training.vocabulary import learn_tokens

LINES = [str(row[name]) for row in QUESTIONS for name in ("q", "a")] * 3


@pytest.fixture(autouse=True)
def no_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep a mistaken name from asking the Hub five times."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


@pytest.fixture(scope="session")
def tokens() -> Tokens:
    """A vocabulary of the questions."""
    return learn_tokens(LINES, size=600)


@pytest.fixture(scope="session", params=["tiny-mt5", "tiny-causal"])
def model(request: pytest.FixtureRequest, tokens: Tokens) -> Model:
    """A model of each kind with random weights; not to be changed."""
    return new_model(request.param, tokens, device="cpu")
