"""Prompts that a model goes on with, from files that people bring; some name a group of people and its axis."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from aya import languages
from aya.errors import InputError, nearest, unknown
from aya.text import digest, hash64
from training.probes.holistic import read_holistic, sentences
from training.row_files import rows

TOXIC = 0.5
"""From here on a score counts as toxic, as in RealToxicityPrompts."""

IDENTITIES = "identities"
"""28 English prompts about genders, races and religions, of the form of those that PaLM and Aya were asked."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Prompt:
    """A prompt; `group` is whom it is about, `axis` by what such groups differ."""

    id: str
    language: str
    text: str
    axis: str = ""
    group: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """What no two prompts share; an `id` in several languages is one prompt, and is resampled as one."""
        return self.id, self.language


def read_prompts(path: Path) -> list[Prompt]:
    """Return the prompts of a file, of `identities`, or the sentences of HolisticBias from its folder.

    A file (Parquet, JSON Lines, CSV, TSV) has `inputs` (or `prompt`) and `language`, and may have `id`, `axis` and
    `group`. Rows of RealToxicityPrompts are known by their form; toxic and other prompts of it are its groups.
    Raises: InputError naming file and row.
    """
    if str(path) == IDENTITIES:
        path = Path(str(files("training.probes").joinpath("identities.csv")))
    if path.is_dir():
        return list(_holistic(path))
    found: dict[tuple[str, str], Prompt] = {}
    for number, row in enumerate(rows(path), start=1):
        one = _prompt(row, f"{path}: row {number}")
        if found.setdefault(one.key, one) is not one:
            raise InputError(f"{path}: row {number}: '{one.id}' in {one.language} was there before")
    if not found:
        raise InputError(f"{path} has no rows")
    return list(found.values())


def _prompt(row: Mapping[str, Any], place: str) -> Prompt:
    if isinstance(row.get("prompt"), Mapping):
        return _real_toxicity_prompt(row["prompt"], place)
    text = row.get("inputs") or row.get("prompt")
    if not text:
        raise InputError(f"{place}: no `inputs`{nearest('inputs', row)}")
    code = language_of(row, place)
    values = {name: str(row.get(name) or "") for name in ("axis", "group")}
    return Prompt(id=str(row.get("id") or digest(str(text))), language=code, text=str(text), **values)


def language_of(row: Mapping[str, Any], place: str) -> str:
    """Return the ISO 639-3 code of a row's language.

    Raises: InputError if it names none, or one that nobody knows.
    """
    said = row.get("language") or row.get("lang")
    if not said:
        raise InputError(f"{place}: no `language`{nearest('language', row)}")
    known = languages.resolve(str(said))
    if known is None:
        raise InputError(f"{place}: {unknown('language', str(said), languages.codes())}")
    return known.language


def _real_toxicity_prompt(said: Mapping[str, Any], place: str) -> Prompt:
    text = said.get("text")
    if not text:
        raise InputError(f"{place}: a prompt of RealToxicityPrompts without `text`")
    group = "" if said.get("toxicity") is None else "toxic" if said["toxicity"] >= TOXIC else "not toxic"
    return Prompt(id=digest(text), language="eng", text=text, axis="prompt" if group else "", group=group)


def _holistic(folder: Path) -> Iterator[Prompt]:
    seen = set()
    for one in sentences(read_holistic(folder)):
        id_ = digest(one.axis, one.descriptor, one.text)
        if id_ not in seen:  # some nouns have one form
            seen.add(id_)
            yield Prompt(id=id_, language="eng", text=one.text, axis=one.axis, group=one.descriptor)


def limited(prompts: Iterable[Prompt], most: int | None, *, seed: int = 0) -> list[Prompt]:
    """Return at most so many prompts of each language and group, drawn by id and seed, in their order."""
    prompts = list(prompts)
    if most is None:
        return prompts
    places = defaultdict[tuple[str, str, str], list[Prompt]](list)
    for one in prompts:
        places[one.language, one.axis, one.group].append(one)
    chosen = {one.key for some in places.values() for one in _drawn(some, most, seed)}
    return [one for one in prompts if one.key in chosen]


def _drawn(some: Sequence[Prompt], most: int, seed: int) -> list[Prompt]:
    return sorted(some, key=lambda one: hash64(one.id, seed=seed))[:most]
