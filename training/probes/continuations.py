"""What a model writes when it goes on with prompts, several times each; every sample is asked for once."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import Field

from aya.errors import InputError, UserError, nearest, needs
from aya.json_lines import resumed
from aya.models.caller import Caller
from aya.models.journal import Journal
from aya.models.model import Decoding, Message, Request
from aya.models.named import Named
from aya.stage import Settings, Tell, silent
from aya.table import canonical
from aya.text import digest, hash64
from training.probes.prompts import Prompt, language_of
from training.row_files import rows

HAND = 25
"""Samples of a prompt that are drawn together; always the same ones, so that they are the same in every run."""

ANSWERS = ("answer", "targets", "completion", "continuation")
"""Names that the column of an answer may have."""


class Sampling(Settings):
    """How samples are drawn; the defaults are those of RealToxicityPrompts."""

    samples: int = Field(default=25, ge=1, description="of each prompt")
    most: int = Field(default=20, ge=1, description="tokens of a sample")
    top_p: float = Field(default=0.9, gt=0, le=1, description="share of the likeliest tokens that are drawn from")
    temperature: float = Field(default=1.0, gt=0)
    chat: bool = Field(default=False, description="ask as in a conversation, not to go on with a text")
    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class Continued:
    """Prompts with the samples that there are of each, and why others are missing."""

    prompts: Sequence[Prompt]
    texts: Mapping[tuple[str, str], Sequence[str]]
    missing: Mapping[str, int]
    scores: Mapping[tuple[str, str], Sequence[float]] | None = None
    """Of each sample, where a file of samples has scores already."""
    failure: str | None = None
    stopped: str | None = None


def by_folder(
    model: str, prompts: Sequence[Prompt], how: Sampling, out: Path, *, device: str | None = None, tell: Tell = silent
) -> Continued:
    """Return the samples of a model of transformers, by its folder or name; what `out` holds is not drawn again.

    The samples of a prompt depend on it, its id and the seed alone.
    Raises: UserError if there is no such model.
    """
    with needs("training"):
        from training.evaluation.answers import fingerprint
        from training.generate import Decoding as Drawing
        from training.generate import generate
        from training.model import SEPARATOR, load_model
    opened = load_model(model, device=device)
    sampled = canonical(how.model_dump(mode="json", exclude={"samples"}))
    journal = out / f"{digest(fingerprint(opened.network), sampled)[:16]}.jsonl"
    journal.parent.mkdir(parents=True, exist_ok=True)
    found = {(said["asked"], said["start"]): said["texts"] for said in resumed(journal)}
    drawing = Drawing(most=how.most, top_p=how.top_p, temperature=how.temperature)
    between = SEPARATOR if how.chat else ""
    texts: dict[tuple[str, str], list[str]] = {}
    with journal.open("a", encoding="utf-8") as file:
        for number, one in enumerate(prompts, start=1):
            asked = digest(one.id, one.language, one.text)
            for start in range(0, how.samples, HAND):
                if (asked, start) not in found:
                    drawn = drawing.model_copy(update={"seed": hash64(f"{asked} {start}", seed=how.seed)})
                    made = generate(opened, [one.text] * HAND, drawn, budget=2**31, between=between)
                    found[asked, start] = made
                    said = {"asked": asked, "start": start, "texts": made}
                    file.write(json.dumps(said, ensure_ascii=False) + "\n")
                    file.flush()
                    os.fsync(file.fileno())
            hands = [found[asked, start] for start in range(0, how.samples, HAND)]
            texts[one.key] = [text for hand in hands for text in hand][: how.samples]
            tell("prompts", number, len(prompts))
    return Continued(prompts=prompts, texts=texts, missing={})


def by_named(
    model: Named, prompts: Sequence[Prompt], how: Sampling, journal: Path, *, tell: Tell = silent
) -> Continued:
    """Return the samples of a model that is asked, within its limits; what the journal holds is not asked again.

    Raises: UserError if the model can not be used.
    """
    asked = [(one, _request(one, number, how)) for one in prompts for number in range(how.samples)]
    done = iter(range(1, len(asked) + 1))
    with (
        Journal(journal) as kept,
        Caller(model.open(), kept, model.limits, lambda _: tell("samples", next(done, 0), len(asked))) as caller,
    ):
        answers = caller.ask([request for _, request in asked])
    texts: dict[tuple[str, str], list[str]] = {one.key: [] for one in prompts}
    missing = {"not asked": 0, "refused": 0}
    for (one, _), answer in zip(asked, answers, strict=True):
        if answer is None or answer.fault is not None:
            missing["refused" if answer else "not asked"] += 1
        else:
            texts[one.key].append(answer.text)
    lost = {why: num for why, num in missing.items() if num}
    return Continued(prompts=prompts, texts=texts, missing=lost, failure=caller.failure, stopped=caller.stopped)


def _request(one: Prompt, number: int, how: Sampling) -> Request:
    seed = hash64(f"{one.id} {number}", seed=how.seed) % 2**31  # more than that, servers do not take
    decoding = Decoding(temperature=how.temperature, top_p=how.top_p, max_tokens=how.most)
    return Request(
        messages=(Message("user", one.text),) if how.chat else (),
        prompt=None if how.chat else one.text,
        decoding=decoding,
        seed=seed,
        language=one.language,
        task="continuation",
    )


def by_file(path: Path, prompts: Sequence[Prompt] = (), wanted: Sequence[Prompt] | None = None) -> Continued:
    """Return the samples that a file has, a row each: `id`, `language` and `answer` (or `targets`, `completion`).

    A row without `inputs`, `axis` or `group` has those of the prompt of its id and language. Where every row has a
    `score` from 0 to 1, so have the samples. Of the prompts, those `wanted` are taken, by default all.
    Raises: InputError naming file and row.
    """
    known = {one.key: one for one in prompts}
    needed = known.keys() if wanted is None else {one.key for one in wanted}
    asked: dict[tuple[str, str], Prompt] = {}
    texts: dict[tuple[str, str], list[str]] = {}
    scores: dict[tuple[str, str], list[float]] = {}
    for number, row in enumerate(rows(path), start=1):
        place = f"{path}: row {number}"
        if (text := next((str(row[name]) for name in ANSWERS if row.get(name) is not None), None)) is None:
            raise InputError(f"{place}: no `answer`{nearest('answer', row)}")
        one = _asked(row, place, known)
        if known and one.key not in needed:
            continue
        asked.setdefault(one.key, one)
        texts.setdefault(one.key, []).append(text)
        if row.get("score") not in (None, ""):
            scores.setdefault(one.key, []).append(_score(row["score"], place))
    if not asked:
        raise InputError(f"{path} has no rows")
    if never := len(needed - asked.keys()):
        raise UserError(f"{path}: {never} of the {len(needed)} prompts have no row in it")
    whole = all(len(scores.get(key, ())) == len(some) for key, some in texts.items())
    return Continued(prompts=list(asked.values()), texts=texts, missing={}, scores=scores if whole else None)


def _score(said: object, place: str) -> float:
    try:
        value = float(str(said))
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise InputError(f"{place}: `score` is from 0 to 1, not '{said}'")
    return value


def _asked(row: Mapping[str, object], place: str, known: Mapping[tuple[str, str], Prompt]) -> Prompt:
    code = language_of(row, place)
    text = str(row.get("inputs") or row.get("prompt") or "")
    id_ = str(row.get("id") or digest(text))
    if (one := known.get((id_, code))) is not None:
        return one
    if known:
        raise InputError(f"{place}: no prompt '{id_}' in {code}{nearest(id_, (name for name, _ in known))}")
    return Prompt(id=id_, language=code, text=text, axis=str(row.get("axis") or ""), group=str(row.get("group") or ""))
