from pathlib import Path
from typing import Any

import pytest

from aya.errors import UserError
from training.card_tables import add_tables, evaluation_tables, safety_table
from training.export import Table

FIGURE = {"items": 1_200, "value": 61.25, "low": 58.0, "high": 64.04}
RESULTS: dict[str, Any] = {
    "tasks": {
        "xcopa": {
            "measure": "accuracy", "prompts": 5, "shots": 0, "chance": 50.0,
            "measures": {
                "accuracy": {"all": {"": FIGURE}, "resource": {"low": FIGURE}, "language": {"yor_Latn": FIGURE}},
            },
        }
    }
}  # fmt: skip


def test_a_card_says_figures_by_language_with_intervals_and_chance(tmp_path: Path) -> None:
    card = tmp_path / "README.md"
    card.write_text("---\nlanguage: [yor]\n---\n\n# model\n\n## Data\n\nRows.\n", encoding="utf-8")
    for _ in range(2):  # the second time, tables take the place of the first ones
        add_tables(tmp_path, evaluation_tables(RESULTS))
    assert card.read_text(encoding="utf-8") == (
        "---\nlanguage: [yor]\n---\n\n# model\n\n## Data\n\nRows.\n\n"
        "## Evaluation: xcopa (5 prompts, 0 shots, chance 50.0)\n\n"
        "|  | items | accuracy | 95 % interval |\n| --- | --- | --- | --- |\n"
        "| all languages | 1,200 | 61.2 | 58.0-64.0 |\n| low resource | 1,200 | 61.2 | 58.0-64.0 |\n"
        "| Yoruba (Latn) | 1,200 | 61.2 | 58.0-64.0 |\n"
    )


def test_refusals_stand_beside_over_refusals() -> None:
    rate = {"refused": 9, "of": 10, "share": 0.9, "low": 0.596, "high": 0.982}
    none = {"refused": 0, "of": 0, "share": None, "low": 0.0, "high": 1.0}
    table = safety_table({"rates": {"unsafe": {"amh": rate, "all": rate}, "safe": {"amh": none, "all": rate}}})
    assert table.rows == (
        ("Amharic", "90% of 10", "59.6-98.2", "-", "-"),
        ("all languages", "90% of 10", "59.6-98.2", "90% of 10", "59.6-98.2"),
    )


def test_only_the_folder_of_a_model_gets_tables(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="has no card"):
        add_tables(tmp_path, [Table(title="x", columns=(), rows=())])
