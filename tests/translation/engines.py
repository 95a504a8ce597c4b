"""Engines that behave in a known way."""

from collections.abc import Iterator, Sequence

import regex

from translation.engine import Hypothesis


class Shouting:
    """Answers in capitals, as a model that keeps everything would; counts what it was given."""

    key = "shouting"
    longest = 200
    batch = 5

    def __init__(self) -> None:
        self.seen: list[str] = []

    def check(self, code: str) -> None: ...

    def unknown(self, text: str) -> list[tuple[int, int]]:
        return [match.span() for match in regex.finditer("[☃☂]+", text)]

    def translate(self, texts: Sequence[str], *, source: str, target: str) -> list[Hypothesis]:
        self.seen += texts
        return [Hypothesis(self.say(text), -0.1 * len(text), len(text), True) for text in texts]

    def stream(self, texts: Sequence[str], *, source: str, target: str) -> Iterator[dict[int, Hypothesis]]:
        for start in range(0, len(texts), self.batch):
            made = self.translate(texts[start : start + self.batch], source=source, target=target)
            yield dict(enumerate(made, start))

    def say(self, text: str) -> str:
        return text.upper()


class Careless(Shouting):
    """Loses everything that is no letter and no space: brackets, digits, line breaks, emoji."""

    def say(self, text: str) -> str:
        return regex.sub(r"[^\p{L}\p{M} ]", "", text).upper()
