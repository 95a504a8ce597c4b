"""Drop answers that refuse, or in which a model speaks of itself."""

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import ClassVar, Literal, NamedTuple

import pyarrow as pa
import regex
import yaml
from pydantic import Field

from aya.stage import Settings
from aya.table import mark
from aya.text import normalise

_BEGINNING = 160
"""Letters of an answer that are its beginning: two sentences or so, for those who greet first."""

MAKERS = (
    "chatgpt",
    "openai",
    "gpt-3",
    "gpt-4",
    "claude ai",
    "anthropic",
    "qwen",
    "alibaba cloud",
    "deepseek",
    "mistral ai",
)
"""Names by which models call themselves and their makers; no fault where the prompt has the name too."""

_JOINED = r"[\p{Han}\p{Hira}\p{Kana}\p{Thai}]"  # written without spaces between words
_WORD = rf"(?:(?<![\p{{L}}\p{{M}}])|(?<={_JOINED}))"  # where one begins
_SENTENCE = r"(?:^|[\p{STerm}:\"“«„*]\s*)\K"
_APOSTROPHES = str.maketrans("’ʼ`´", "''''")
Kind = Literal["refusal", "self-reference"]


class Phrases(NamedTuple):
    """Patterns of one language, or of all."""

    begins: regex.Pattern[str]
    anywhere: regex.Pattern[str]


class Refusal(Settings):
    """Drop answers that begin with a refusal (`I'm sorry, but I`), or in which a model speaks of itself.

    Phrases of 21 languages are looked for (`synthesis/refusals.yaml`), those of English in answers of any language,
    since models fall back to it; and names of models and their makers that the prompt does not name. In a
    language without phrases only these are found. Prompts that ask for what stands in the phrases (a role, a letter of
    apology) are not told apart; look at a sample of what goes.

    Reads `inputs`, `targets`, `language`.
    """

    name: ClassVar[str] = "synthesis.refusal"
    version: ClassVar[int] = 1
    reads: ClassVar[tuple[str, ...]] = ("inputs", "targets", "language")
    writes: ClassVar[Mapping[str, pa.DataType]] = {}

    kinds: tuple[Kind, ...] = Field(
        default=("refusal", "self-reference"),
        min_length=1,
        description="what is dropped; data on safety wants refusals",
    )

    def __call__(self, table: pa.Table) -> pa.Table:
        """Return the table with a reason on such answers."""
        columns = (table[name].to_pylist() for name in self.reads)
        found = [self._find(*texts) for texts in zip(*columns, strict=True)]
        reasons = [f"{self.name}: {one[0]}" if one else None for one in found]
        return mark(table, reasons, [{"phrase": one[1]} if one else None for one in found])

    def _find(self, prompt: str | None, answer: str | None, language: str | None) -> tuple[Kind, str] | None:
        """Return the kind and the phrase."""
        if not answer:
            return None
        text = normalise(answer.translate(_APOSTROPHES))
        for phrases in (_phrases(language or ""), _phrases("eng")):
            for kind, hit in (
                ("refusal", phrases.begins.search(text[:_BEGINNING])), ("self-reference", phrases.anywhere.search(text))
            ):  # fmt: skip
                if hit and kind in self.kinds:
                    return kind, hit.group()
        name = _name(text, prompt or "") if "self-reference" in self.kinds else None
        return ("self-reference", name) if name else None


def _name(text: str, prompt: str) -> str | None:
    asked = normalise(prompt)
    return next((name for name in MAKERS if name in text and _whole(name).search(text) and name not in asked), None)


@cache
def _whole(name: str) -> regex.Pattern[str]:
    return regex.compile(rf"(?<![a-z]){re.escape(name)}(?![a-z])")


@cache
def _phrases(language: str) -> Phrases:
    listed = _listed().get(language, {})
    return Phrases(
        _pattern(listed.get("begins", ()), after=_SENTENCE), _pattern(listed.get("anywhere", ()), after=_WORD)
    )


def _pattern(phrases: list[str] | tuple[str, ...], *, after: str) -> regex.Pattern[str]:
    """Return what finds any of the phrases."""
    if not phrases:
        return regex.compile(r"(?!)")
    written = "|".join(map(_written, phrases))
    return regex.compile(rf"{after}(?:{written})")


def _written(phrase: str) -> str:
    """Return the pattern of a phrase; it ends with a word, where its script shows words."""
    open_ended = phrase.endswith("…") or regex.search(rf"{_JOINED}$", phrase)
    parts = (re.escape(normalise(part)) for part in phrase.split("…"))  # NFKC would make three dots of it
    return r".{0,30}?".join(parts) + ("" if open_ended else r"(?!\p{L})")


@cache
def _listed() -> dict[str, dict[str, list[str]]]:
    text = files("synthesis").joinpath("refusals.yaml").read_text(encoding="utf-8")
    loaded: dict[str, dict[str, list[str]]] = yaml.safe_load(text)
    return loaded
