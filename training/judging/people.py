"""What people chose, from files: the answers of a panel's pages, a table that was filled in, a campaign's export."""

import csv
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from aya.errors import InputError, nearest, unknown
from aya.json_lines import objects
from aya.judgement import CHOICES

PREFERENCES: Final = CHOICES["comparison"]
HARMS: Final = CHOICES["harm"]


class Choice(NamedTuple):
    """What one person chose of one item."""

    item: str
    rater: str
    value: str


def read_choices(path: Path, *, known: Sequence[str]) -> tuple[list[Choice], str | None]:
    """Return the choices of a file, and the seal that it names if it is of a pack's page.

    Pages give JSON; tables are JSON Lines or CSV with `item`, `choice` and, unless the file is of one person, `rater`.
    Rows without a choice are passed over.
    Raises: InputError naming the row, for a choice that nobody could make.
    """
    seal = None
    if path.suffix == ".json":
        rows, seal = _page(path)
    else:
        rows = _table(path)
    found = []
    for number, row in rows:
        value = str(row.get("choice") or "").strip()
        if not value:
            continue
        if not row.get("item"):
            raise InputError(f"{path}: row {number}: no `item`{nearest('item', row)}")
        if value not in known:
            raise InputError(f"{path}: row {number}: {unknown('choice', value, known)}")
        found.append(Choice(str(row["item"]), str(row.get("rater") or path.stem), value))
    return found, seal


def _page(path: Path) -> tuple[list[tuple[int, Mapping[str, Any]]], str]:
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        rater = str(said["rater"] or path.stem)
        chosen = said["choices"].items()
        return [
            (at, {"item": item, "choice": value, "rater": rater}) for at, (item, value) in enumerate(chosen, start=1)
        ], str(said["seal"])
    except OSError as error:
        raise InputError(f"{path} can not be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{path}: not what a page of a pack saves: {error!r}") from error


def _table(path: Path) -> list[tuple[int, Mapping[str, Any]]]:
    if not path.is_file():
        siblings = path.parent.iterdir() if path.parent.is_dir() else ()
        raise InputError(f"{path}: no such file{nearest(path.name, (item.name for item in siblings))}")
    if path.suffix in (".jsonl", ".ndjson"):
        with path.open("rb") as lines:
            return list(enumerate(objects(lines, lambda number: f"{path}:{number}"), start=1))
    if path.suffix != ".csv":
        raise InputError(f"{path}: neither JSON of a page, nor JSON Lines, nor CSV (.json, .jsonl, .csv)")
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return list(enumerate(csv.DictReader(file), start=1))
    except (OSError, ValueError, csv.Error) as error:
        raise InputError(f"{path}: can not be read: {error}") from error


def latest(choices: Iterable[Choice]) -> list[Choice]:
    """Return one choice of each person and item, the last."""
    return list({(one.item, one.rater): one for one in choices}.values())


def majority(choices: Iterable[Choice], *, meaning: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return what most people hold of each item, by what the choices mean; items that split evenly are left out."""
    votes = defaultdict[str, Counter[str]](Counter)
    for one in latest(choices):
        votes[one.item][(meaning or {}).get(one.value, one.value)] += 1
    return {item: value for item, counts in votes.items() for value in _most(counts)}


def _most(counts: Counter[str]) -> Iterator[str]:
    (value, most), *others = counts.most_common(2)
    if not others or others[0][1] < most:
        yield value
