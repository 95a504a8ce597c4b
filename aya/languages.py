"""Languages: one versioned table of facts, and one code for each language whatever code a file has.

A language is the ISO 639-3 code under which Aya-101 lists it (`ara`, `fas`, `zho`), else its own.
`docs/languages.md` says the source and licence of every column of `languages.csv` and which members
of a macrolanguage fold into it. Raise `VERSION` when a code or script changes: it is part of the
content keys.
"""

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Literal, NamedTuple

from aya.errors import UserError, unknown

VERSION = 1

RIGHT_TO_LEFT = frozenset(["Adlm", "Arab", "Aran", "Hebr", "Mand", "Mend", "Nkoo", "Rohg", "Samr", "Syrc", "Thaa"])
"""ISO 15924 codes of the scripts in use that run from right to left."""

SAME_SCRIPT = MappingProxyType({"Kore": "Hang"})
"""Codes for one and the same way of writing; the registry has the second."""


Level = Literal["high", "mid", "low"]
_LEVELS: Mapping[str, Level | None] = {"high": "high", "mid": "mid", "low": "low", "": None}


class Found(NamedTuple):
    """What a code stands for: ISO 639-3 language and ISO 15924 script."""

    language: str
    script: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Language:
    """The facts of one language; what no source says is None or empty."""

    code: str
    """ISO 639-3, and its name in records."""
    iso639_1: str | None
    bcp47: str
    name: str
    endonym: str | None
    script: str
    """The script of a text when its code names none."""
    scripts: tuple[str, ...]
    direction: Literal["ltr", "rtl"]
    family: str | None
    joshi_class: int | None
    """0 (left behind) to 5 (winners)."""
    resource: Level | None
    flores200: tuple[str, ...]
    """FLORES-200 and NLLB codes, the main one first."""
    macrolanguage: str | None
    """The registry's row for the macrolanguage that this one is part of."""
    members: tuple[str, ...]
    """ISO 639-3 codes of the members of a macrolanguage, whether they have rows or not."""
    aliases: tuple[str, ...]
    """Other codes of the language; `sh:Latn` is one that says a script too."""
    regions: Mapping[str, str]
    """Regions where the language has another script than `script`."""
    in_aya101: bool
    in_mt5: bool
    in_aya_eval: bool


_GROUPS: Mapping[str, Callable[[Language], bool]] = MappingProxyType(
    {
        "aya101": lambda row: row.in_aya101,
        "aya_high": lambda row: row.in_aya101 and row.resource == "high",
        "aya_mid": lambda row: row.in_aya101 and row.resource == "mid",
        "aya_low": lambda row: row.in_aya101 and row.resource == "low",
        "mt5": lambda row: row.in_mt5,
        "aya_eval": lambda row: row.in_aya_eval,
        "flores200": lambda row: bool(row.flores200),
        "all": lambda row: True,
    }
)


@lru_cache(maxsize=8192)
def resolve(code: str) -> Found | None:
    """Return the language and script that a code stands for; None if the registry has no such language.

    Takes ISO 639-3, -1 and -2, BCP 47 and locale ids in either spelling (`zh-TW`, `pt_BR`, `sr_Latn`),
    FLORES-200 codes and English names. A script in the code counts; else the region decides
    (`zh-TW`), else the language's own script. Variants and extensions are passed over.
    """
    tags = code.strip().replace("_", "-").split("-")
    if len(tags) > 1 and (named := _codes().get(f"{tags[0].lower()}-{tags[1].upper()}")):
        return named
    start = _codes().get(tags[0].lower()) or _names().get(code.strip().casefold())
    if start is None or len(tags) == 1 or code.strip().casefold() in _names():
        return start
    return _subtags(start, tags[1:])


