"""Write a stand-in for the data of a recipe: files of its shape at any scale, and the recipe that reads them.

    python -m benchmarks.stand_in recipes/aya-203m.yaml --out build/stand-in --scale 0.001
    aya build build/stand-in/recipe.yaml --store build/stand-in/store

Every source that says its `size` gets that share of the rows that stay after its cap, in its languages, of lengths that
are log-normal about its means. Texts are real sentences in a new order, from AYA_DATA or else from what two packages
hold; a language without sentences leaves its share to the others. A twentieth are copies, half of them with another
ending, and one row in 500 holds an item of the stand-in for the evaluation sets, whose sentences no other row has.
"""

import argparse
import json
import math
import random
import shutil
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import accumulate
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from aya import languages
from aya.recipe import Recipe, SourceEntry, load_recipe
from aya.yaml_files import read_yaml
from benchmarks.parts.pool import pool

BLOCK_ROWS = 10_000
FILE_ROWS = 50_000
SIGMA = 1.0
"""Of the logarithms of lengths."""
COPIES = 0.05
LEAKS = 0.002
ITEMS = 500
HELD_OUT = 20
"""Every such sentence is for items alone."""
TEMPLATES = 10
"""Of a data set."""

SCHEMA = pa.schema([(name, pa.large_string()) for name in ("inputs", "targets", "language", "dataset", "template")])
Sentences = Mapping[str, Sequence[str]]


@cache
def sentences() -> Sentences:
    """Return sentences by language (ISO 639-3)."""
    found: dict[str, list[str]] = {}
    for group in pool()[1]:
        resolved = languages.resolve(group.language.partition("-")[2])
        if resolved:
            found.setdefault(resolved.language, []).extend(group.sentences)
    return found


def write_stand_in(path: Path, out: Path, *, scale: float) -> Path:
    """Write the files for all sources of a recipe and the recipe that reads them; return its path.

    Files that are there stay, so a scale that was left half-way goes on.
    """
    recipe, whole = load_recipe(path), sentences()
    items = _items({code: texts[::HELD_OUT] for code, texts in whole.items()})
    known = {code: [text for place, text in enumerate(texts) if place % HELD_OUT] for code, texts in whole.items()}
    raw = read_yaml(path, "recipe").values
    out.mkdir(parents=True, exist_ok=True)
    (out / "evaluation.jsonl").write_text("".join(json.dumps({"text": item}) + "\n" for item in items), "utf-8")
    for entry in recipe.sources:
        if entry.size is None:
            raise SystemExit(f"{path}: source '{entry.about.name}' does not say its size")
        rows = max(1, round(entry.size.stays * scale))
        for start in range(0, rows, FILE_ROWS):
            _write(out / entry.about.name / f"{start // FILE_ROWS:05d}.parquet", start, min(rows, start + FILE_ROWS),
                   Writer(recipe, entry, known, items))  # fmt: skip
    raw["sources"] = [_from_files(source) for source in raw["sources"]]
    raw["stages"] = [_stage(stage, path.parent, out) for stage in raw["stages"]]
    if raw.get("mixture", {}).get("total"):
        raw["mixture"]["total"] = max(1, round(raw["mixture"]["total"] * scale))
    raw["allow"] = raw.get("allow", {}) | {"empty_languages": "all"}  # a small scale has languages of a row or two
    (out / "recipe.yaml").write_text(yaml.safe_dump(raw, allow_unicode=True, sort_keys=False), "utf-8")
    return out / "recipe.yaml"


def _items(known: Sentences) -> list[str]:
    """Return items of an evaluation set: three sentences of one language each."""
    draw = random.Random("items")
    return [" ".join(draw.choices(known[draw.choice(sorted(known))], k=3)) for _ in range(ITEMS)]


def _write(path: Path, start: int, stop: int, writer: "Writer") -> None:
    if path.exists():
        return
    path.parent.mkdir(exist_ok=True)
    part = path.with_suffix(".tmp")
    with pq.ParquetWriter(part, SCHEMA, compression="zstd") as file:
        for first in range(start, stop, BLOCK_ROWS):
            rows = list(writer.rows(first, min(stop, first + BLOCK_ROWS)))
            file.write_table(pa.Table.from_pylist(rows, schema=SCHEMA))
    part.rename(path)


class Writer:
    """Writes the rows of one source; each block follows from its number alone."""

    def __init__(self, recipe: Recipe, entry: SourceEntry, known: Sentences, items: Sequence[str]) -> None:
        assert entry.size is not None
        self._name, self._size, self._known, self._items = entry.about.name, entry.size, known, items
        shares = {code: share for code, share in entry.size.shares(recipe.languages).items() if code in known}
        self._codes, self._weights = list(shares), list(accumulate(shares.values()))

    def rows(self, start: int, stop: int) -> Iterator[dict[str, str]]:
        """Yield the rows of one block."""
        draw = random.Random(f"{self._name} {start}")
        made: list[dict[str, str]] = []
        for _ in range(start, stop):
            made.append(self._copy(draw, draw.choice(made)) if made and draw.random() < COPIES else self._row(draw))
        yield from made

    def _row(self, draw: random.Random) -> dict[str, str]:
        (code,) = draw.choices(self._codes, cum_weights=self._weights)
        dataset = f"{self._name}-{draw.randrange(self._size.datasets)}"
        leak = draw.choice(self._items) + " " if draw.random() < LEAKS else ""
        return {
            "inputs": leak + self._text(draw, code, self._size.inputs),
            "targets": self._text(draw, code, self._size.targets),
            "language": code,
            "dataset": dataset,
            "template": f"{dataset}/{draw.randrange(TEMPLATES)}",
        }

    def _copy(self, draw: random.Random, row: dict[str, str]) -> dict[str, str]:
        if draw.random() < 0.5:
            return row
        kept = row["targets"][: round(len(row["targets"]) * 0.9)]
        return row | {"targets": kept + self._text(draw, row["language"], len(row["targets"]) / 10)}

    def _text(self, draw: random.Random, code: str, mean: float) -> str:
        """Return sentences until a length that is drawn, cut there."""
        length = max(8, round(draw.lognormvariate(math.log(max(1.0, mean)) - SIGMA**2 / 2, SIGMA)))
        found, have = [], 0
        while have < length:
            found.append(draw.choice(self._known[code]))
            have += len(found[-1]) + 1
        return " ".join(found)[:length].strip()


def _from_files(source: Mapping[str, Any]) -> dict[str, Any]:
    """Return a source as it is written that reads the files in place of its own."""
    facts = ("name", "license", "citation", "origin", "task_type")
    columns = {"inputs": "inputs", "targets": "targets", "language": "language"}
    return {name: source[name] for name in facts if name in source} | {
        "use": "collection.parquet",
        "files": f"{source['name']}/*.parquet",
        "revision": "stand-in",
        "columns": columns | {"dataset_name": "dataset", "template_id": "template"},
    }


def _stage(stage: Mapping[str, Any], folder: Path, out: Path) -> dict[str, Any]:
    """Return a stage as it is written, with files beside the stand-in."""
    found = dict(stage)
    if "against" in found:
        found["against"] = [{"name": "stand-in", "files": "evaluation.jsonl", "fields": ["text"]}]
    if "reviews" in found:
        shutil.copy(folder / found["reviews"], out / "reviews.csv")
        found["reviews"] = "reviews.csv"
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recipe", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--scale", type=float, required=True, help="share of the rows")
    asked = parser.parse_args()
    print(write_stand_in(asked.recipe, asked.out, scale=asked.scale))


if __name__ == "__main__":
    main()
