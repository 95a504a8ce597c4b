"""The text of a recipe for each job: commented, short, and good for `aya check`."""

import json
from dataclasses import dataclass, field

from aya.errors import UserError

JOBS = {
    "clean": "clean a data set of one language or of many: garbled texts, wrong language, copies, sources too large",
    "from-csv": "build an instruction set from my own CSV, JSON Lines or Parquet files",
    "translate": "clean what `aya translate` wrote, in one language or in many",
    "decontaminate": "take rows that hold items of evaluation sets out of a data set",
    "aya-mixture": "mix my files as the Aya model was trained",
}

POOLS = ("aya_dataset", "aya_templates", "xp3x", "data_provenance", "aya_translations", "sharegpt_command")
"""Sources of the published mixture."""

ORIGINS = dict(zip(POOLS, ("human", "template", "template", "human", "translation", "synthetic"), strict=True))


@dataclass(frozen=True, kw_only=True)
class Answers:
    """What a recipe for one source of files is made of."""

    name: str
    use: str
    files: str
    columns: dict[str, str]
    keep: dict[str, str] = field(default_factory=dict)
    """Columns that stay beside those of a record, with their types."""
    language: str | None
    license: str
    revision: str
    citation: str
    origin: str = "human"


def recipe(job: str, sources: list[Answers], *, name: str, against: list[str], most: int = 3_000) -> str:
    """Return the recipe of a job.

    Raises: UserError if the job needs evaluation sets, and there are none.
    """
    if job == "decontaminate" and not against:
        raise UserError("name the evaluation sets that nothing may hold: --against FILE")
    lines = [
        f"# {JOBS[job][0].upper()}{JOBS[job][1:]}.",
        "#   aya check THIS_FILE      all faults of this file at once",
        "#   aya build THIS_FILE      builds; then: aya report, aya browse",
        f"name: {name}",
        "seed: 7",
        "sources:",
        *(line for source in sources for line in _source(source)),
        "stages:                       # in this order; each says for every row it wants gone why",
        *(f"  - {stage}" for stage in _stages(job, against, most)),
    ]
    if job == "aya-mixture":
        lines += [
            "mixture:",
            "  preset: aya-translation-heavy # the weights of the trained Aya model",
            "  max_epochs: 4",
        ]
    return "\n".join(lines) + "\n"


def _source(said: Answers) -> list[str]:
    columns = ", ".join(f"{meaning}: {_text(column)}" for meaning, column in said.columns.items())
    if said.keep:
        columns += f", keep: {{{', '.join(f'{name}: {kind}' for name, kind in said.keep.items())}}}"
    lines = [
        f"  - name: {said.name}",
        f"    use: {said.use}",
        f"    files: {_text(said.files)}",
        f"    columns: {{{columns}}}",
        *([f"    language: {said.language}"] if said.language else []),
        *([f"    origin: {said.origin}"] if said.origin != "human" else []),
        f"    license: {_text(said.license)}",
        f"    revision: {_text(said.revision)}",
        f"    citation: {_text(said.citation)}",
    ]
    return lines


def _stages(job: str, against: list[str], most: int) -> list[str]:
    near = "{use: dedup.exact}                          # the same text twice, whatever its case and spacing"
    contaminated = (
        f"{{use: dedup.contamination, against: [{', '.join(map(_text, against))}]}} # items of evaluation sets"
    )
    if job == "decontaminate":
        return [contaminated]
    found = [
        "{use: collection.length}                    # empty, or far too long",
        "{use: collection.echo}                      # the answer is nothing but the prompt",
        "{use: collection.script}                    # letters of another script than the language's",
        "{use: collection.markup}                    # leftover tags, broken characters",
        "{use: collection.repetition}                # a garbled translation says one phrase again and again",
        "{use: collection.language_id}               # another language than the row says",
    ]
    if job == "from-csv":
        found.append("{use: collection.pii}                       # masks e-mail addresses, phone numbers, handles")
    found.append(near)
    if job in ("clean", "translate"):
        found.append("{use: dedup.minhash}                        # nearly the same text")
    if job == "aya-mixture":
        found.append("{use: collection.caps, preset: aya_translated} # 3,000 rows of a translated data set")
    elif job in ("clean", "translate"):
        found.append(f"{{use: collection.caps, most: {most}}}          # rows of one data set in one language")
    return found + ([contaminated] if against else [])


def _text(value: str) -> str:
    """Return a text as YAML on one line; JSON is YAML."""
    plain = value.replace("_", "").replace("-", "").replace(".", "").replace("/", "").isalnum() and value.isascii()
    risky = value.lower() in ("yes", "no", "on", "off", "true", "false", "null", "y", "n") or value[:1].isdigit()
    return value if plain and not risky else json.dumps(value, ensure_ascii=False)
