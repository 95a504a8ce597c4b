"""The lock: what a recipe stands on, pinned - inputs by content, plug-ins by version, packages."""

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import yaml

from aya import __version__, languages
from aya.errors import UserError
from aya.input_paths import canonical_settings
from aya.recipe import Recipe
from aya.table import publish

PACKAGES = ("babel", "django", "jinja2", "numpy", "polars", "pyarrow", "pycld2", "regex", "xxhash")
"""Packages whose version can change an outcome."""


def lock_path(recipe: Recipe) -> Path:
    """Return where the lock of a recipe lies: `NAME.lock.yaml` beside it."""
    return recipe.path.with_suffix(".lock.yaml")


def lock(recipe: Recipe) -> dict[str, Any]:
    """Return the lock of a recipe as plain data."""
    return {
        "aya": __version__,
        "languages_registry": languages.VERSION,
        "packages": {name: _version(name) for name in PACKAGES},
        "sources": {
            entry.about.name: {
                "revision": entry.about.revision,
                "renderer": canonical_settings(entry.renderer),  # type: ignore[arg-type]  # a model, see the Protocol
                "parts": {part.name: part.digest for part in entry.source.parts()},
            }
            for entry in recipe.sources
        },
        "stages": [
            {"name": stage.name, "version": stage.version, **canonical_settings(stage)}  # type: ignore[arg-type]
            for stage in recipe.stages
        ],
    }


def write_lock(recipe: Recipe) -> Path:
    """Write the lock of a recipe beside it and return its path."""
    text = "# Made by `aya lock`; do not edit.\n" + yaml.safe_dump(lock(recipe), allow_unicode=True, sort_keys=True)
    publish(lock_path(recipe), lambda path: path.write_text(text, encoding="utf-8"))
    return lock_path(recipe)


def check_lock(recipe: Recipe) -> None:
    """Raise UserError, a line for every difference, unless the recipe stands on what its lock says."""
    path = lock_path(recipe)
    if not path.is_file():
        raise UserError(f"no {path}; write it with: aya lock {recipe.path}")
    faults = list(_differences(yaml.safe_load(path.read_text(encoding="utf-8")), lock(recipe), ""))
    if faults:
        raise UserError("\n".join(f"{path}: {fault}" for fault in faults))


def _differences(locked: Any, found: Any, place: str) -> list[str]:
    if isinstance(locked, dict) and isinstance(found, dict):
        names = [*locked, *(name for name in found if name not in locked)]
        return [
            fault
            for name in names
            for fault in _differences(locked.get(name), found.get(name), f"{place}.{name}" if place else str(name))
        ]
    plain = list(found) if isinstance(found, tuple) else found
    return [] if locked == plain else [f"{place}: locked {locked!r}, found {plain!r}"]


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
