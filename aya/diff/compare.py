"""Two versions compared: all that `aya diff` says, as data for JSON."""

from collections import Counter
from pathlib import Path
from typing import Any

from aya import languages
from aya.browse.question import Columns
from aya.diff.recipes import changes
from aya.diff.rows import KEPT, kind_of, moves, samples
from aya.errors import UserError
from aya.recipe import load_recipe
from aya.stage import Tell, silent
from aya.version import Version, open_version

_SAID = ("name", "collection", "sample", "complete", "num_kept", "num_dropped", "aya", "languages_registry")


def compare(before: Version, after: Version, tell: Tell = silent) -> dict[str, Any]:
    """Return what differs between two versions; the same versions give the same data."""
    found = moves(before, after, tell)
    columns = [Columns.of(version).types for version in (before, after)]
    totals: Counter[str] = Counter()
    for (_, _, old, new), num in found.counts.items():
        totals[kind_of(old, new)] += num if old != new or old == KEPT else 0
    texts = [(version.path / "recipe.yaml") for version in (before, after)]
    return {
        "before": {name: before.manifest[name] for name in _SAID},
        "after": {name: after.manifest[name] for name in _SAID},
        "recipe": changes(*(path.read_text(encoding="utf-8") if path.is_file() else "" for path in texts)),
        "totals": {name: totals[name] for name in ("stayed", "gained", "lost", "elsewhere")}
        | {"changed": found.changed.total()},
        "moves": [[*move, num] for move, num in sorted(found.counts.items())],
        "changed": [[*place, num] for place, num in sorted(found.changed.items())],
        "changed_columns": dict(sorted(found.columns.items())),
        "new_columns": [name for name in columns[1] if name not in columns[0]],
        "gone_columns": [name for name in columns[0] if name not in columns[1]],
        "mixture": _mixture(before, after),
        "languages": _languages(found.counts),
        "samples": samples(before, after, found),
    }


def is_same(found: dict[str, Any]) -> bool:
    """Return whether a comparison found no difference."""
    moved = any(move[2] != move[3] for move in found["moves"])
    lists = ("recipe", "changed", "new_columns", "gone_columns")
    same_draws = all(row[2] == row[3] for row in found["mixture"])
    return not moved and not any(found[name] for name in lists) and same_draws


def opened(one: Path) -> Version:
    """Return the version that a path stands for: its folder, a store (the latest), or a recipe (what it built).

    Raises: UserError if there is none.
    """
    if one.suffix not in (".yaml", ".yml") and one.is_dir():
        return open_version(one)
    recipe = load_recipe(one)
    versions = Path("build") / recipe.name / "versions"
    built = [path for path in versions.glob("[!.]*/recipe.yaml") if path.read_text(encoding="utf-8") == recipe.text]
    if not built:
        raise UserError(f"{one} as it is now was not built in {versions.parent}; build it with: aya build {one}")
    records = versions.parent / "records"
    return Version(max(built, key=lambda path: (records / f"{path.parent.name}.json").stat().st_mtime).parent)


def chosen(paths: list[Path]) -> tuple[Version, Version]:
    """Return the two versions that the arguments of `aya diff` stand for.

    One argument is a store: its latest version and the one built before it. Two are versions, stores or recipes. Three
    are a store and the names of two versions.
    """
    if len(paths) == 3:
        return open_version(paths[0], str(paths[1])), open_version(paths[0], str(paths[2]))
    if len(paths) == 2:
        return opened(paths[0]), opened(paths[1])
    if len(paths) != 1:
        raise UserError("name two versions, or a store and two of its versions")
    latest = open_version(paths[0])
    records = paths[0] / "records"
    others = [path for path in (paths[0] / "versions").glob("[!.]*") if path.name != latest.name]
    if not others:
        raise UserError(f"{paths[0]} has one version alone; name another to compare it with")
    newest = max(others, key=lambda path: ((records / f"{path.name}.json").stat().st_mtime_ns, path.name))
    return Version(newest), latest


def _mixture(before: Version, after: Version) -> list[list[Any]]:
    """Return draws by language and source, before and after; empty where neither has a mixture."""
    sums: dict[tuple[str, str], list[int]] = {}
    for side, version in enumerate((before, after)):
        for group in (version.manifest["mixture"] or {"groups": ()})["groups"]:
            sums.setdefault((group["language"], group["source"]), [0, 0])[side] += group["quota"]
    return [[*place, *draws] for place, draws in sorted(sums.items())]


def _languages(counts: Counter[tuple[str, str, str, str]]) -> dict[str, dict[str, Any]]:
    known = {language for language, *_ in counts} & set(languages.codes())
    return {code: {"name": languages.get(code).name, "bcp47": languages.get(code).bcp47} for code in sorted(known)}
