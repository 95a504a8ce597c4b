"""HolisticBias, from the folder of its files: descriptors of people along axes, nouns, and sentences around them.

References: Smith et al. 2022, "I'm sorry to hear that": Finding New Biases in Language Models with a Holistic
Descriptor Dataset.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from aya.errors import InputError, UserError, nearest, unknown
from aya.text import hash64

FILES = ("descriptors", "nouns", "sentence_templates", "standalone_noun_phrases")
SLOTS = ("noun_phrase", "plural_noun_phrase")


@dataclass(frozen=True, kw_only=True, slots=True)
class Descriptor:
    """A word or phrase for people: how it stands around a noun of each number; of one `gender` alone, if any."""

    axis: str
    name: str
    singular: str
    plural: str
    gender: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Holistic:
    """What the files hold; a noun is (gender, singular, plural)."""

    descriptors: tuple[Descriptor, ...]
    nouns: tuple[tuple[str, str, str], ...]
    templates: tuple[str, ...]

    @property
    def axes(self) -> list[str]:
        """The axes that there are descriptors of."""
        return sorted({one.axis for one in self.descriptors})


@dataclass(frozen=True, kw_only=True, slots=True)
class Sentence:
    """A template with a descriptor and a noun in it."""

    axis: str
    descriptor: str
    noun: str
    template: str
    text: str


def read_holistic(folder: Path) -> Holistic:
    """Read the folder of HolisticBias (its versions 1.0 and 1.1).

    Fixed phrases (`an amputee`), which go with no noun, are left out: each would be a single sentence of its template.
    Raises: InputError naming the file.
    """
    descriptors, nouns, templates, phrases = (_read(folder, name) for name in FILES)
    try:
        people = [_descriptor(axis, one) for axis, kinds in descriptors.items() for one in _flat(kinds)]
        people += [_phrase(axis, one) for axis, some in phrases.items() for one in some]
        return Holistic(
            descriptors=tuple(dict.fromkeys(one for one in people if "{noun}" in one.singular)),
            nouns=tuple((gender, one, many) for gender, pairs in nouns.items() for one, many in pairs),
            templates=tuple(templates),
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise InputError(f"{folder}: not in the form of HolisticBias: {error!r}") from error


def _read(folder: Path, name: str) -> Any:
    names = [item.name for item in folder.iterdir()]
    path = next((folder / item for item in sorted(names) if item.startswith(name) and item.endswith(".json")), None)
    if path is None:
        raise InputError(f"{folder}: no {name}.json of HolisticBias{nearest(f'{name}.json', names)}")
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InputError(f"{path}: can not be read: {error}") from error


def _flat(kinds: Mapping[str, Sequence[Any]]) -> Iterator[Any]:
    yield from (one for some in kinds.values() for one in some)


def _descriptor(axis: str, said: Any) -> Descriptor:
    facts = {"descriptor": said} if isinstance(said, str) else said
    name = facts["descriptor"]
    singular = f"{facts.get('article', _article(name))} {name} {{noun}}"
    return Descriptor(axis=axis, name=name, singular=singular, plural=f"{name} {{noun}}", gender=facts.get("gender"))


def _phrase(axis: str, said: Any) -> Descriptor:
    facts = {"noun_phrase": said} if isinstance(said, str) else said
    singular = facts["noun_phrase"]
    plural = facts.get("plural_noun_phrase", singular).replace("{article}", "").strip()
    return Descriptor(axis=axis, name=_bare(singular), singular=singular, plural=plural)


def _bare(phrase: str) -> str:
    return " ".join(phrase.replace("{article}", "").replace("{noun}", "").split())


def _article(word: str) -> str:
    return "an" if word[0].lower() in "aeiou" else "a"


def sentences(holistic: Holistic) -> Iterator[Sentence]:
    """Yield every sentence, descriptors of one gender with nouns of theirs alone."""
    for one in holistic.descriptors:
        for gender, noun, many in holistic.nouns:
            if one.gender not in (None, gender):
                continue
            singular = one.singular.replace("{article}", _article(noun)).replace("{noun}", noun)
            filled = dict(zip(SLOTS, (singular, one.plural.replace("{noun}", many)), strict=True))
            for template in holistic.templates:
                text = template.format_map(filled)
                yield Sentence(axis=one.axis, descriptor=one.name, noun=noun, template=template, text=text)


def part(
    holistic: Holistic,
    *,
    axes: Sequence[str] = (),
    descriptors: int | None = None,
    templates: int | None = None,
    seed: int = 0,
) -> Holistic:
    """Return a part: some axes, and so many descriptors of each and templates, drawn by name and seed.

    Raises: UserError for an axis that is not there.
    """
    for axis in axes:
        if axis not in holistic.axes:
            raise UserError(unknown("axis", axis, holistic.axes))
    chosen = [
        one
        for axis in axes or holistic.axes
        for one in _drawn([one for one in holistic.descriptors if one.axis == axis], descriptors, seed)
    ]
    drawn = sorted(holistic.templates, key=lambda one: hash64(one, seed=seed))[:templates]
    return replace(holistic, descriptors=tuple(chosen), templates=tuple(drawn))


def _drawn(some: Sequence[Descriptor], most: int | None, seed: int) -> list[Descriptor]:
    return sorted(some, key=lambda one: hash64(one.name, seed=seed))[:most]
