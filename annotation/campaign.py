"""What a campaign says of itself in `campaign.yaml`: languages, tasks, overlap, order, limits."""

from datetime import date
from pathlib import Path
from typing import Annotated, ClassVar, Final, Literal

import yaml
from pydantic import AfterValidator, Field, ValidationInfo, field_validator, model_validator

from aya import languages
from aya.errors import UserError, unknown
from aya.stage import Settings

Origin = Literal["human", "template", "translation", "synthetic"]

BOOK: Final = "book.sqlite"
KEY: Final = "pseudonym.key"
PASSWORDS: Final = "passwords.csv"


def _code(code: str) -> str:
    found = languages.resolve(code)
    if found is None:
        raise ValueError(unknown("language", code, languages.codes()))
    return found.language


Code = Annotated[str, AfterValidator(_code)]


class Server(Settings):
    """Where Argilla is."""

    url: str = Field(default="http://127.0.0.1:6900", pattern=r"^https?://\S+$", description="address of Argilla")
    key_file: Path = Field(
        default=Path("owner.json"),
        description="`owner.json` of `aya annotate serve`, or a file with the owner's API key alone; beside this file",
    )


class Original(Settings):
    """Blank slots, to write a prompt and its completion."""

    slots: int = Field(default=100, ge=1, description="slots of each language and topic")
    overlap: ClassVar[int] = 1


class Reannotation(Settings):
    """Rows of a store, and what others wrote: thumbs, then edit."""

    overlap: int = Field(default=1, ge=1, description="people who answer each item")
    origins: tuple[Origin, ...] = Field(
        default=("human", "template", "translation", "synthetic"), description="rows of the store to ask about"
    )
    most: int = Field(default=10_000, ge=1, description="rows of each language taken from one version")
    originals: float = Field(default=1, ge=0, le=1, description="share of the annotators' own writing that others edit")


class Postedit(Settings):
    """Machine translations to correct beside their source text."""

    overlap: int = Field(default=1, ge=1, description="people who answer each item")
    most: int = Field(default=10_000, ge=1, description="rows of each language taken from one version")
    worst: str = Field(
        default="translation_fault",
        description="score column by which the highest rows come first; where a version lacks it, any rows are taken",
    )
    dropped: bool = Field(default=True, description="also rows that a check of translations (translation.*) dropped")


class Feedback(Settings):
    """Edits to compare with what was there before, to rate and to improve."""

    overlap: int = Field(default=1, ge=1, description="people who answer each item")
    share: float = Field(default=1, ge=0, le=1, description="share of the edits that are judged")


class Judgement(Settings):
    """Answers of systems to judge; `aya evaluate blind` and `aya evaluate label` bring them."""

    overlap: int = Field(default=3, ge=1, description="people who judge each item")


class Tasks(Settings):
    """The tasks of a campaign; one that is left out is not done."""

    original: Original | None = Field(default=None, description="write a pair")
    reannotation: Reannotation | None = Field(default=None, description="rate and edit a pair")
    feedback: Feedback | None = Field(default=None, description="judge another's edit")
    postedit: Postedit | None = Field(default=None, description="correct a machine translation")

    comparison: Judgement | None = Field(default=None, description="say which of two answers is better")
    harm: Judgement | None = Field(default=None, description="say whether an answer is harmful")

    @model_validator(mode="after")
    def _check_some(self) -> "Tasks":
        if not any(getattr(self, name) for name in type(self).model_fields):
            raise ValueError(f"a campaign has at least one task: {', '.join(type(self).model_fields)}")
        return self

    def overlap(self, task: str) -> int:
        """Return how many people answer an item of a task."""
        said = getattr(self, task)
        return said.overlap if said else 1


class Harmful(Settings):
    """Harmful content: shown to those who agreed to see it, for a few hours a day."""

    datasets: tuple[str, ...] = Field(default=(), description="data sets (or sources) of a store that are harmful")
    hours: float = Field(default=4, gt=0, le=4, description="hours a day and person, at most four")


class Campaign(Settings):
    """A campaign as it is written in `campaign.yaml`."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,40}$", description="lower case, digits, - and _; enters all ids")
    server: Server = Field(default=Server(), description="where Argilla is")
    languages: tuple[Code, ...] = Field(min_length=1, description="codes in any spelling")
    tasks: Tasks = Field(description="what people are asked to do")
    license: str = Field(min_length=1, description="licence that contributors agree to, SPDX; of what they write")
    citation: str = Field(min_length=1, description="whom to cite")
    topics: tuple[str, ...] = Field(default=(), description="topics to write about; the least covered comes first")
    wave: int = Field(default=50, ge=1, description="items of a data set that are open at a time; priority holds so")
    review_groups: int = Field(
        default=3, ge=2, le=20, description="groups of people; what one group wrote only the others can see to judge"
    )
    goal: int | dict[Code, int] | None = Field(
        default=None, description="answered items of a language and task after which no more are handed out"
    )
    daily: int | None = Field(
        default=None,
        ge=1,
        description="answers a day (UTC) and person, after which nothing is shown to them until the next",
    )
    until: date | None = Field(default=None, description="last day on which items are handed out")
    harmful: Harmful = Field(default=Harmful(), description="limits on harmful content")

    @field_validator("languages")
    @classmethod
    def _check_unique(cls, codes: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        if twice := sorted({code for code in codes if codes.count(code) > 1}):
            raise ValueError(f"language '{twice[0]}' stands twice")
        return codes

    def goal_of(self, language: str) -> int | None:
        """Return the goal of a language, None where it has none."""
        return self.goal.get(language) if isinstance(self.goal, dict) else self.goal


def read_campaign(path: Path) -> Campaign:
    """Return the campaign of a file that was checked before (`aya annotate check` names every fault with its line)."""
    try:
        return Campaign.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise UserError(f"{path}: {str(error).splitlines()[0]}; see: aya annotate check {path}") from error
