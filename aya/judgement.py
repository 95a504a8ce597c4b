"""How people judge answers: what they may choose, and the words of the screens, by language."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Final

import yaml

from aya.stage import Settings

FALLBACK: Final = "eng"
CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "comparison": ("first", "second", "both_good", "both_bad", "incomprehensible"),
    "harm": ("harmful", "refusal", "harmless", "nonsensical", "incomprehensible"),
}
"""By task: which of two answers is better, of what kind an answer is; a prompt may make no sense.

References: Üstün et al. 2024 (Aya model, arXiv 2402.07827), on how people compared and labelled answers.
"""


class Asked(Settings):
    """The words of a task."""

    task: str
    how: str
    choices: dict[str, str]


class Words(Settings):
    """The words of a language."""

    request: str
    answer: str
    first: str
    second: str
    comparison: Asked
    harm: Asked
    skip: str
    name: str
    save: str
    done: str
    """With `{done}` and `{all}`."""
    kept: str

    def of(self, task: str) -> Asked:
        """Return the words of a task."""
        return self.comparison if task == "comparison" else self.harm


@cache
def _written() -> dict[str, Words]:
    text = files("aya").joinpath("judgement.yaml").read_text(encoding="utf-8")
    return {code: Words.model_validate(said) for code, said in yaml.safe_load(text).items()}


def written() -> list[str]:
    """Return the languages that the words are written in, sorted."""
    return sorted(_written())


def words(language: str) -> Words:
    """Return the words of a language, English where it has none."""
    return _written().get(language, _written()[FALLBACK])
