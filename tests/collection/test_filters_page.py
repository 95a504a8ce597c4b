import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from aya.stage import load, names

PAGE = (Path(__file__).parents[2] / "docs" / "filters.md").read_text("utf-8")


def examples() -> Iterator[dict[str, Any]]:
    for block in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL):
        yield from yaml.safe_load(block)["stages"]


@pytest.mark.parametrize("example", list(examples()), ids=lambda example: example["use"])
def test_every_example_is_right(example: dict[str, Any]) -> None:
    settings = {name: value for name, value in example.items() if name != "use"}
    load(names("STAGES")[example["use"]]).model_validate(settings)
