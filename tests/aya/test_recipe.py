from pathlib import Path

import pytest
import yaml

from aya.errors import RecipeError
from aya.recipe import load_recipe
from tests.workshop import Workshop


def faults(path: Path) -> tuple[str, ...]:
    with pytest.raises(RecipeError) as caught:
        load_recipe(path)
    return tuple(fault.removeprefix(f"{path}:") for fault in caught.value.faults)


def test_a_good_recipe_becomes_checked_plug_ins(workshop: Workshop) -> None:
    workshop.recipe(stages=[{"use": "dedup.exact", "least": 2}])
    recipe = workshop.load()
    assert [entry.about.name for entry in recipe.sources] == ["rows"]
    assert [stage.name for stage in recipe.stages] == ["dedup.exact"]


def test_all_faults_are_said_at_once_each_with_its_line_and_the_nearest_name(workshop: Workshop) -> None:
    workshop.path.write_text(
        "name: Bad Name\n"
        "seed: 7\n"
        "languages: aya110\n"
        "sources:\n"
        "  - name: rows\n"
        "    use: collection.jsonl\n"
        "    files: row.jsonl\n"
        "    license: CC0-1.0\n"
        "    citation: nobody\n"
        "    columns: {inputs: q, target: a}\n"
        "stages:\n"
        "  - use: collection.lenght\n"
        "  - use: dedup.exact\n"
        "    lest: 1\n"
        "relase: {version: 1.0.0}\n"
    )
    said = faults(workshop.path)
    for start, words in [
        ("1: name", "match"),
        ("3: no group of languages 'aya110'", "did you mean 'aya101'?"),
        ("5: source 'rows' does not say its revision", ""),
        ("7: ", "did you mean 'rows.jsonl'?"),
        ("10: no setting 'target'", "did you mean 'targets'?"),
        ("12: no stage 'collection.lenght'", "did you mean 'collection.length'?"),
        ("14: no setting 'lest'", "did you mean 'least'?"),
        ("15: no setting 'relase'", "did you mean 'release'?"),
    ]:
        assert any(fault.startswith(start) and words in fault for fault in said), (start, said)


def test_paths_stay_below_the_recipe_or_the_data_folder(workshop: Workshop) -> None:
    workshop.recipe(files="../secret.jsonl")
    (workshop.folder.parent / "secret.jsonl").write_text("{}\n")
    assert any("leaves the folder" in fault for fault in faults(workshop.path))


def test_a_link_does_not_lead_out_either(workshop: Workshop) -> None:
    (workshop.folder.parent / "outside.jsonl").write_text("{}\n")
    (workshop.folder / "inside.jsonl").symlink_to(workshop.folder.parent / "outside.jsonl")
    workshop.recipe(files="inside.jsonl")
    assert any("leaves the folder" in fault for fault in faults(workshop.path))


def test_two_sources_of_one_name_are_refused(workshop: Workshop) -> None:
    raw = yaml.safe_load(workshop.path.read_text())
    raw["sources"] *= 2
    workshop.path.write_text(yaml.safe_dump(raw))
    assert any("two sources are called 'rows'" in fault for fault in faults(workshop.path))


def test_a_source_is_mapped_or_templated_never_both_nor_neither(workshop: Workshop) -> None:
    workshop.recipe(source={"columns": None})
    assert any("either columns or templates" in fault for fault in faults(workshop.path))


def test_a_fault_of_a_source_brings_no_others(workshop: Workshop) -> None:
    raw = yaml.safe_load(workshop.path.read_text())
    facts = {"license": "CC0-1.0", "revision": "1", "citation": "x"}
    raw["sources"] = [
        {"use": "translation.nllb", "files": "rows.jsonl", "to": ["klingon"], "engine": "apertium", **facts}
    ]
    raw["stages"] = [{"use": "translation.outcome"}]
    workshop.path.write_text(yaml.safe_dump(raw))
    (said,) = faults(workshop.path)
    assert "Klingon (klingon) has no FLORES-200 code" in said


def test_a_mixture_may_name_sources_of_the_recipe_only(workshop: Workshop) -> None:
    workshop.recipe(stages=[{"use": "collection.length"}], mixture={"total": 10, "weights": {"row": 1}})
    assert any("no source or pool 'row'; did you mean 'rows'?" in fault for fault in faults(workshop.path))


def test_the_seed_of_the_recipe_reaches_the_plug_ins(workshop: Workshop) -> None:
    workshop.recipe(stages=[{"use": "collection.caps", "most": 3}, {"use": "collection.caps", "most": 3, "seed": 1}])
    assert [stage.seed for stage in workshop.load().stages] == [7, 1]  # type: ignore[union-attr]


def test_a_missing_recipe_names_its_neighbour(workshop: Workshop) -> None:
    with pytest.raises(RecipeError, match=r"did you mean 'recipe\.yaml'"):
        load_recipe(workshop.folder / "recipee.yaml")


def test_a_glance_at_the_files_finds_columns_that_they_do_not_have(workshop: Workshop) -> None:
    (workshop.folder / "one.csv").write_text("question,answer\nKí ni?,Ìwé\n", encoding="utf-8")
    (workshop.folder / "two.csv").write_text("question,reply\nما هذا؟,كتاب\n", encoding="utf-8")
    workshop.path.write_text(
        "name: mine\n"
        "sources:\n"
        "  - use: collection.csv\n"
        "    files: ['*.csv']\n"
        "    language: yor\n"
        "    columns:\n"
        "      inputs: questoin\n"
        "      targets: answer\n"
        "      provenance: [by]\n"
        "    license: CC0-1.0\n"
        "    revision: '1'\n"
        "    citation: nobody\n"
    )
    with pytest.raises(RecipeError) as caught:
        load_recipe(workshop.path, glance=True)
    assert [fault.removeprefix(f"{workshop.path}:") for fault in caught.value.faults] == [
        "7: one.csv: no column 'questoin'; did you mean 'question'?; columns are question, answer",
        "8: two.csv: no column 'answer'; columns are question, reply",
        "9: one.csv: no column 'by'; columns are question, answer",
    ]
    assert load_recipe(workshop.path)  # whoever only plans opens no file


@pytest.mark.parametrize(
    ("use", "files", "says"),
    [
        ("collection.jsonl", {"a.jsonl": '{"q": "ما هذا؟", "a": "é"}'}, "a.jsonl, line 2"),
        ("collection.csv", {"a.tsv": "q\ta\nKí ni?\té", "b.csv": "q,a\nà,é"}, "a.tsv, line 3; b.csv, line 3"),
    ],
)
def test_a_glance_at_the_files_finds_lines_that_are_not_utf_8(
    workshop: Workshop, use: str, files: dict[str, str], says: str
) -> None:
    for name, text in files.items():
        workshop.folder.joinpath(name).write_bytes(
            f"{text}\n".encode() + text.splitlines()[-1].encode("latin-1", "replace") + b"\n"
        )
    columns = {"inputs": "q", "targets": "a"}
    workshop.recipe(source={"use": use, "files": [*files], "language": "ara", "columns": columns})
    with pytest.raises(RecipeError) as caught:
        load_recipe(workshop.path, glance=True)
    assert [fault.partition(" ")[2] for fault in caught.value.faults] == [
        f"{says}: not UTF-8, a build drops such rows; convert the file, or mend them"
    ]
