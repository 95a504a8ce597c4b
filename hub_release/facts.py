"""What people say of a release, beside what is counted: title, licence, authors, limits, what is harmful."""

from pathlib import Path
from typing import Any

import yaml

from aya.stage import Facts, Settings

_EVALUATED = ("dedup.contamination", "dedup.number_match")


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
