"""A method run over files: generated rows as Parquet, a report with figures, a rehearsal that asks nobody."""

import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from aya.errors import InputError
from aya.models.caller import Tell
from aya.models.journal import Journal
from aya.models.model import Answer, Heard, Request, Usage
from aya.stage import Part, Stage
from aya.table import publish
from synthesis.diversity import Embed, compare
from synthesis.method import ITEMS, Method
from synthesis.refusal import Refusal
from synthesis.teachers import Desk
from synthesis.truncation import Truncation

SHOWN = 3
"""Prompts that a rehearsal shows."""
OWN: Mapping[str, Stage] = {"refusal": Refusal(), "cut off": Truncation()}
"""Stages whose say the report has, unless it is given others."""
LETTERS_PER_TOKEN = 3.5
"""Bytes of a token, nearly, in today's vocabularies; scripts that they know little take fewer."""
_LEAST_ROWS = 8
"""Rows of a language below which nothing is said of its variety."""


def synthesize(
    method: Method,
    out: Path,
    *,
    rows: int | None = None,
    judges: Mapping[str, Stage] | None = None,
    embed: Embed | None = None,
    tell: Tell | None = None,
) -> dict[str, Any]:
    """Write `out/NAME.parquet` for each file of seeds, and `report.json`; return the report.

    At most the first `rows` seeds of each file are taken. When a budget is spent, what is made is written and the
    report says so; run again with a larger one, it goes on. A run like an earlier one asks nothing and writes the same
    bytes. The report has the share of rows that each of `judges` would drop; `embed` gives vectors of meaning, instead
    of n-grams, for the figures of variety. `tell` hears every answer.
    Raises: UserError, InputError.
    """
    parts = method.parts()
    _refuse_same_names(parts)
    report: dict[str, Any] = {"method": method.name, "paper": method.paper, "files": {}}
    with Journal(method.journal) as journal, Desk(method.teachers, journal, tell=tell) as desk:
        made = []
        for part in parts:
            table = pa.concat_tables([ITEMS.empty_table(), *method.tables(part, desk, limit=rows)])
            publish(_place(out, part), lambda path, table=table: pq.write_table(table, path, compression="zstd"))
            report["files"][part.name] = _counts(table)
            made.append(table)
        report["stopped"] = desk.stopped
        report["calls"] = dict(sum((caller.counts for caller in desk.callers.values()), Counter()))
        report["failures"] = {name: caller.failure for name, caller in desk.callers.items() if caller.failure}
        report["usage"] = journal.usage()
    report["languages"] = figures(pa.concat_tables(made), method, judges or OWN, embed)
    publish(out / "report.json", lambda path: path.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n"))
    return report


def _place(out: Path, part: Part) -> Path:
    return out / f"{Path(part.name).stem}.parquet"


def _refuse_same_names(parts: list[Part]) -> None:
    stems = Counter(Path(part.name).stem for part in parts)
    if twice := [stem for stem, num in stems.items() if num > 1]:
        raise InputError(f"two files are called '{twice[0]}'; what is made of them would have one name")


def _counts(table: pa.Table) -> dict[str, Any]:
    faults = Counter(fault for fault in table["_fault"].to_pylist() if fault)
    return {"rows": len(table) - faults.total(), "faults": dict(sorted(faults.items()))}


# -- figures ---------------------------------------------------------------------------------------


def figures(table: pa.Table, method: Method, judges: Mapping[str, Stage], embed: Embed | None = None) -> dict[str, Any]:
    """Return, by language, what filters would say of the rows and how varied they are beside the seeds.

    Compared are the texts that a model made: prompts where it wrote them, else answers.
    """
    table = table.filter(pc.is_null(table["_fault"]))
    people = _human_texts(method)
    found = {}
    for code in sorted(set(table["language"].to_pylist())):
        rows = table.filter(pc.equal(table["language"], code))
        found[code] = {"rows": len(rows), "dropped": _rates(rows, judges), **_variety(rows, people[code], embed)}
    return found


def _rates(rows: pa.Table, judges: Mapping[str, Stage]) -> dict[str, float]:
    """Return the share of rows that each stage would drop."""
    nothing = pa.nulls(len(rows), pa.string())
    told = pa.array([json.dumps({"finish": finish}) for finish in rows["finish"].to_pylist()], pa.string())
    for name, column in {"drop": nothing, "evidence": nothing, "script": nothing, "provenance": told}.items():
        rows = rows.append_column(name, column)
    return {name: pc.mean(pc.is_valid(judge(rows)["drop"])).as_py() for name, judge in judges.items()}


def _variety(rows: pa.Table, people: Mapping[str, list[str]], embed: Embed | None) -> dict[str, Any]:
    column = "targets" if rows["made"][0].as_py() == "targets" else "inputs"
    human, made = [text for text in people[column] if text], rows[column].to_pylist()
    if min(len(human), len(made)) < _LEAST_ROWS:
        return {}
    compared = compare(human, made, embed=embed)
    both = {"human": compared.human._asdict(), "made": compared.made._asdict()}
    return {"compared": column, **both, "coverage": compared.coverage, "copied": compared.copied}


def _human_texts(method: Method) -> dict[str, dict[str, list[str]]]:
    """Return prompts and answers of all seeds, by language."""
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: {"inputs": [], "targets": []})
    for part in method.parts():
        for seed in method.seeds_of(part):
            found[seed.language]["inputs"].append(seed.inputs)
            found[seed.language]["targets"].append(seed.targets)
    return found


