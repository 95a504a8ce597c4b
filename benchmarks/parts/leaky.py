"""Rows of which a share holds an evaluation item, as it is or dressed otherwise; the same ones everywhere.

The items are sentences that stand in no other row of the corpus, except where the sources themselves repeat them.
"""

import random
import re
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.parts.corpus import ROW_GROUP, dress, originals
from benchmarks.parts.pool import FEW, Group, pool

ITEMS = 20_000
SHARE = 0.1
"""Of the sentences of a language, at most, that are items."""
KINDS = ("as it is", "dressed", "broken")


def write_leaky(folder: Path, *, rows: int, planted: float, seed: int = 0) -> Path:
    """Write `rows.parquet` (id, text, script, planted: the kind or null) and `items.parquet` (id, text, language)."""
    draw = random.Random(seed)
    items, rest = _held_back(draw, pool()[1])
    made = originals(draw, rest, rows)
    kinds: list[str | None] = [None] * rows
    by_group = {group.language: found for group, found in items if found}
    for row in draw.sample([row for row in range(rows) if made[row][1].language in by_group], round(planted * rows)):
        text, group = made[row]
        kinds[row] = draw.choice(KINDS)
        made[row] = _planted(draw, text, draw.choice(by_group[group.language]), str(kinds[row]), group), group
    listed = [(text, group.language) for group, found in items for text in found]
    texts, languages = zip(*listed, strict=True)
    table = pa.table({"id": list(map(str, range(len(texts)))), "text": texts, "language": languages})
    pq.write_table(table, folder / "items.parquet")
    columns = {
        "id": [f"{row:08}" for row in range(rows)],
        "text": pa.array([text for text, _ in made], pa.large_string()),
        "script": [group.script for _, group in made],
        "planted": pa.array(kinds, pa.string()),
    }
    pq.write_table(pa.table(columns), folder / "rows.parquet", compression="zstd", row_group_size=ROW_GROUP)
    return folder


def _held_back(draw: random.Random, groups: list[Group]) -> tuple[list[tuple[Group, list[str]]], list[Group]]:
    """Return items of each language, and the languages without them."""
    share = min(SHARE, ITEMS / sum(len(group.sentences) for group in groups))
    items, rest = [], []
    for group in groups:
        chosen = set(draw.sample(range(len(group.sentences)), round(share * len(group.sentences))))
        items.append((group, [group.sentences[place] for place in sorted(chosen)]))
        left = tuple(text for place, text in enumerate(group.sentences) if place not in chosen)
        rest.append(group._replace(sentences=left))
    return items, [group for group in rest if len(group.sentences) >= FEW // 2]


def _planted(draw: random.Random, text: str, item: str, kind: str, group: Group) -> str:
    """Return the text with the item in it."""
    if kind == "dressed":
        item = dress(draw, item, 1, group)
    elif kind == "broken":  # no punctuation, and lines that end anywhere
        places = sorted(draw.sample(range(len(item)), 3))
        item = "\n".join(item[start:stop] for start, stop in zip((0, *places), (*places, len(item)), strict=True))
        item = re.sub(r"""[.,;:!?"'()«»“”、。，]""", "", item)
    place = draw.randrange(len(text))
    return f"{text[:place]} {item} {text[place:]}"
