"""A small workshop for tests: a folder with data files and a recipe, built for real."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import yaml

from aya import table
from aya.build import Built, build
from aya.engines.events import Engine
from aya.engines.local import Local
from aya.plan import describe
from aya.recipe import Recipe, load_recipe
from aya.stage import Settings
from aya.store import Store
from aya.task import Task, content_key
from aya.version import Version

QUESTIONS = [
    {"q": "Kí ni olú-ìlú Nàìjíríà?", "a": "Olú-ìlú Nàìjíríà ni Àbújá.", "l": "yor"},
    {"q": "ما عاصمة مصر؟", "a": "عاصمة مصر هي القاهرة.", "l": "ara"},
    {"q": "భారతదేశ రాజధాని ఏది?", "a": "భారతదేశ రాజధాని న్యూఢిల్లీ.", "l": "tel"},
    {"q": "中国的首都是哪里？", "a": "中国的首都是北京。", "l": "zho"},
    {"q": "เมืองหลวงของประเทศไทยคืออะไร", "a": "กรุงเทพมหานครเป็นเมืองหลวงของประเทศไทย", "l": "tha"},
    {"q": "የኢትዮጵያ ዋና ከተማ ምንድን ነው?", "a": "የኢትዮጵያ ዋና ከተማ አዲስ አበባ ነው።", "l": "amh"},
]
"""Capital cities, asked and answered; written for these tests."""


class Workshop:
    """A recipe in a folder of its own, with the store beside it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = Store(folder / "store")
        self.path = folder / "recipe.yaml"

    def rows(self, rows: Sequence[dict[str, Any]], *, file: str = "rows.jsonl") -> Path:
        """Write a JSON Lines file."""
        path = self.folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
        return path

    def recipe(self, *, files: str = "rows.jsonl", source: dict[str, Any] | None = None, **top: Any) -> Path:
        """Write a recipe of one JSON Lines source with the columns q, a and l; None leaves a setting out."""
        one = {
            "name": "rows",
            "use": "collection.jsonl",
            "files": files,
            "license": "CC0-1.0",
            "revision": "1",
            "citation": "nobody",
            "columns": {"inputs": "q", "targets": "a", "language": "l"},
        }
        said = {name: value for name, value in (one | (source or {})).items() if value is not None}
        made = {"name": "small", "seed": 7, "sources": [said]} | top
        self.path.write_text(yaml.safe_dump(made, allow_unicode=True, sort_keys=False), encoding="utf-8")
        return self.path

    def load(self) -> Recipe:
        """Return the checked recipe."""
        return load_recipe(self.path)

    def build(
        self,
        *,
        workers: int = 0,
        engine: Engine | None = None,
        limit: int | None = None,
        report: Callable[[Any], None] = lambda _: None,
    ) -> Built:
        """Build the recipe, on an engine of its own unless one is given."""
        with Local(workers=workers) as own:
            return build(self.load(), store=self.store, engine=engine or own, limit=limit, report=report)

    def version(self) -> Version:
        """Open the latest version."""
        return Version(self.store.latest())


def contents(folder: Path) -> dict[str, bytes]:
    """Return the bytes of every file below a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def task(folder: Path, stage: Settings, name: str = "0") -> Task:
    """Return a task that judges one row of its own by a stage."""
    shard = folder / "in" / f"{name}.parquet"
    table.write(table.records([{"id": name, "source": "s", "language": "yor", "script": "Latn"}]), shard)
    plugin = describe(stage)
    key = content_key("judge", [plugin.digest], [name], {})
    folder.joinpath("judge").mkdir(exist_ok=True)
    return Task(kind="judge", key=key, folder=str(folder / "judge"), name=key, plugins=(plugin,), inputs=(str(shard),))
