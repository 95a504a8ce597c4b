"""Requests made of acts and objects: a YAML file for each language, with the answers that people wrote beside them."""

import string
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import AfterValidator, Field, ValidationError

from aya import languages
from aya.errors import InputError
from aya.stage import Settings
from aya.text import hash64
from training.safety.items import Item, Kind


def _shows(name: str) -> AfterValidator:
    def check(text: str) -> str:
        if [field for _, field, _, _ in string.Formatter().parse(text) if field is not None] != [name]:
            raise ValueError(f"'{text}' must have {{{name}}} once, and nothing else in braces")
        return text

    return AfterValidator(check)


Act = Annotated[str, _shows("object")]


class Safe(Settings):
    """A safe act that looks like an unsafe one, and how a request for it is answered."""

    act: Act
    answer: str = Field(min_length=1)


class Topic(Settings):
    """Acts on the same objects, some of which harm; names are the same in all languages."""

    objects: dict[str, str] = Field(min_length=1)
    unsafe: dict[str, Act] = Field(min_length=1)
    refusals: tuple[str, ...] = Field(min_length=1, description="answers to unsafe acts")
    safe: dict[str, Safe] = Field(min_length=1)


class RequestTemplates(Settings):
    """A file of requests in one language."""

    language: str
    license: str
    asks: tuple[Annotated[str, _shows("act")], ...] = Field(min_length=1, description="ways to ask for an act")
    topics: dict[str, Topic] = Field(min_length=1)

    def items(self) -> Iterator[Item]:
        """Yield every act on every object, asked for in every way; which comes first is drawn by its name."""
        for name, topic in self.topics.items():
            for act, text in topic.unsafe.items():
                yield from self._asked("unsafe", f"{name}/{act}", text, topic.objects, topic.refusals)
            for act, safe in topic.safe.items():
                yield from self._asked("safe", f"{name}/{act}", safe.act, topic.objects, (safe.answer,))

    def _asked(
        self, kind: Kind, act: str, text: str, objects: Mapping[str, str], answers: tuple[str, ...]
    ) -> Iterator[Item]:
        for name, thing in objects.items():
            key = f"{act}/{name}"
            drawn = hash64(f"{key} {self.language}")
            for number in range(len(self.asks)):
                ask = self.asks[(drawn + number) % len(self.asks)].format(act=text.format(object=thing))
                yield Item(
                    key=key,
                    way=f"{number}",
                    language=self.language,
                    prompt=ask[:1].upper() + ask[1:],
                    kind=kind,
                    license=self.license,
                    origin="template",
                    answer=answers[hash64(act) % len(answers)],
                )


def read_templates(path: Path) -> list[Item]:
    """Return the requests of a file.

    Raises: InputError with every fault.
    """
    try:
        made = RequestTemplates.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise InputError(f"{path}: can not be read: {error}") from error
    except ValidationError as error:
        faults = (f"{path}: {'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
        raise InputError("\n".join(faults)) from error
    if languages.resolve(made.language) is None:
        raise InputError(f"{path}: no language '{made.language}'")
    return list(made.items())
