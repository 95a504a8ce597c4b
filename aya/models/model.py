"""What is asked of a model, and what it answers: the one Protocol for servers and local models."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, Protocol

from pydantic import Field

from aya.errors import UserError
from aya.stage import Settings
from aya.table import canonical
from aya.text import digest

Heard = Callable[[str], None]
"""Told each piece of an answer as it comes."""

_OVERHEAD = 64
"""Tokens that a chat template may add to a message, at most; the greatest of today's add some 40 once."""


class Message(NamedTuple):
    """One turn of a conversation."""

    role: Literal["system", "user", "assistant"]
    content: str


class Usage(NamedTuple):
    """Tokens that were read and written."""

    prompt: int = 0
    completion: int = 0

    @property
    def total(self) -> int:
        """Return the tokens in all."""
        return self.prompt + self.completion


class Spent(NamedTuple):
    """Tokens and money."""

    tokens: int = 0
    money: float = 0.0


class Decoding(Settings):
    """How tokens are chosen."""

    temperature: float = Field(default=0, ge=0, description="0 takes the likeliest token")
    top_p: float = Field(default=1, gt=0, le=1, description="share of probability that is sampled from")
    max_tokens: int = Field(default=512, ge=1, description="tokens of an answer at most")
    stop: tuple[str, ...] = Field(default=(), description="texts that end an answer")
    more: Mapping[str, Any] = Field(
        default_factory=dict, description="further fields for the server, as `response_format` or `min_p`"
    )


GREEDY = Decoding()
NOTHING = Usage()


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """One question: a conversation, or a bare prompt that the model goes on with."""

    messages: tuple[Message, ...] = ()
    prompt: str | None = None
    decoding: Decoding = GREEDY
    seed: int = 0
    language: str = ""
    """ISO 639-3 of the answer; for the account alone."""
    task: str = ""
    """What it is asked for; for the account alone."""

    def __post_init__(self) -> None:
        if (self.prompt is None) == (not self.messages):
            raise ValueError("a request has either messages or a prompt")

    def key(self, model: str, revision: str) -> str:
        """Return the name of the answer: the same question to the same model has one answer."""
        asked = [self.messages, self.prompt, self.decoding.model_dump(mode="json"), self.seed]
        return digest(model, revision, canonical(asked))

    @property
    def most(self) -> Usage:
        """Return more tokens than it can take: a token holds a byte at least, and templates add a few."""
        texts = [self.prompt] if self.prompt is not None else [one.content for one in self.messages]
        return Usage(sum(len(text.encode()) + _OVERHEAD for text in texts), self.decoding.max_tokens)


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What a model said; without a text if it refused the request, with the reason in `fault`."""

    text: str
    finish: str
    """`stop`: ended by itself; `length`: cut off; anything else as the server says it."""
    usage: Usage = NOTHING
    fault: str | None = None


class Model(Protocol):
    """Answers requests; the same request with the same seed should have the same answer."""

    @property
    def name(self) -> str:
        """The model's name, as its owner writes it."""

    @property
    def revision(self) -> str:
        """Commit, tag or date of the weights; empty if nobody knows."""

    async def answer(self, request: Request, heard: Heard | None = None) -> Answer:
        """Return the answer; `heard` is told its pieces as they come.

        Raises: Again, ModelError.
        """

    async def close(self) -> None:
        """Give back connections and memory; it may be asked again afterwards."""


class ModelError(UserError):
    """A model that can not be used at all: no such model, no right to it, nobody there."""


class Again(Exception):
    """A fault that may pass: asked again later, it may well answer."""

    def __init__(self, why: str, *, wait: float | None = None, lost: bool = False) -> None:
        super().__init__(why)
        self.wait = wait
        """Seconds that the server asks to be left alone."""
        self.lost = lost
        """Whether it may have answered, and be paid, without the answer having arrived."""
