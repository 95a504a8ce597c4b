"""How often signs of suspicion and release policies hit honest human work: shares behind `docs/agreement.md`.

    AYA_DATA=DATA python -m benchmarks.annotation_signs

People are not in the data as annotators, so one is made of every 20 completions of a source, drawn by a seed. Times of
work are in none of it: what rests on them stays a choice.
"""

import gzip
import json
import os
import random
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import combinations
from pathlib import Path
from typing import Any

import polars as pl

from annotation.agreement import Label
from annotation.answers import Answer, Item
from annotation.edit_distance import distance, relative_distance
from annotation.reliability import dawid_skene
from annotation.suspicion import signs

PERSON = 20  # completions
SIGNS = ("marks of chat output", "one beginning many times", "one text many times")
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def main() -> None:
    """Print one JSON object."""
    if not os.environ.get("AYA_DATA"):
        sys.exit("AYA_DATA names no folder of real data")
    data = Path(os.environ["AYA_DATA"])
    report = {
        "signs": {name: told(name, texts) for name, texts in [*human(data), *machine(data)]},
        "labels": [labels(data, language) for language in ("hausa", "portuguese", "twi")],
        "edits": edits(data),
    }
    sys.stdout.write(json.dumps(report, ensure_ascii=False, indent=1) + "\n")


def human(data: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield what people wrote: by source, where there are languages by language."""
    for name in ("self_instruct_user_oriented_252", "self_instruct_seed_tasks", "zh_belle_seed_tasks"):
        lines = (data / f"instruct/{name}.jsonl").read_text(encoding="utf-8").splitlines()
        yield f"human {name}", [json.loads(line)["instances"][0]["output"] for line in lines]
    tables = pl.read_parquet(data / "human/tata_human_ratings.parquet").filter(model="reference")
    for (code,), rows in tables.group_by("lang", maintain_order=True):
        yield f"human TaTA {code}", rows["output"].drop_nulls().to_list()
    news = pl.read_parquet(data / "parallel/ntrex128.parquet").drop("line", "doc")
    for code in news.columns:
        yield f"human NTREX {code}", news[code].drop_nulls().to_list()
    translated = pl.read_parquet(data / "tasks/winogrande_african.parquet").filter(translation="human")
    for (code,), rows in translated.group_by("language", maintain_order=True):
        yield f"human Winogrande {code}", rows["sentence"].unique(maintain_order=True).to_list()


def machine(data: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield what models wrote."""
    models = pl.read_parquet(data / "synthetic/mifeval_model_responses.parquet")
    for (model, code), rows in models.group_by("model", "language", maintain_order=True):
        yield f"model {str(model).rpartition('__')[2]} {code}", rows["response"].drop_nulls().to_list()
    with gzip.open(data / "synthetic/gpteacher_roleplay.jsonl.gz", "rt", encoding="utf-8") as file:
        yield "model GPT-4 role play", [json.loads(line)["response"] for line in file]


def told(name: str, texts: Sequence[str]) -> dict[str, Any]:
    """Return how many people made of these texts show each sign."""
    chance = random.Random(name)
    written = [text for text in texts if text.strip()]
    chance.shuffle(written)
    people = [written[start : start + PERSON] for start in range(0, len(written) - PERSON + 1, PERSON)]
    found = signs(answer for number, work in enumerate(people) for answer in originals(f"p{number:04d}", work))
    return {"people": len(people)} | {sign: sum(each.sign == sign for each in found) for sign in SIGNS}


def originals(person: str, texts: Iterable[str]) -> Iterator[Answer]:
    for number, text in enumerate(texts):
        item = Item(id=f"{person} {number}", task="original", language="eng")
        values: dict[str, str | int] = {"prompt": "?", "completion": text}
        at = NOON + timedelta(hours=number)
        yield Answer(id=item.id, item=item, annotator=person, values=values, at=at)


def labels(data: Path, language: str) -> dict[str, Any]:
    """Return what the policy `agreed` would drop of items with three real labels, made into thumbs."""
    rows = pl.read_parquet(data / "human/afrisenti_individual_labels.parquet").filter(language=language)
    thumbs = {
        f"{number:06d}": [(row[f"annotator_{at}"], str(row[f"label_{at}"]).lower() == "positive") for at in (1, 2, 3)]
        for number, row in enumerate(rows.iter_rows(named=True))
    }
    alike = {unit: share_alike([thumb for _, thumb in given]) for unit, given in thumbs.items()}
    every = [Label(unit, str(rater), str(thumb)) for unit, given in thumbs.items() for rater, thumb in given]
    consensus = dawid_skene(every)
    sure = [unit for unit, confidence in consensus.confidence.items() if confidence >= 0.95]
    drop = {unit for unit, share in alike.items() if share < 0.5}
    return {
        "language": language, "units": len(thumbs), "dropped": len(drop) / len(thumbs), "sure": len(sure) / len(thumbs),
        "dropped_of_sure": len(drop & {*sure}) / len(sure),
    }  # fmt: skip


def share_alike(thumbs: Sequence[bool]) -> float:
    pairs = [one == two for one, two in combinations(thumbs, 2)]
    return sum(pairs) / len(pairs)


def edits(data: Path) -> list[dict[str, Any]]:
    """Return by language how many machine translations people left alone, and which true corrections a policy drops."""
    rows = pl.read_parquet(data / "tasks/winogrande_african.parquet")
    keys = ["language", "split", "qid"]
    sides = [rows.filter(translation=kind).select(*keys, "sentence") for kind in ("machine", "human")]
    joined = sides[0].join(sides[1], on=keys, suffix="_human").unique(keys, maintain_order=True)
    return [
        {"language": code} | corrected(pairs.select("sentence", "sentence_human").rows())
        for (code,), pairs in joined.group_by("language", maintain_order=True)
    ]


def corrected(pairs: Sequence[tuple[str, str]]) -> dict[str, Any]:
    changed = [(one, two) for one, two in pairs if one.strip() != two.strip()]
    published = sum(distance(*pair, unit="character") < 5 for pair in changed)
    relative = sum(distance(*pair) < 2 or relative_distance(*pair) < 0.05 for pair in changed)
    return {
        "pairs": len(pairs), "same": 1 - len(changed) / len(pairs), "published_drops": published / len(changed),
        "relative_drops": relative / len(changed),
    }  # fmt: skip


if __name__ == "__main__":
    main()
