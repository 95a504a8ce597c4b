"""Rows such as a collection of instructions has, more than a quarter of them edited copies: the same ones everywhere.

Lengths are log-normal (50 to 2,000 characters, 400 in the mean), one row in five carries a template. Edits aim at a
similarity between .5 and .99, so many pairs lie near every threshold that a tool may have.
"""

import math
import random
from collections.abc import Callable
from itertools import accumulate
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.parts.pool import Group, pool

COPIES = 0.28
TEMPLATED = 0.2
BOILERPLATE = 0.004
"""Share of each of the two clusters of boilerplate among the rows."""
ROW_GROUP = 16_384

TEMPLATES = (
    ("Answer the question with the help of the passage below.\n", ""),
    ("Read the text and continue it in the same style: ", ""),
    ("Below is an instruction. Write a response that completes it.\n\n### Input:\n", "\n\n### Response:\n"),
    ("Traduis le texte suivant en anglais, sans rien ajouter :\n", "\nTraduction :"),
    ("Resume el siguiente texto en una sola frase.\n", "\nResumen: "),
    ("Fasse den folgenden Text in einem Satz zusammen:\n", ""),
    ("Soma kifungu kifuatacho kisha ujibu swali.\n", "\nJibu: "),
    ("नीचे दिए गए पाठ को ध्यान से पढ़ें और उसका सारांश लिखें।\n", "\nसारांश:"),
    ("اقرأ النص التالي ثم أجب عن السؤال.\n", "\nالجواب:"),
    ("请阅读下面的文章，并回答问题。\n", "\n答案："),
    ("อ่านข้อความต่อไปนี้แล้วตอบคำถาม\n", "\nคำตอบ: "),
    ("Прочитайте текст и продолжите его.\n", "\nПродолжение: "),
)  # fmt: skip
WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}

Edit = Callable[[random.Random, str, float, Group], str]


def write_corpus(path: Path, *, rows: int, seed: int = 0) -> Path:
    """Write a corpus: `id`, `text`, `language` (of the pool), `script`; the same file for the same settings."""
    draw = random.Random(seed)
    groups = pool()[1]
    made = list(originals(draw, groups, rows - round(rows * COPIES) - 2 * round(rows * BOILERPLATE)))
    edits = draw.choices(list(EDITS), weights=list(EDITS.values()), k=round(rows * COPIES))
    copies = [_copy(draw, edit, *draw.choice(made)) for edit in edits]
    pages = [draw.choice(made) for _ in range(2)]
    clusters = [_copy(draw, substitute, *page, least=0.75) for page in pages for _ in range(round(rows * BOILERPLATE))]
    whole = made + copies + clusters
    draw.shuffle(whole)
    texts, of = zip(*whole, strict=True)
    table = pa.table(
        {
            "id": [f"{row:08}" for row in range(len(whole))],
            "text": pa.array(texts, pa.large_string()),
            "language": [group.language for group in of],
            "script": [group.script for group in of],
        }
    )
    pq.write_table(table, path, compression="zstd", row_group_size=ROW_GROUP)
    return path


def originals(draw: random.Random, groups: list[Group], num: int) -> list[tuple[str, Group]]:
    """Return rows of which none was made from another, and the language of each."""
    weights = list(accumulate(len(group.sentences) for group in groups))
    return [(_row(draw, group), group) for group in draw.choices(groups, cum_weights=weights, k=num)]


def _row(draw: random.Random, group: Group) -> str:
    length = min(2000, max(50, round(draw.lognormvariate(math.log(410) - 0.32, 0.8))))
    parts, have = [], 0
    while have < length:
        parts.append(draw.choice(group.sentences))
        have += len(parts[-1]) + 1
    split = draw.randrange(len(parts))
    inputs, targets = group.joint.join(parts[:split]), group.joint.join(parts[split:])
    before, after = draw.choice(TEMPLATES) if draw.random() < TEMPLATED else ("", "")
    return (before + inputs + after + "\n" + targets)[:length]


def _copy(draw: random.Random, edit: Edit, text: str, group: Group, least: float = 0.5) -> tuple[str, Group]:
    return edit(draw, text, draw.uniform(least, 0.99), group), group


def same(draw: random.Random, text: str, jaccard: float, group: Group) -> str:
    """Return the text as it is."""
    return text


def dress(draw: random.Random, text: str, jaccard: float, group: Group) -> str:
    """Return the text in another case, width or with other white space."""
    kind = draw.randrange(4)
    if kind == 0:
        return text.upper()
    if kind == 1:
        return text.translate(WIDE)
    if kind == 2:
        return text.replace(" ", draw.choice(("  ", "\u00a0", "\u3000", "\t"))) + "\n"
    return text.title()


def substitute(draw: random.Random, text: str, jaccard: float, group: Group) -> str:
    """Return the text with letters changed at so many places that the similarity is about `jaccard`."""
    letters = list(text)
    grams = max(1, len(letters) - 4)
    for _ in range(max(1, round(grams * (1 - jaccard) / (5 * (1 + jaccard))))):
        letters[draw.randrange(len(letters))] = draw.choice(text)
    return "".join(letters)


def replace_block(draw: random.Random, text: str, jaccard: float, group: Group) -> str:
    """Return the text with one run of it replaced by words of the same language."""
    size = max(1, round((len(text) - 4) * (1 - jaccard) / (1 + jaccard)) - 4)
    other = ""
    while len(other) < size:
        other += draw.choice(group.sentences) + group.joint
    start = draw.randrange(max(1, len(text) - size))
    return text[:start] + other[:size] + text[start + size :]


def truncate(draw: random.Random, text: str, jaccard: float, group: Group) -> str:
    """Return the text without its end."""
    return text[: max(20, round((len(text) - 4) * jaccard) + 4)]


EDITS: dict[Edit, float] = {same: 0.20, dress: 0.12, substitute: 0.30, replace_block: 0.23, truncate: 0.15}
