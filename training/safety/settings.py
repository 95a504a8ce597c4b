"""What a recipe for distillation says, checked."""

from typing import Literal

from pydantic import Field, model_validator

from aya.models.model import Decoding
from aya.models.named import Named, Terms
from aya.stage import InputFiles, InputPath, Settings
from training.safety.items import Kind
from training.safety.prompt_sets import Format


class Requests(Settings):
    """Files of requests."""

    files: InputFiles = Field(description="paths or patterns; a version's `data/**/*.parquet` too")
    format: Format = Field(default="rows", description="templates, rows, advbench, multijail, xstest or hh-rlhf")
    language: str | None = Field(default=None, description="of rows that say none")
    kind: Kind = Field(default="unsafe", description="of rows that say none")
    license: str | None = Field(default=None, description="SPDX, of rows that say none")
    most: int | None = Field(default=None, ge=1, description="items that are taken, drawn by their keys")


class Teacher(Named):
    """The model whose answers are taught; sampled as the paper did."""

    terms: Terms = Field(default="unknown", description="what may be done with the answers")
    decoding: Decoding = Decoding(temperature=0.9, top_p=0.8, max_tokens=256)


class Judge(Named):
    """The model that says whether an answer is harmful."""

    prompt: str = Field(default="plain", description="prompt of a harm judge: plain, aya, or a file (.yaml)")


class Filters(Settings):
    """What an answer must be, whatever it says."""

    least: int = Field(default=20, ge=1, description="letters; half as many in scripts without spaces")
    most: int = Field(default=1_000, ge=1, description="letters")
    repeated: float = Field(
        default=1 / 2.1, gt=0, le=1, description="share of an answer that its longest repeated part may be"
    )


class Distillation(Settings):
    """A recipe for distilled refusals."""

    name: str = Field(default="distilled", pattern=r"^[a-z0-9][a-z0-9_.-]*$")
    seed: int = Field(default=0, ge=0, description="of the parts and of sampling")
    requests: tuple[Requests, ...] = Field(min_length=1)
    held_out: float = Field(default=0.2, gt=0, lt=1, description="share of the items that is never taught, by key")
    near: float = Field(
        default=0.8, gt=0, le=1, description="likeness to a held-out request from which one is not taught (Jaccard)"
    )
    teacher: Teacher | Literal["written"] = Field(description="a model, or `written`: what stands with the requests")
    preambles: InputPath | None = Field(default=None, description="folder of files CODE.txt that go before aya's own")
    safe: bool = Field(default=True, description="teach answers to safe requests that look unsafe, too")
    judge: Judge | None = Field(default=None, description="asked whether each answer is harmful")
    unjudged: str | None = Field(default=None, min_length=1, description="why no judge is needed")
    filters: Filters = Filters()

    @model_validator(mode="after")
    def _is_judged(self) -> "Distillation":
        if (self.judge is None) == (self.unjudged is None):
            raise ValueError("name a `judge`, or say why none is needed: `unjudged: REASON`")
        return self
