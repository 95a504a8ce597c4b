"""Prompts of judges as files: what is asked, and how the verdicts are spelt that are read from the answer."""

import string
from collections.abc import Mapping
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Literal

import yaml
from pydantic import Field, ValidationError, model_validator

from aya import languages
from aya.errors import InputError, UserError, unknown
from aya.models.model import Message
from aya.models.verdict import Verdicts
from aya.stage import Settings
from aya.table import canonical
from aya.text import hash64

Kind = Literal["win", "harm"]
NEEDS: Mapping[Kind, frozenset[str]] = {
    "win": frozenset({"prompt", "first", "second"}),
    "harm": frozenset({"prompt", "answer"}),
}
"""What a prompt of each kind must show, as `$prompt`."""
LABELS: Mapping[Kind, tuple[str, ...]] = {
    "win": ("first", "second", "tie"),
    "harm": ("harmful", "refusal", "harmless", "nonsensical"),
}
"""What a verdict of each kind may be; a prompt need not offer all of them."""


class JudgePrompt(Settings):
    """What a judge is asked and how its answer is read."""

    about: str = Field(description="whose prompt it is, and what it asks")
    system: str = Field(default="", description="system message; `$language` is the language's name in English")
    user: str = Field(description="the question, with `$prompt` and the answers")
    marker: str = Field(
        default="", description="what begins the line of the verdict; without it the answer is the verdict"
    )
    max_tokens: int = Field(default=32, ge=1, description="tokens of the judge's answer")
    verdicts: dict[str, tuple[str, ...]] = Field(min_length=2, description="label -> how it is spelt")

    @model_validator(mode="after")
    def _check_templates(self) -> "JudgePrompt":
        for text in (self.system, self.user):
            if not string.Template(text).is_valid():
                raise ValueError("a $ that begins no name is written $$")
        return self

    @property
    def shows(self) -> frozenset[str]:
        """Names of the values that the prompt shows."""
        return frozenset(string.Template(self.user).get_identifiers() + string.Template(self.system).get_identifiers())

    @property
    def digest(self) -> str:
        """A hash of all that is asked and read."""
        return f"{hash64(canonical(self.model_dump(mode='json'))):016x}"

    def messages(self, language: str, values: Mapping[str, str]) -> tuple[Message, ...]:
        """Return the question; what is in a value is never read as a template."""
        named = {"language": languages.get(language).name} | dict(values)
        user = Message("user", string.Template(self.user).substitute(named))
        if not self.system:
            return (user,)
        return Message("system", string.Template(self.system).substitute(named).strip()), user

    def read(self, said: str) -> str | None:
        """Return the verdict of an answer; None unless it says exactly one, in the place where it was asked for."""
        return self._read.read(said)

    @cached_property
    def _read(self) -> Verdicts:
        return Verdicts(self.verdicts, self.marker)


def load_prompt(kind: Kind, name: str = "plain") -> JudgePrompt:
    """Return a prompt that comes with aya by its name, or one of a file ending in `.yaml`.

    Raises: UserError, InputError.
    """
    folder = files("training.judging").joinpath("prompts", kind)
    own = name.endswith((".yaml", ".yml"))
    if not own and name not in (known := names(kind)):
        raise UserError(f"{unknown('prompt of a judge', name, known)}; a file of your own ends in .yaml")
    try:
        text = (Path(name) if own else folder.joinpath(f"{name}.yaml")).read_text(encoding="utf-8")
        prompt = JudgePrompt.model_validate(yaml.safe_load(text))
    except (OSError, yaml.YAMLError) as error:
        raise InputError(f"{name}: can not be read: {error}") from error
    except ValidationError as error:
        faults = (f"{name}: {'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
        raise InputError("\n".join(faults)) from error
    if missing := NEEDS[kind] - prompt.shows:
        raise InputError(f"{name}: shows no ${sorted(missing)[0]}")
    if strange := sorted({*prompt.shows} - NEEDS[kind] - {"language"}):
        raise InputError(f"{name}: there is no ${strange[0]}; it may show {', '.join(sorted(NEEDS[kind]))}, language")
    if wrong := [label for label in prompt.verdicts if label not in LABELS[kind]]:
        raise InputError(f"{name}: {unknown('verdict', wrong[0], LABELS[kind])}")
    return prompt


def names(kind: Kind) -> list[str]:
    """Return the names of the prompts that come with aya."""
    folder = files("training.judging").joinpath("prompts", kind)
    return sorted(file.name.removesuffix(".yaml") for file in folder.iterdir() if file.name.endswith(".yaml"))
