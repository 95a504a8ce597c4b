"""What a task is: its rows, its prompts, what is right, and by what it is measured; a YAML file says it."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import Field, field_validator, model_validator

from aya import languages
from aya.errors import unknown
from aya.stage import Settings
from training.generate import GREEDY, Decoding

Kind = Literal["choice", "generate"]
ChoiceMeasure = Literal["accuracy", "accuracy_norm"]
TextMeasure = Literal["chrf++", "chrf", "bleu_char", "spbleu", "rouge1", "rouge2", "rougeL", "rougeLsum", "f1", "exact"]
MEASURES: Mapping[str, tuple[str, ...]] = {"choice": get_args(ChoiceMeasure), "generate": get_args(TextMeasure)}
"""What a task of each kind may be measured by; the first is the one that is shown if a task names none."""
READY = Path(__file__).parent / "ready"
"""Tasks that come with aya, as files; the data does not."""


class Rows(Settings):
    """Where the rows of a task are: files, a data set on the Hub, or a version or release of a collection."""

    files: tuple[str, ...] = Field(
        default=(), description="paths or patterns, in `hub` too: parquet, jsonl, csv, tsv, also packed"
    )
    hub: str | None = Field(default=None, description="data set on the Hub, as owner/name")
    revision: str | None = Field(default=None, pattern=r"^[0-9a-f]{40}$", description="its commit, 40 hex digits")
    version: str | None = Field(default=None, description="a store, a store@version, a folder, a release org/name@tag")
    held_out: float = Field(
        default=0.0, ge=0, lt=1, description="of `version`: only the rows that `held_out` of a training recipe leaves"
    )
    seed: int = Field(default=0, description="of that recipe")
    header: tuple[str, ...] | None = Field(
        default=None, min_length=1, description="names of the columns of CSV or TSV files without a header row"
    )
    file_name: str | None = Field(
        default=None, description="regular expression on a file's path; its named groups are columns"
    )
    wide: str | None = Field(
        default=None,
        description="regular expression on the names of columns: each that fits makes a row of its own, with the named"
        " groups as columns and its text as `text`",
    )
    where: dict[str, tuple[str, ...]] = Field(default={}, description="values that a column may have, as text")

    @field_validator("files", mode="before")
    @classmethod
    def _listed(cls, files: Any) -> Any:
        return (files,) if isinstance(files, str) else files

    @field_validator("where", mode="before")
    @classmethod
    def _as_text(cls, where: Any) -> Any:
        if not isinstance(where, dict):
            return where
        listed = {name: some if isinstance(some, list | tuple) else [some] for name, some in where.items()}
        return {name: [str(one) for one in some] for name, some in listed.items()}

    @field_validator("file_name", "wide")
    @classmethod
    def _compiles(cls, pattern: str | None) -> str | None:
        try:
            re.compile(pattern or "")
        except re.error as error:
            raise ValueError(f"not a regular expression: {error}") from error
        return pattern

    @model_validator(mode="after")
    def _are_somewhere(self) -> "Rows":
        if bool(self.files) == bool(self.version):
            raise ValueError("rows are in `files` or in `version`")
        if self.hub and not self.revision:
            raise ValueError("a data set on the Hub can change: give its `revision`, 40 hex digits")
        return self


class Prompt(Settings):
    """One way to ask: a Jinja template over the columns of a row, and its choices."""

    name: str = Field(min_length=1)
    text: str = Field(min_length=1, description="Jinja over the columns of a row")
    choices: str | None = Field(default=None, description="instead of the task's: Jinja, parted by |||")


class Shots(Settings):
    """Examples with their answers that stand before the question: the first ones of other rows, in their order."""

    num: int = Field(ge=1)
    rows: Rows
    same: tuple[str, ...] = Field(default=(), description="Jinja: in what they are like the question")


class SentencePiece(Settings):
    """The tokenizer of spBLEU, by its content: without the hash nobody knows what was measured."""

    path: str = Field(description="a sentencepiece model, such as that of FLORES-200")
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class Task(Settings):
    """One task, in any number of languages."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_.-]*$")
    kind: Kind
    about: str = Field(default="", description="what is asked, and from where")
    license: str = Field(default="", description="SPDX, of the data")
    rows: Rows
    language: str = Field(description="Jinja: the code of a row's language, any code that the registry knows")
    answers_in: str = Field(default="", description="Jinja: the code of the language of answers; the row's if left out")
    id: str = Field(default="", description="Jinja: a row's id, the same in all translations; its number if left out")
    cluster: str = Field(default="", description="Jinja: rows that stand or fall together, the same id if left out")
    prompts: tuple[Prompt, ...] = Field(min_length=1, description="the figure of a language is the median over them")
    preamble: str = Field(default="", description="Jinja: stands before shots and question")
    between: str = Field(default="\n\n", description="stands between shots")
    shots: Shots | None = None
    choices: str = Field(default="", description="of all prompts: Jinja, parted by |||")
    answer: str = Field(default="", description="Jinja: which choice is right: its number, or one of `labels`")
    labels: tuple[str, ...] = Field(default=(), description="values of `answer`, in the order of the choices")
    end: bool = Field(default=False, description="count the end of the text as part of a choice")
    references: str = Field(default="", description="Jinja: right answers, parted by |||")
    decoding: Decoding = GREEDY
    measures: tuple[str, ...] = Field(default=(), description="the first one is the task's own")
    spbleu: SentencePiece | None = None
    left_out: dict[str, tuple[str, ...]] = Field(
        default={}, description="words by language that F1 and exact matches pass over, such as articles"
    )
    longest: int = Field(default=1024, ge=8, description="tokens of a prompt; a longer one loses its end")
    contamination_set: str | None = Field(
        default=None, description="what the set is called in a report of `aya decontaminate`; as the task if left out"
    )

    @property
    def measured_by(self) -> tuple[str, ...]:
        """Return its measures; for choices all that there are, for texts the first one, if it names none."""
        return self.measures or (MEASURES["choice"] if self.kind == "choice" else MEASURES["generate"][:1])

    @field_validator("labels", mode="before")
    @classmethod
    def _as_text(cls, labels: Any) -> Any:
        return tuple(map(str, labels)) if isinstance(labels, list) else labels

    @field_validator("left_out")
    @classmethod
    def _by_code(cls, left_out: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        for code in left_out:
            languages.get(code)
        return left_out

    @model_validator(mode="after")
    def _is_whole(self) -> "Task":
        for name in self.measures:
            if name not in MEASURES[self.kind]:
                raise ValueError(unknown(f"measure of a {self.kind} task", name, MEASURES[self.kind]))
        if "spbleu" in self.measures and self.spbleu is None:
            raise ValueError("spbleu needs its tokenizer: spbleu: {path: ..., sha256: ...}")
        if self.kind == "generate" and not self.references:
            raise ValueError("a task of texts has `references`")
        if self.kind == "choice" and not (self.answer and all(one.choices or self.choices for one in self.prompts)):
            raise ValueError("a task of choices has `answer`, and `choices` of its own or in every prompt")
        if len({one.name for one in self.prompts}) < len(self.prompts):
            raise ValueError("two prompts have the same name")
        return self
