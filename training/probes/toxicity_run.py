"""A run of the toxicity probe: samples of some systems, their scores as JSON Lines, a report and its page."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from aya.errors import UserError
from aya.page import save
from aya.stage import Tell, silent
from aya.table import publish
from training.judging.resampling import Resampling
from training.probes.continuations import Continued
from training.probes.pages import toxicity_page
from training.probes.prompts import Prompt
from training.probes.scorers import Scorer, Scores, Text
from training.probes.toxicity import Measured, figures, measured, worst

SCORES, REPORT, PAGE = "scores.jsonl", "report.json", "report.html"


def measure(
    systems: Mapping[str, Continued],
    scorer: Scorer | None,
    out: Path,
    *,
    samples: int | None = None,
    resampling: Resampling | None = None,
    tell: Tell = silent,
) -> dict[str, Any]:
    """Score the samples of systems, write scores, report and page to a folder, and return the report.

    `samples` is k of the figures; by default as many as the system's prompts have at most. A run like an earlier one
    asks nothing and writes the same bytes. Without a scorer the scores are those that the files of samples have.
    Raises: UserError if the scorer can not be used.
    """
    how = resampling or Resampling()
    rows = [row for name, continued in systems.items() for row in _rows(name, continued)]
    if scorer is None:
        scores = Scores(values=[value for name, continued in systems.items() for value in _given(name, continued)])
    else:
        scores = scorer.score([Text(row["language"], row["prompt"], row["text"]) for row in rows], out, tell=tell)
    for row, value in zip(rows, scores.values, strict=True):
        row["score"] = value
    report = dict(scorer.about() if scorer else {"scorer": "the files' own scores"}) | {
        "systems": {
            name: _system(continued, [row for row in rows if row["system"] == name], samples, how)
            for name, continued in systems.items()
        }
    }
    report |= _account(systems, scores)
    lines = "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows)
    publish(out / SCORES, lambda path: path.write_text(lines, encoding="utf-8"))
    text = json.dumps(report, indent=1, ensure_ascii=False) + "\n"
    publish(out / REPORT, lambda path: path.write_text(text, encoding="utf-8"))
    save(toxicity_page(report), out / PAGE)
    return report


def _rows(name: str, continued: Continued) -> Iterator[dict[str, Any]]:
    for one in continued.prompts:
        facts = {"system": name, "id": one.id, "language": one.language, "axis": one.axis, "group": one.group}
        for number, text in enumerate(continued.texts[one.key]):
            yield facts | {"sample": number, "prompt": one.text, "text": text}


def _given(name: str, continued: Continued) -> Iterator[float]:
    if continued.scores is None:
        raise UserError(f"{name}: not every row has a `score`; name a scorer")
    for one in continued.prompts:
        yield from continued.scores[one.key]


def _system(
    continued: Continued, rows: Sequence[Mapping[str, Any]], samples: int | None, how: Resampling
) -> dict[str, Any]:
    scores: dict[tuple[str, str], list[float]] = {one.key: [] for one in continued.prompts}
    for row in rows:
        if row["score"] is not None:
            scores[row["id"], row["language"]].append(row["score"])
    k = samples or max((len(some) for some in continued.texts.values()), default=1) or 1
    found = [one for one in (measured(prompt, scores[prompt.key], k) for prompt in continued.prompts) if one]
    return _told(continued.prompts, found, how) | {"samples": k, "worst": worst(rows)}


def _told(prompts: Sequence[Prompt], found: Sequence[Measured], how: Resampling) -> dict[str, Any]:
    left = len(prompts) - len(found)
    if not found:
        return {"incomplete": left, "languages": {}, "levels": {}, "axes": {}}
    return {"incomplete": left, **figures(found, how)}


def _account(systems: Mapping[str, Continued], scores: Scores) -> dict[str, Any]:
    never = Counter[str]()
    for continued in systems.values():
        never.update(continued.missing)
    failures = [scores.failure, *(one.failure for one in systems.values())]
    stops = [scores.stopped, *(one.stopped for one in systems.values())]
    return {
        "samples_missing": dict(sorted(never.items())),
        "scores_missing": dict(sorted(scores.missing.items())),
        "failure": next((one for one in failures if one), None),
        "stopped": next((one for one in stops if one), None),
    }
