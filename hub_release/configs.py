"""Configurations: names for parts of one set of files, by pattern; nothing is stored twice."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from hub_release.layout import DATA, HARMFUL, pattern, stems
from hub_release.release import File

MOST_CONFIGS, MOST_SPLITS, MOST_COLUMNS, MOST_GROUP_BYTES = 4_000, 30, 1_000, 300_000_000
"""Limits of the viewer of the Hub."""

DEFAULT = "all"


class Config(NamedTuple):
    """A configuration: patterns of files by split, and the files that they mean."""

    name: str
    patterns: dict[str, list[str]]
    files: list[File]

    def head(self) -> dict[str, Any]:
        """Return what the card's head says."""
        paths = [
            {"split": split, "path": found[0] if len(found) == 1 else found} for split, found in self.patterns.items()
        ]
        return {"config_name": self.name, "data_files": paths} | ({"default": True} if self.name == DEFAULT else {})


def configs(files: Sequence[File]) -> list[Config]:
    """Return all configurations: all, one for each language, source and origin, and what may do harm by itself."""
    data = [file for file in files if file.path.startswith(f"{DATA}/")]
    harmful = [file for file in files if file.path.startswith(f"{HARMFUL}/")]
    names = stems(file.group for file in files)
    found = [_config(DEFAULT, data, [{}])]
    for place in sorted({file.group.place for file in data}):
        found.append(_config(place, [file for file in data if file.group.place == place], [{"place": place}]))
    for source in sorted({file.source for file in data}):
        mine = [file for file in data if file.source == source]
        found.append(_config(f"source_{source}", mine, _by_stem(mine, names)))
    for origin in sorted({file.origin for file in data}):
        mine = [file for file in data if file.origin == origin]
        found.append(_config(f"origin_{origin}", mine, _by_stem(mine, names)))
    if harmful:
        found.append(_config("harmful", harmful, [{"top": HARMFUL}]))
    return [config for config in found if config.files]


def _by_stem(files: Iterable[File], names: dict[tuple[str, str], str]) -> list[dict[str, str]]:
    return [{"stem": stem} for stem in sorted({names[file.source, file.origin] for file in files})]


def _config(name: str, files: list[File], wheres: list[dict[str, str]]) -> Config:
    splits = sorted({file.split for file in files}, key=_split_order)
    patterns = {
        split: [pattern(split=split, **where) for where in _with_files(files, wheres, split)] for split in splits
    }
    return Config(name, patterns, files)


def _with_files(files: list[File], wheres: list[dict[str, str]], split: str) -> list[dict[str, str]]:
    """Return the places where there is a file of a split: a pattern without one is an error to a reader."""
    there = [file.path.rpartition("/")[2].rpartition(f"-{split}-")[0] for file in files if file.split == split]
    return [where for where in wheres if "stem" not in where or where["stem"] in there]


def _split_order(split: str) -> tuple[int, str]:
    usual = ("train", "validation", "test")
    return (usual.index(split) if split in usual else len(usual), split)