def _subtags(found: Found, tags: list[str]) -> Found | None:
    """Return `found` as the subtags after the language narrow it; None if one can not be right."""
    row, script = _rows()[found.language], None
    for tag in tags:
        if len(tag) == 1:
            break
        if len(tag) == 4 and tag.isalpha():
            script = SAME_SCRIPT.get(tag.title(), tag.title())
            if script not in scripts():
                return None
        elif len(tag) == 3 and tag.isalpha():  # `zh-yue`: an extended language
            if tag.lower() not in _codes():
                return None
            found = _codes()[tag.lower()]
            row = _rows()[found.language]
        elif len(tag) == 2 or (len(tag) == 3 and tag.isdigit()):
            found = Found(row.code, row.regions.get(tag.upper(), found.script))
        elif not tag.isalnum() or not tag.isascii():
            return None
    return Found(row.code, script or found.script)


def get(code: str) -> Language:
    """Return the facts of the language that a code stands for.

    An unknown code raises `UserError`, which names the nearest.
    """
    found = resolve(code)
    if found is None:
        raise UserError(unknown("language", code, [*_codes(), *_names()]))
    return _rows()[found.language]


def codes() -> list[str]:
    """Return the ISO 639-3 codes of the registry, sorted."""
    return list(_rows())


def group(name: str) -> tuple[str, ...]:
    """Return the codes of a named group, sorted; `groups()` has the names.

    An unknown name raises `UserError`, which names the nearest.
    """
    if name not in _GROUPS:
        raise UserError(unknown("group of languages", name, _GROUPS))
    return tuple(row.code for row in _rows().values() if _GROUPS[name](row))


def groups() -> tuple[str, ...]:
    """Return the names of the groups of languages."""
    return tuple(_GROUPS)


@cache
def scripts() -> frozenset[str]:
    """Return the ISO 15924 codes of all scripts that the registry's languages are written in."""
    return frozenset(script for row in _rows().values() for script in row.scripts)


def direction(script: str) -> Literal["ltr", "rtl"]:
    """Return the direction in which a script (ISO 15924) runs."""
    return "rtl" if script in RIGHT_TO_LEFT else "ltr"


# -- the table -----------------------------------------------------------------------------------


@cache
def _rows() -> dict[str, Language]:
    lines = files("aya").joinpath("languages.csv").read_text(encoding="utf-8").splitlines()
    return {row["iso639_3"]: _language(row) for row in csv.DictReader(lines)}


def _language(row: Mapping[str, str]) -> Language:
    return Language(
        code=row["iso639_3"],
        iso639_1=row["iso639_1"] or None,
        bcp47=row["bcp47"],
        name=row["name"],
        endonym=row["endonym"] or None,
        script=row["script"],
        scripts=tuple(row["scripts"].split()),
        direction=direction(row["script"]),
        family=row["family"] or None,
        joshi_class=int(row["joshi_class"]) if row["joshi_class"] else None,
        resource=_LEVELS[row["resource"]],
        flores200=tuple(row["flores200"].split()),
        macrolanguage=row["macrolanguage"] or None,
        members=tuple(row["members"].split()),
        aliases=tuple(row["aliases"].split()),
        regions=MappingProxyType(dict(_pair(item) for item in row["regions"].split())),
        in_aya101=row["in_aya101"] == "1",
        in_mt5=row["in_mt5"] == "1",
        in_aya_eval=row["in_aya_eval"] == "1",
    )


def _pair(item: str) -> tuple[str, str]:
    name, _, value = item.partition(":")
    return name, value


@cache
def _codes() -> dict[str, Found]:
    """Return every code of one tag (`ar`, `arb`) and the few of two (`fa-AF`) with what they stand for."""
    found = {}
    for row in _rows().values():
        for alias, script in map(_pair, (row.code, *row.aliases)):
            found[alias] = Found(row.code, script or row.script)
    return found


@cache
def _names() -> dict[str, Found]:
    """Return the English names, in lower case; a name of two languages is left out."""
    found: dict[str, Found | None] = {}
    for row in _rows().values():
        name = row.name.casefold()
        found[name] = None if name in found else Found(row.code, row.script)
    return {name: value for name, value in found.items() if value}
