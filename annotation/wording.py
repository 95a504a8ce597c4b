"""The words on the screens and the guidelines, in the annotators' language where they are written."""

from functools import cache
from importlib.resources import files
from typing import Final

import yaml

from annotation.tables import JUDGEMENTS, TASKS
from aya import judgement
from aya.stage import Settings

FALLBACK: Final = "eng"


class Labels(Settings):
    """What stands above fields and questions."""

    prompt: str
    completion: str
    prompt_before: str
    completion_before: str
    prompt_source: str
    completion_source: str
    approved: str
    up: str
    down: str
    prompt_rating: str
    completion_rating: str
    reason: str
    todo: str
    slot: str
    about: str
    """With `{topic}`."""


class Wording(Settings):
    """The words of one language."""

    labels: Labels
    guidelines: dict[str, str]
    """Markdown by task; `all` stands below that of each task."""


def written() -> list[str]:
    """Return the languages that the words are written in, sorted."""
    names = (file.name for file in files("annotation").joinpath("guidelines").iterdir())
    return sorted(name.removesuffix(".yaml") for name in names if name.endswith(".yaml"))


@cache
def wording(language: str) -> Wording:
    """Return the words of a language, English where it has none."""
    name = f"{language if language in written() else FALLBACK}.yaml"
    text = files("annotation").joinpath("guidelines", name).read_text(encoding="utf-8")
    return Wording.model_validate(yaml.safe_load(text))


def guidelines(task: str, *, language: str) -> str:
    """Return the guidelines of a task as Markdown."""
    if task in JUDGEMENTS:
        words = judgement.words(language)
        return f"## {words.of(task).task}\n{words.of(task).how}\n\n{words.skip}\n"
    if task not in TASKS:
        raise ValueError(f"no task {task!r}")
    said = wording(language).guidelines
    return f"{said[task].strip()}\n\n{said['all'].strip()}\n"
