"""What a translation model has to do, whichever library runs it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol


class Hypothesis(NamedTuple):
    """One translation."""

    text: str
    logprob: float | None
    """Mean log-probability of a token, the best cheap sign of a bad translation; None of an engine that has none."""
    num_tokens: int
    finished: bool
    """Whether the model ended by itself, not at the limit of length."""


class Engine(Protocol):
    """Sentences in, sentences out; what it answers does not depend on what else is in the call, up to rounding."""

    @property
    def key(self) -> str:
        """Model, revision and decoding, for the content key of what it made."""

    @property
    def longest(self) -> int:
        """Letters of a sentence at most; longer ones are cut before they come here."""

    def check(self, code: str) -> None:
        """Raise UserError, with the nearest codes, for a language (FLORES-200 code) that the model does not know."""

    def unknown(self, text: str) -> list[tuple[int, int]]:
        """Return the places of characters that the model has no token for and would lose without a word."""

    def translate(self, texts: Sequence[str], *, source: str, target: str) -> list[Hypothesis]:
        """Return a translation of each text, in order; `source` and `target` are FLORES-200 codes."""

    def stream(self, texts: Sequence[str], *, source: str, target: str) -> Iterator[Mapping[int, Hypothesis]]:
        """Yield the same batch by batch, by the place of the text, so that a batch can be kept before the next."""


class Streaming:
    """What makes its translations batch by batch, and says them in order too."""

    def translate(self, texts: Sequence[str], *, source: str, target: str) -> list[Hypothesis]:
        """Return a translation of each text, in order."""
        batches = self.stream(texts, source=source, target=target)
        found = {place: made for batch in batches for place, made in batch.items()}
        return [found[place] for place in range(len(found))]

    def stream(self, texts: Sequence[str], *, source: str, target: str) -> Iterator[Mapping[int, Hypothesis]]:
        """Yield translations by the place of their text, a batch at a time."""
        raise NotImplementedError


class Relay(Streaming):
    """An engine that hands everything on to another one; what is added to it is said by what derives from this."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.key, self.longest = engine.key, engine.longest

    def check(self, code: str) -> None:
        """Raise UserError for a language that the model does not know."""
        self.engine.check(code)

    def unknown(self, text: str) -> list[tuple[int, int]]:
        """Return the places of characters without a token."""
        return self.engine.unknown(text)

    def stream(self, texts: Sequence[str], *, source: str, target: str) -> Iterator[Mapping[int, Hypothesis]]:
        """Yield translations by the place of their text, a batch at a time."""
        return self.engine.stream(texts, source=source, target=target)
