"""What people say of a release, beside what is counted: title, licence, authors, limits, what is harmful."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import Field

from aya.stage import Settings

_EVALUATED = ("dedup.contamination", "dedup.number_match")


class Facts(Settings):
    """The block `release:` of a recipe."""

    title: str = Field(default="", description="title of the card")
    description: str = Field(default="", description="first paragraph of the card")
    license: str = Field(
        default="", description="licence of the collection as a whole, SPDX; each row under its own if empty"
    )
    repo: str = Field(default="", description="repository on the Hugging Face Hub")
    authors: tuple[str, ...] = Field(default=(), description="who is to be cited, as `Family, Given`")
    contact: str = Field(default="", description="where to ask for a row to be taken out, a URL")
    limits: str = Field(default="", description="known limits, a paragraph of the card")
    harmful: tuple[str, ...] = Field(
        default=(), description="sources and data sets kept out of every default configuration"
    )
    waive: Mapping[str, str] = Field(default={}, description="checks that need not pass, each with the reason why")


class Evaluated(Settings):
    """An evaluation set that the rows were compared with."""

    name: str
    stage: str


def read_facts(version: Path) -> Facts:
    """Return what the recipe of a version says."""
    said = _recipe(version).get("release") or {}
    return Facts(**{name: value for name, value in said.items() if name in Facts.model_fields})


def evaluated(version: Path) -> list[Evaluated]:
    """Return the evaluation sets that the recipe of a version compares with."""
    found = []
    for stage in _recipe(version).get("stages") or ():
        if stage.get("use") in _EVALUATED:
            against = stage.get("against") or ()
            for item in [against] if isinstance(against, str | dict) else against:
                name: Any = item.get("name") or item.get("files") if isinstance(item, dict) else item
                named = name if isinstance(name, str) else ", ".join(name)
                found.append(Evaluated(name=named, stage=stage["use"]))
    return found


def _recipe(version: Path) -> dict[str, Any]:
    path = version / "recipe.yaml"
    loaded = yaml.safe_load(path.read_text(encoding="utf-8")) if path.is_file() else None
    return loaded or {}
