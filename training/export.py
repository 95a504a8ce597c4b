"""A trained model as a folder that plain transformers loads, with a card that says what it was trained on."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import Field

from aya import languages
from aya.stage import Settings
from training.checkpoints import write_folder
from training.model import Model
from training.settings import NewModel, Training


class SourceFacts(Settings):
    """What the card says of one source of the mixture."""

    name: str
    license: str
    rows: int
    draws: int


class DataFacts(Settings):
    """What the card says of the data."""

    versions: tuple[str, ...] = Field(description="names of versions and releases, with checksums")
    sources: tuple[SourceFacts, ...]
    languages: dict[str, int] = Field(description="draws by language, ISO 639-3")
    notes: tuple[str, ...] = ()


class Table(Settings):
    """A table of figures, such as of an evaluation."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def export(
    model: Model, folder: Path, plan: Training, data: DataFacts, last: Mapping[str, Any], tables: Sequence[Table] = ()
) -> None:
    """Write the model, its tokens and its card, whole or not at all; `last` are the numbers of the last step."""

    def write(temporary: Path) -> None:
        model.save(temporary)
        text = card(model, plan, data, last, tables)
        (temporary / "README.md").write_text(text, encoding="utf-8")

    write_folder(folder, write)


def card(model: Model, plan: Training, data: DataFacts, last: Mapping[str, Any], tables: Sequence[Table] = ()) -> str:
    """Return the card, Markdown with the facts that the Hub reads at its head."""
    base = plan.model.new if isinstance(plan.model, NewModel) else plan.model
    facts: dict[str, Any] = {
        "language": sorted(data.languages),
        "library_name": "transformers",
        "tags": ["aya", "instruction-finetuning", model.kind],
    }
    if not isinstance(plan.model, NewModel):
        facts["base_model"] = plan.model
    head = yaml.safe_dump(facts, allow_unicode=True, sort_keys=False)
    return "\n".join(
        [
            f"---\n{head}---\n",
            f"# {plan.name}\n",
            f"{base}, trained for {last['step']:,} steps on {', '.join(data.versions)}.\n",
            "## Data\n",
            markdown(("source", "licence", "rows", "draws", "epochs"), [_source(one) for one in data.sources]),
            *(f"- {note}" for note in data.notes),
            "",
            f"{len(data.languages)} languages, by draws of the whole mixture:\n",
            _languages(data.languages),
            "## Training\n",
            markdown(("setting", "value"), _settings(plan, last)),
            *_losses(last),
            *_lost(model),
            *(f"## {table.title}\n\n{markdown(table.columns, table.rows)}" for table in tables),
        ]
    )


def _source(one: SourceFacts) -> tuple[str, ...]:
    epochs = one.draws / one.rows if one.rows else 0.0
    return one.name, one.license, f"{one.rows:,}", f"{one.draws:,}", f"{epochs:.2f}"


def _languages(draws: Mapping[str, int]) -> str:
    total = sum(draws.values()) or 1
    ordered = sorted(draws.items(), key=lambda item: (-item[1], item[0]))
    named = [f"{_name(code)} {num / total:.1%}" for code, num in ordered]
    return f"{', '.join(named)}.\n"


def _name(code: str) -> str:
    known = languages.resolve(code)
    return languages.get(known.language).name if known else code


def _settings(plan: Training, last: Mapping[str, Any]) -> list[tuple[str, str]]:
    said = plan.optimiser
    return [
        ("optimiser", f"{said.name}, rate {said.rate:g} ({said.decay}), warm-up {said.warmup} steps"),
        ("rows of a step", f"{plan.rows}, packed; prompts {plan.inputs} tokens, completions {plan.targets}"),
        ("loss", "mean over the tokens of a completion, then over completions"),
        ("draws", f"{last['position']:,}"),
        ("dropout", "as the model has it" if plan.dropout is None else f"{plan.dropout:g}"),
        ("precision", plan.precision),
        ("held out", f"{plan.held_out:.1%} of the rows"),
        ("seed", str(plan.seed)),
    ]


def _losses(last: Mapping[str, Any]) -> list[str]:
    found = [("last step", f"{last['loss']:.3f}")]
    if "held_out_loss" in last:
        found.append(("held-out rows", f"{last['held_out_loss']:.3f}"))
    return ["", markdown(("loss (nats a token)", ""), found)]


def _lost(model: Model) -> list[str]:
    lost = model.tokens.lost
    return ["## Limits\n", f"Its vocabulary does not keep {', '.join(lost)}.\n"] if lost else []


def markdown(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)
