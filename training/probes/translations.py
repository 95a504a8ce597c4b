"""Translations of English sentences: by a model that is asked for them, or of files."""

import json
import os
import string
from collections.abc import Mapping, Sequence
from pathlib import Path

from aya import languages
from aya.errors import InputError, UserError, nearest, needs
from aya.json_lines import resumed
from aya.models.caller import Caller
from aya.models.journal import Journal
from aya.models.model import Decoding, Message, Request
from aya.models.named import Named
from aya.stage import Tell, silent
from aya.text import digest
from training.probes.continuations import ANSWERS
from training.probes.prompts import language_of
from training.row_files import rows

PROMPT = "Translate from English into $language: $text"
MOST = 128
HAND = 64
BETWEEN = " ||| "

Translations = Mapping[tuple[str, str], str]
"""By language and English sentence."""


def asked(texts: Sequence[str], codes: Sequence[str], prompt: str = PROMPT) -> dict[tuple[str, str], str]:
    """Return what a model is asked for each language and sentence.

    Raises: UserError if the prompt does not show `$text`.
    """
    template = string.Template(prompt)
    if not template.is_valid() or "text" not in template.get_identifiers():
        raise UserError(f"a prompt shows the sentence as $text, and may show $language: {prompt}")
    return {
        (code, text): template.safe_substitute(language=languages.get(code).name, text=text)
        for code in codes
        for text in texts
    }


def by_folder(
    model: str, questions: Mapping[tuple[str, str], str], out: Path, *, device: str | None = None, tell: Tell = silent
) -> dict[tuple[str, str], str]:
    """Return the likeliest answers of a model of transformers; what `out` holds is not asked again.

    Raises: UserError if there is no such model.
    """
    with needs("training"):
        from training.evaluation.answers import fingerprint
        from training.generate import Decoding as Search
        from training.generate import generate
        from training.model import load_model
    opened = load_model(model, device=device)
    journal = out / f"translations-{digest(fingerprint(opened.network))[:16]}.jsonl"
    journal.parent.mkdir(parents=True, exist_ok=True)
    known = {said["asked"]: said["answer"] for said in resumed(journal)}
    missing = sorted({*questions.values()} - known.keys(), key=lambda text: (len(text), text))
    with journal.open("a", encoding="utf-8") as file:
        for start in range(0, len(missing), HAND):
            some = missing[start : start + HAND]
            for text, answer in zip(some, generate(opened, some, Search(sample=False, most=MOST)), strict=True):
                known[text] = answer
                file.write(json.dumps({"asked": text, "answer": answer}, ensure_ascii=False) + "\n")
            file.flush()
            os.fsync(file.fileno())
            tell("translations", start + len(some), len(missing))
    return {place: known[text] for place, text in questions.items()}


def by_named(
    model: Named, questions: Mapping[tuple[str, str], str], journal: Path, *, tell: Tell = silent
) -> tuple[dict[tuple[str, str], str], str | None]:
    """Return the answers of a model that is asked, and why some are missing; none is asked for twice.

    Raises: UserError if the model can not be used.
    """
    decoding = Decoding(max_tokens=MOST)
    requests = [
        Request(messages=(Message("user", text),), decoding=decoding, language=code, task="translation")
        for (code, _), text in questions.items()
    ]
    done = iter(range(1, len(requests) + 1))
    with (
        Journal(journal) as kept,
        Caller(
            model.open(), kept, model.limits, lambda _: tell("translations", next(done, 0), len(requests))
        ) as caller,
    ):
        answers = caller.ask(requests)
    found = {
        place: answer.text
        for place, answer in zip(questions, answers, strict=True)
        if answer is not None and answer.fault is None
    }
    return found, caller.failure or caller.stopped


def by_file(path: Path, codes: Sequence[str]) -> dict[tuple[str, str], str]:
    """Return the translations of a file.

    It is a table with `inputs` (the English sentence), `language` and `answer` (or `targets`, `translation`), or a text
    file of `sentence ||| translation`, as WinoMT's own are, into the one language that is asked for.
    Raises: InputError, UserError.
    """
    if path.suffix == ".txt":
        if len(codes) != 1:
            raise UserError(f"{path} says no language; name the one that it is in by --to")
        return _lines(path, codes[0])
    found = {}
    for number, row in enumerate(rows(path), start=1):
        place = f"{path}: row {number}"
        text = next((str(row[name]) for name in (*ANSWERS, "translation") if row.get(name) is not None), None)
        source = row.get("inputs") or row.get("prompt")
        for name, value in (("inputs", source), ("answer", text)):
            if value is None:
                raise InputError(f"{place}: no `{name}`{nearest(name, row)}")
        found[language_of(row, place), str(source).strip()] = str(text)
    return found


def _lines(path: Path, code: str) -> dict[tuple[str, str], str]:
    if not path.is_file():
        raise InputError(f"{path}: no such file")
    found = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        source, between, text = line.partition(BETWEEN.strip())
        if not between:
            raise InputError(f"{path}:{number}: not of the form `sentence ||| translation`")
        found[code, source.strip()] = text.strip()
    return found
