"""The examples of docs/sources.md build what they say."""

import re
from pathlib import Path

import pytest
import yaml

from aya.recipe import load_recipe
from aya.table import dropped
from collection.hub import Hub

PAGE = Path(__file__).parents[2] / "docs" / "sources.md"
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)


@pytest.mark.realdata
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda text: yaml.safe_load(text)["sources"][0]["use"])
def test_an_example_makes_records(example: str, tmp_path: Path, real_data: Path) -> None:
    (tmp_path / "recipe.yaml").write_text(f"name: example\n{example}", encoding="utf-8")
    [entry] = load_recipe(tmp_path / "recipe.yaml", data=real_data).sources
    if isinstance(entry.source, Hub):
        return  # no network
    part = entry.source.parts()[7 if len(entry.source.parts()) > 7 else 0]
    made = [entry.renderer(items, about=entry.about, part=part.name) for items in entry.source.read(part, limit=50)]
    assert sum(map(len, made)) > 0
    assert sum(len(dropped(table)) for table in made) == 0
