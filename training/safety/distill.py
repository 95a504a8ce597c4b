"""Distil: a teacher that is told to refuse answers requests, what it said is checked, and stands without the telling.

References: Üstün et al. 2024 (Aya Model), section 6: multilingual safety context distillation.
"""

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow.compute as pc

from aya.models.caller import Caller
from aya.models.journal import Journal
from aya.models.model import Answer, Message, Model, Request
from aya.stage import Stage, Tell, matches, silent
from aya.table import records
from aya.text import hash64
from training.judging.answers import Answered
from training.judging.harm import Verdict, judge_harm
from training.judging.prompt_files import load_prompt
from training.safety.filters import fault
from training.safety.items import Item
from training.safety.parts import Parts, divide
from training.safety.preambles import preamble
from training.safety.prompt_sets import read_items
from training.safety.settings import Distillation, Teacher
from training.safety.store import Row, write_store
from training.safety.written import NAME, Written

Refuses = Callable[[str, str, str], bool]
"""Prompt, answer, language in; whether the answer refuses."""
JOURNAL = "answers.sqlite"
BEYOND = "refuses a safe request"


class Taught(NamedTuple):
    """A request, what the teacher said, what the judge holds of it, and why it can not be taught."""

    item: Item
    answer: Answer | None
    verdict: Verdict | None
    fault: str | None


def distill(
    plan: Distillation,
    out: Path,
    *,
    refuses: Refuses,
    stages: Mapping[str, Stage] | None = None,
    tell: Tell = silent,
) -> dict[str, Any]:
    """Write the store of a distillation into a folder: what is taught, what is held out, what left and why.

    `stages` are local stages by the reason for which what they drop leaves: language identification. When a budget is
    spent, what is made is written and the report says so; the same call with a larger one goes on, and pays nothing
    twice.

    Raises: UserError, InputError.
    """
    parts = parts_of(plan)
    items = taught_items(plan, parts)
    with Journal(out / JOURNAL) as journal:
        said, stopped = _ask(plan, items, journal, tell)
        first = _filtered(plan, items, said, refuses, stages or {})
        judged, stopped_judge = _judge(plan, first, journal, tell)
        usage = journal.usage()
    rows = [_row(plan, one) for one in judged if one.answer is not None]
    rows += [_leak(item, like) for item, like in parts.leaked if item in _wanted(plan, [item])]
    report = _report(plan, parts, judged, usage) | {"stopped": stopped or stopped_judge}
    write_store(out, plan, rows, parts.held_out, report)
    return report


# -- requests --------------------------------------------------------------------------------------


def parts_of(plan: Distillation) -> Parts:
    """Return the requests of a recipe, divided."""
    items: list[Item] = []
    for some in plan.requests:
        read: list[Item] = []
        for match in sorted({match for pattern in some.files for match in matches(pattern)}):
            read += read_items(match.path, some.format, language=some.language, kind=some.kind, license_=some.license)
        items += read if some.most is None else _drawn(read, some.most, plan.seed)
    return divide(items, share=plan.held_out, near=plan.near, seed=plan.seed)


def _drawn(items: Sequence[Item], most: int, seed: int) -> list[Item]:
    keys = sorted({item.key for item in items}, key=lambda key: (hash64(f"drawn {key}", seed=seed), key))
    chosen = set(keys[:most])
    return [item for item in items if item.key in chosen]


def taught_items(plan: Distillation, parts: Parts) -> list[Item]:
    """Return the requests that the teacher is asked."""
    return _wanted(plan, parts.taught)


def _wanted(plan: Distillation, items: Sequence[Item]) -> list[Item]:
    return [item for item in items if plan.safe or item.kind == "unsafe"]


# -- the teacher -----------------------------------------------------------------------------------


def request_of(plan: Distillation, item: Item) -> Request:
    """Return what the teacher is asked: the preamble of the language, then the request."""
    first = preamble(item.language, plan.preambles)
    return Request(
        messages=(Message("system", first.text), Message("user", item.prompt)),
        decoding=_decoding(plan),
        seed=hash64(item.id, seed=plan.seed) % 2**31,
        language=item.language,
        task="distil",
    )


def _decoding(plan: Distillation) -> Any:
    return plan.teacher.decoding if isinstance(plan.teacher, Teacher) else Teacher(name=NAME, at=NAME).decoding


def _ask(
    plan: Distillation, items: Sequence[Item], journal: Journal, tell: Tell
) -> tuple[list[Answer | None], str | None]:
    teacher = plan.teacher
    model: Model = teacher.open() if isinstance(teacher, Teacher) else Written(items)
    limits = teacher.limits if isinstance(teacher, Teacher) else None
    with Caller(model, journal, limits, _counting(tell, "answers of the teacher", len(items))) as caller:
        answers = caller.ask([request_of(plan, item) for item in items])
        return answers, caller.stopped or caller.failure


def _counting(tell: Tell, what: str, of: int) -> Callable[[Answer], None]:
    done = 0

    def count(_: Answer) -> None:
        nonlocal done
        done += 1
        tell(what, done, of)

    return count


# -- checks ----------------------------------------------------------------------------------------


def _filtered(
    plan: Distillation,
    items: Sequence[Item],
    said: Sequence[Answer | None],
    refuses: Refuses,
    stages: Mapping[str, Stage],
) -> list[Taught]:
    """Return each request with its answer, and the first thing that is wrong with that."""
    by_stage = _marked(items, said, stages)
    found = []
    for item, answer, marked in zip(items, said, by_stage, strict=True):
        why = None
        if answer is not None:
            why = _fault(plan, answer) or marked or _wrong_way(plan, item, answer.text, refuses)
        found.append(Taught(item, answer, None, why))
    return found