# -- rehearsal -------------------------------------------------------------------------------------


class _Echo:
    """A model that says the last message back, and counts what it was asked."""

    def __init__(self, name: str, revision: str, journal: dict[str, list[Request]]) -> None:
        self.name, self.revision = name, revision
        self._asked = journal.setdefault(name, [])

    async def answer(self, request: Request, heard: Heard | None = None) -> Answer:
        """Return the prompt, as the first of a numbered list, so that methods of several rounds go on."""
        self._asked.append(request)
        text = request.prompt or request.messages[-1].content
        return Answer(text=f"1. ~ {text}", finish="stop", usage=_estimate(request))

    async def close(self) -> None:
        """Do nothing."""


def rehearse(method: Method, *, rows: int | None = None) -> dict[str, Any]:
    """Return what a run would ask: calls, tokens and cost by teacher, and the first prompts; nobody is asked.

    Tokens of prompts are estimated by their bytes, those of answers as the most that decoding allows; prompts of later
    rounds as if the model had said its prompt back. What the journal has is not counted.
    """
    asked: dict[str, list[Request]] = {}
    unlimited = {"limits": method.teachers[0].limits.model_copy(update={"tokens": None, "money": None, "hours": None})}
    teachers = [teacher.model_copy(update=unlimited) for teacher in method.teachers]
    models = [_Echo(teacher.name, teacher.revision, asked) for teacher in teachers]
    num_seeds = 0
    with Journal(Path(":memory:")) as journal, Desk(teachers, journal, models) as desk:
        for part in method.parts():
            for table in method.tables(part, desk, limit=rows):
                num_seeds += len(set(table["parent_id"].to_pylist()))
    by_teacher = {}
    for teacher in method.teachers:
        usage = [_estimate(request) for request in asked[teacher.name]]
        by_teacher[teacher.name] = {
            "calls": len(usage),
            "prompt_tokens": sum(one.prompt for one in usage),
            "completion_tokens": sum(one.completion for one in usage),
            "cost": sum(map(teacher.limits.cost, usage)),
        }
    first = [request.messages[-1].content for requests in asked.values() for request in requests]
    return {"method": method.name, "seeds": num_seeds, "teachers": by_teacher, "prompts": first[:SHOWN]}


def _estimate(request: Request) -> Usage:
    texts = [request.prompt] if request.prompt is not None else [one.content for one in request.messages]
    letters = sum(len(text.encode()) for text in texts)
    return Usage(round(letters / LETTERS_PER_TOKEN), request.decoding.max_tokens)
