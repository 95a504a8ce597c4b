"""Bad input ends in a clear line or in a reason on the row, and nothing else is lost."""

import gzip
import json
import zlib
from pathlib import Path
from typing import Any

import pytest

from aya.checks import BuildError
from aya.errors import RecipeError
from tests.workshop import QUESTIONS, Workshop

GOOD = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in QUESTIONS).encode()


def reasons(workshop: Workshop) -> dict[str, int]:
    """Return the number of dropped rows by reason; the six good ones must have stayed."""
    workshop.build()
    rows = workshop.version().polars()
    assert {row["a"] for row in QUESTIONS} <= set(rows["targets"])
    gone = workshop.version().polars(dropped=True)
    assert all(json.loads(text) for text in gone["evidence"])
    return dict(gone["drop"].value_counts().iter_rows())


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'["a", "list"]\n', "not an object"),
        (b'{"q": "half\n', "broken JSON"),
        (b'{"q": "caf\xe9", "a": "x", "l": "fra"}\n', "invalid UTF-8"),
        (b'{"q": "x \\ud800", "a": "x", "l": "fra"}\n', "lone surrogate"),
        (b'{"q": null, "a": "x", "l": "fra"}\n', "inputs missing"),
        (b'{"q": "x", "a": "y", "l": "xyz1"}\n', "unknown language"),
        (b'{"q": "' + b"x" * 20_000_000 + b'", "a": "y", "l": "fra"}\n', "row too large"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_bad_row_is_a_reason_and_the_others_stay(workshop: Workshop, line: bytes, reason: str) -> None:
    (workshop.folder / "rows.jsonl").write_bytes(GOOD + line)
    found = reasons(workshop)
    assert list(found.values()) == [1], found
    assert reason in next(iter(found)), found


def test_a_key_that_comes_twice_is_a_reason(workshop: Workshop) -> None:
    workshop.rows([{**row, "k": str(index)} for index, row in enumerate(QUESTIONS)] + [{**QUESTIONS[0], "k": "3"}])
    workshop.recipe(source={"key": "k"})
    assert reasons(workshop) == {"collection.source: duplicate key": 1}


def quarantined(workshop: Workshop, file: str) -> str:
    """Build from a good and a bad file; return what the build says of the bad one."""
    workshop.recipe(files=["rows.jsonl", file])  # type: ignore[arg-type]
    (item,) = workshop.build().record.quarantined
    assert len(workshop.version().polars()) == 6
    assert "\n" not in item.message
    assert file in item.message
    return item.message


def test_a_truncated_gzip_names_its_file(workshop: Workshop) -> None:
    (workshop.folder / "cut.jsonl.gz").write_bytes(gzip.compress(GOOD * 1000)[:-400])
    assert "Truncated" in quarantined(workshop, "cut.jsonl.gz")


def test_a_decompression_bomb_is_not_unpacked(workshop: Workshop) -> None:
    packer = zlib.compressobj(9, wbits=31)
    blocks = [packer.compress(b" " * (1 << 20)) for _ in range(2000)]
    (workshop.folder / "bomb.jsonl.gz").write_bytes(b"".join(blocks) + packer.flush())
    assert "times" in quarantined(workshop, "bomb.jsonl.gz")


def test_a_missing_column_is_said_with_the_nearest_one(workshop: Workshop) -> None:
    workshop.recipe(source={"columns": {"inputs": "qq", "targets": "a", "language": "l"}})
    with pytest.raises(BuildError, match="qq"):
        workshop.build()


def test_an_empty_file_is_no_record_and_said(workshop: Workshop) -> None:
    (workshop.folder / "rows.jsonl").write_bytes(b"")
    with pytest.raises(BuildError, match="source 'rows' gave no record"):
        workshop.build()


def templates(workshop: Workshop, template: str, *, more: str = "") -> None:
    text = (
        f"tasks:\n  - task: ask\n    language: l\n    templates:\n      eng:\n        - {{id: bad, {template}}}\n{more}"
    )
    (workshop.folder / "t.yaml").write_text(text)
    workshop.recipe(source={"columns": None, "templates": "t.yaml"})


def test_a_template_that_fails_on_every_item_fails_the_build(workshop: Workshop) -> None:
    templates(workshop, 'inputs: "{{ nothing }}", targets: "{{ a }}"')
    with pytest.raises((BuildError, RecipeError), match=r"bad|nothing"):
        workshop.build()


@pytest.mark.parametrize(
    "attack",
    [
        "{% for i in range(9999) %}" * 3 + "x" + "{% endfor %}" * 3,
        "{{ 'x' * 10000000000 }}",
        "{% include '/etc/passwd' %}",
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ cycler.__init__.__globals__.os.system('true') }}",
    ],
)
def test_a_template_neither_runs_away_nor_reaches_out(workshop: Workshop, attack: str) -> None:
    templates(workshop, f'inputs: "{attack}", targets: "{{{{ a }}}}"')
    with pytest.raises((BuildError, RecipeError), match=r"t.yaml:\d+: |template '.*' failed on all 6 items"):
        workshop.build()


def test_one_template_that_fails_on_one_item_is_a_reason(workshop: Workshop) -> None:
    workshop.rows([*QUESTIONS, {**QUESTIONS[0], "a": None}])
    templates(workshop, 'inputs: "{{ q }}", targets: "{{ a }}"')
    found: dict[str, Any] = reasons(workshop)
    assert list(found.values()) == [1]
    (evidence,) = workshop.version().polars(dropped=True)["evidence"]
    assert json.loads(evidence)["item"]["q"] == QUESTIONS[0]["q"]


def test_a_full_path_in_a_recipe_is_refused(workshop: Workshop) -> None:
    outside = Path(workshop.folder.parent / "outside.jsonl")
    outside.write_bytes(GOOD)
    workshop.recipe(files=str(outside))
    with pytest.raises(RecipeError, match="leaves the folder"):
        workshop.load()
