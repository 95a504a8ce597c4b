"""The counts of a version as the page takes them: rows by language and source, as numbers into two lists."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from aya import languages
from aya.tasks.gather import place_of

NO_LANGUAGE = "und"
"""Stands for rows without a language; in counts it is `-`."""


@dataclass(frozen=True, kw_only=True)
class Axes:
    """The languages and sources of a version in the order of the page; numbers in its data point into them."""

    languages: tuple[str, ...]
    sources: tuple[str, ...]

    def language(self, code: str | None) -> int:
        """Return the number of a language."""
        return self.languages.index(code or NO_LANGUAGE)

    def source(self, name: str | None) -> int:
        """Return the number of a source."""
        return self.sources.index(name or "")

    def cells(self, groups: Mapping[str, int]) -> list[int]:
        """Return rows by group as `language, source, rows, language, source, rows, ...`, scripts summed."""
        summed: Counter[tuple[int, int]] = Counter()
        for group, num in groups.items():
            source, language, _ = group.split(" ")
            summed[self.language(_code(language)), self.source(source)] += num
        return [number for (language, source), num in sorted(summed.items()) for number in (language, source, num)]


def axes(manifest: Mapping[str, Any]) -> Axes:
    """Return languages by name and sources as the recipe has them."""
    groups = [group for stage in manifest["stages"] for group in stage["rows_in"]]
    codes = {_code(group.split(" ")[1]) for group in groups}
    codes |= {place_of(file["path"])[1] for file in manifest["files"]}
    sources = dict.fromkeys(about["name"] for about in manifest["sources"])
    sources |= dict.fromkeys(sorted(group.split(" ")[0] for group in groups))
    return Axes(languages=tuple(sorted(codes, key=_by_name)), sources=tuple(sources))


def describe_languages(found: Axes, manifest: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what the page says of each language, from the registry."""
    scripts = defaultdict[str, set[str]](set)
    for file in manifest["files"]:
        code, _, script = file["path"].split("/")[1].partition("_")
        scripts[code].add(script)
    return [_describe(code, scripts[code]) for code in found.languages]


def stages(manifest: Mapping[str, Any], found: Axes) -> list[dict[str, Any]]:
    """Return every stage with its rows in by language, and what it dropped by reason, most first."""
    return [
        {
            "stage": stage["stage"],
            "rows_in": _by_language(found.cells(stage["rows_in"]), len(found.languages)),
            "dropped": [
                {"reason": reason, "cells": found.cells(groups)}
                for reason, groups in sorted(stage["dropped"].items(), key=lambda item: (-sum(item[1].values()), item))
            ],
        }
        for stage in manifest["stages"]
    ]


def mixture(manifest: Mapping[str, Any], found: Axes) -> dict[str, Any] | None:
    """Return the groups of the mixture, summed over data sets; None if the recipe has none."""
    plan = manifest["mixture"]
    if plan is None:
        return None
    summed: dict[tuple[int, int], list[float]] = {}
    for group in plan["groups"]:
        place = (found.language(group["language"]), found.source(group["source"]))
        amounts = (group["size"], group["quota"], group["asked"], group["natural"], int(group["capped"]))
        summed[place] = [sum(pair) for pair in zip(summed.get(place, [0] * 5), amounts, strict=True)]
    return {
        "total": plan["total"],
        "notes": plan["notes"],
        "groups": [[*place, size, quota, round(asked, 9), round(natural, 9), min(capped, 1)]
                   for place, (size, quota, asked, natural, capped) in sorted(summed.items())],
    }  # fmt: skip


def _by_language(cells: Iterable[int], num: int) -> list[int]:
    listed, rows = list(cells), [0] * num
    for language, rows_in in zip(listed[::3], listed[2::3], strict=True):
        rows[language] += rows_in
    return rows


def _code(language: str) -> str:
    return NO_LANGUAGE if language == "-" else language


def _by_name(code: str) -> tuple[bool, str, str]:
    known = code in languages.codes()
    return not known, languages.get(code).name if known else code, code


def _describe(code: str, scripts: Iterable[str]) -> dict[str, Any]:
    facts = languages.get(code) if code in languages.codes() else None
    return {
        "code": code,
        "name": facts.name if facts else "no known language" if code == NO_LANGUAGE else code,
        "endonym": facts.endonym if facts else None,
        "bcp47": facts.bcp47 if facts else code,
        "resource": facts.resource if facts else None,
        "direction": facts.direction if facts else "ltr",
        "scripts": sorted(scripts),
    }
