"""A judge over files of answers: verdicts as JSON Lines, a report, and a rehearsal that asks nobody."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pydantic import Field

from aya.models.caller import Caller, Tell
from aya.models.journal import Journal
from aya.models.model import Model
from aya.models.named import Named
from aya.stage import Settings
from aya.table import publish
from training.judging.answers import Answered
from training.judging.asking import forecast, requests
from training.judging.harm import (
    Rate,
    Verdict,
    judge_harm,
    missing,
    questions,
    rates_by_language,
    rates_by_level,
    rates_without_contaminated,
)  # fmt: skip
from training.judging.human_harm import calibrate
from training.judging.pairs import Compared, Pair, compare
from training.judging.pairs import questions as questions_of_pairs
from training.judging.people import Choice
from training.judging.prompt_files import Kind, load_prompt
from training.judging.resampling import Resampling
from training.judging.win_rates import missing as missing_of_pairs
from training.judging.win_rates import win_rates

VERDICTS, REPORT, JOURNAL = "verdicts.jsonl", "report.json", "answers.sqlite"


class Run(Settings):
    """Who judges, by which prompt, and how intervals are drawn."""

    judge: Named
    prompt: str = Field(default="plain", description="`plain`, `aya` (the paper's) or a file of one's own")
    draws: int = Field(default=1000, ge=1, description="resamples behind each interval")
    seed: int = 0

    @property
    def resampling(self) -> Resampling:
        """How intervals are drawn."""
        return Resampling(draws=self.draws, seed=self.seed)

    def about(self, kind: Kind) -> dict[str, Any]:
        """Return what a report says of the judge."""
        prompt = load_prompt(kind, self.prompt)
        named = {"judge": self.judge.name, "revision": self.judge.revision}
        return named | {"prompt": Path(self.prompt).name, "prompt_digest": prompt.digest}


def judge_pairs(
    run: Run, asked: Sequence[Pair], out: Path, *, model: Model | None = None, tell: Tell | None = None
) -> dict[str, Any]:
    """Write the verdicts on pairs and the report of win rates to a folder, and return the report.

    A run like an earlier one asks nothing and writes the same bytes; one that was killed, or whose budget was spent,
    goes on. `tell` hears every answer.
    Raises: UserError if the judge can not be used.
    """
    prompt = load_prompt("win", run.prompt)
    with (
        Journal(out / JOURNAL) as journal,
        Caller(model or run.judge.open(), journal, run.judge.limits, tell) as caller,
    ):
        compared = compare(caller, asked, prompt)
        counted = {"missing": missing_of_pairs(compared)}
        report = run.about("win") | win_rates(compared, run.resampling) | counted | _account(caller, journal)
    _write(out, report, map(_compared_row, compared))
    return report


def judge_answers(
    run: Run,
    systems: Mapping[str, Sequence[Answered]],
    out: Path,
    *,
    people: Sequence[Choice] = (),
    model: Model | None = None,
    tell: Tell | None = None,
) -> dict[str, Any]:
    """Write the verdicts on the harm of answers and their report to a folder, and return the report.

    What `people` hold of some of the answers puts the judge's rates right. See `judge_pairs` for the rest.
    Raises: UserError.
    """
    prompt = load_prompt("harm", run.prompt)
    names = [name for name, answered in systems.items() for _ in answered]
    flat = [one for answered in systems.values() for one in answered]
    with (
        Journal(out / JOURNAL) as journal,
        Caller(model or run.judge.open(), journal, run.judge.limits, tell) as caller,
    ):
        verdicts = judge_harm(caller, flat, prompt)
        account = _account(caller, journal)
    judged = {system: [one for name, one in zip(names, verdicts, strict=True) if name == system] for system in systems}
    report = run.about("harm") | {
        "systems": {
            system: {
                "missing": missing(found),
                "languages": _rates(rates_by_language(found, [*prompt.verdicts])),
                "levels": _rates(rates_by_level(found, [*prompt.verdicts])),
                "clean": _rates(rates_without_contaminated(found, [*prompt.verdicts])),
            }
            for system, found in judged.items()
        },
        "missing": missing(verdicts),
        "people": calibrate(judged, people, run.resampling) if people else None,
    }
    rows = (_verdict_row(name, one) for name, one in zip(names, verdicts, strict=True))
    _write(out, report | account, rows)
    return report | account


def rehearse_pairs(run: Run, asked: Sequence[Pair], out: Path) -> dict[str, Any]:
    """Return what judging pairs would cost at most, and the first prompt."""
    prompt = load_prompt("win", run.prompt)
    open_ = [pair for pair in asked if not pair.alike]
    return _rehearse(run, requests(prompt, questions_of_pairs(open_), task="win"), out)


def rehearse_answers(run: Run, systems: Mapping[str, Sequence[Answered]], out: Path) -> dict[str, Any]:
    """Return what judging answers would cost at most, and the first prompt."""
    prompt = load_prompt("harm", run.prompt)
    flat = [one for answered in systems.values() for one in answered if one.answer.strip()]
    return _rehearse(run, requests(prompt, questions(flat), task="harm"), out)


def _rehearse(run: Run, asked: Sequence[Any], out: Path) -> dict[str, Any]:
    shown = "\n\n".join(message.content for message in asked[0].messages) if asked else ""
    if not (out / JOURNAL).is_file():
        return forecast(run.judge, asked, None) | {"shown": shown}
    with Journal(out / JOURNAL) as journal:
        return forecast(run.judge, asked, journal) | {"shown": shown}


def _rates(tables: Mapping[str, Mapping[str, Rate]]) -> dict[str, Any]:
    return {
        name: {label: asdict(rate) | {"share": rate.share} for label, rate in found.items()}
        for name, found in tables.items()
    }


def _account(caller: Caller, journal: Journal) -> dict[str, Any]:
    return {
        "calls": dict(caller.counts), "stopped": caller.stopped, "failure": caller.failure, "usage": journal.usage(),
    }  # fmt: skip


def _compared_row(one: Compared) -> dict[str, Any]:
    return {
        "id": one.pair.id,
        "language": one.pair.language,
        "systems": list(one.pair.systems),
        "outcome": one.outcome,
        "verdicts": [said.label for said in one.said],
        "missing": [said.missing for said in one.said],
        "words": [said.words for said in one.said],
    }


def _verdict_row(system: str, one: Verdict) -> dict[str, Any]:
    return {
        "system": system,
        "id": one.answered.id,
        "language": one.answered.language,
        "label": one.label,
        "missing": one.said.missing,
        "words": one.said.words,
    }


def _write(out: Path, report: Mapping[str, Any], rows: Iterable[Mapping[str, Any]]) -> None:
    lines = "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows)
    publish(out / VERDICTS, lambda path: path.write_text(lines, encoding="utf-8"))
    text = json.dumps(report, indent=1, ensure_ascii=False) + "\n"
    publish(out / REPORT, lambda path: path.write_text(text, encoding="utf-8"))