def _fault(plan: Distillation, answer: Answer) -> str | None:
    if answer.fault is not None:
        return "no answer"
    return "cut off" if answer.finish == "length" else fault(answer.text.strip(), plan.filters)


def _wrong_way(plan: Distillation, item: Item, answer: str, refuses: Refuses) -> str | None:
    """Return the fault of an answer that refuses what is safe, or that nobody judges and that does not refuse."""
    if item.kind == "safe":
        return BEYOND if refuses(item.prompt, answer, item.language) else None
    if plan.judge is None and not refuses(item.prompt, answer, item.language):
        return "does not refuse"
    return None


def _marked(items: Sequence[Item], said: Sequence[Answer | None], stages: Mapping[str, Stage]) -> list[str | None]:
    """Return the reason of the first stage that drops an answer."""
    table = records(
        {"id": item.id, "inputs": item.prompt, "targets": answer.text if answer else "", "language": item.language}
        for item, answer in zip(items, said, strict=True)
    )
    found: list[str | None] = [None] * len(items)
    for why, stage in stages.items():
        dropped = pc.is_valid(stage(table)["drop"]).to_pylist()
        found = [known or (why if goes else None) for known, goes in zip(found, dropped, strict=True)]
    return found


def _judge(
    plan: Distillation, taught: Sequence[Taught], journal: Journal, tell: Tell
) -> tuple[list[Taught], str | None]:
    """Return the same with what the judge holds of the answers that are left."""
    left = [place for place, one in enumerate(taught) if one.answer is not None and one.fault is None]
    if plan.judge is None or not left:
        return list(taught), None
    heard = _counting(tell, "verdicts of the judge", len(left))
    with Caller(plan.judge.open(), journal, plan.judge.limits, heard) as caller:
        verdicts = judge_harm(
            caller,
            [_answered(taught[place]) for place in left],
            load_prompt("harm", plan.judge.prompt),
            decoding=plan.judge.decoding,
        )
        stopped = caller.stopped or caller.failure
    found = list(taught)
    for place, verdict in zip(left, verdicts, strict=True):
        missing = verdict.said.missing == "not asked"
        answer = None if missing else found[place].answer
        found[place] = found[place]._replace(answer=answer, verdict=verdict, fault=_judged(verdict))
    return found, stopped


def _answered(one: Taught) -> Answered:
    text = "" if one.answer is None else one.answer.text
    return Answered(id=one.item.key, language=one.item.language, prompt=one.item.prompt, answer=text)


def _judged(verdict: Verdict) -> str | None:
    if verdict.label in ("harmful", "nonsensical"):
        return f"{verdict.label} answer"
    return None if verdict.label else "no verdict"


# -- rows and report -------------------------------------------------------------------------------


def _row(plan: Distillation, one: Taught) -> Row:
    teacher, judge = plan.teacher, plan.judge
    assert one.answer is not None
    written = not isinstance(teacher, Teacher)
    facts = {
        "method": "distillation",
        "model": teacher.name if isinstance(teacher, Teacher) else NAME,
        "model_revision": (teacher.revision or None) if isinstance(teacher, Teacher) else None,
        "model_license": (teacher.license or None) if isinstance(teacher, Teacher) else None,
        "terms": teacher.terms if isinstance(teacher, Teacher) else None,
        "preamble": None if written else preamble(one.item.language, plan.preambles).name,
        "decoding": None if written else json.dumps(_decoding(plan).model_dump(mode="json", exclude_defaults=True)),
        "item": one.item.key,
        "judge": judge.name if judge else None,
        "verdict": one.verdict.label if one.verdict else None,
    }
    return Row(
        item=one.item,
        targets=one.answer.text.strip(),
        origin=one.item.origin if written else "synthetic",
        facts=facts,
        drop=one.fault,
        evidence=one.answer.fault or (one.verdict.said.words if one.verdict and one.fault else None),
    )


def _leak(item: Item, like: str) -> Row:
    return Row(item=item, targets="", origin=item.origin, facts={"item": item.key}, drop="like a held-out request",
               evidence=like)  # fmt: skip


def _report(
    plan: Distillation, parts: Parts, judged: Sequence[Taught], usage: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    languages: dict[str, Any] = {}
    for code in sorted({item.language for item in (*parts.taught, *parts.held_out)}):
        mine = [one for one in judged if one.item.language == code]
        kept = Counter(one.item.kind for one in mine if one.answer is not None and one.fault is None)
        languages[code] = {
            "held_out": dict(Counter(item.kind for item in parts.held_out if item.language == code)),
            "like_held_out": sum(item.language == code for item, _ in parts.leaked),
            "asked": sum(one.answer is not None for one in mine),
            "kept": {"unsafe": kept["unsafe"], "safe": kept["safe"]},
            "dropped": dict(sorted(Counter(one.fault for one in mine if one.fault).items())),
            "preamble": preamble(code, plan.preambles).name,
        }
    kept_rows = sum(sum(one["kept"].values()) for one in languages.values())
    labels = Counter(one.verdict.label or one.verdict.said.missing for one in judged if one.verdict)
    return {
        "name": plan.name,
        "teacher": plan.teacher.name if isinstance(plan.teacher, Teacher) else NAME,
        "judge": plan.judge.name if plan.judge else None,
        "unjudged": plan.unjudged,
        "kept": kept_rows,
        "dropped": sum(one.fault is not None for one in judged) + len(parts.leaked),
        "verdicts": {str(label): num for label, num in sorted(labels.items(), key=str)},
        "languages": languages,
        "usage": list(usage),
    }
