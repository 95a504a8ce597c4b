"""Checks: each finds what is wrong with a release, and names rows; a waived one says why it passes."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from aya.table import put
from hub_release.checks import check, failed
from hub_release.release import Release
from tests.releases import made, many, released
from tests.workshop import Workshop

WAIVED = {"contamination": "written for tests", "duplicates": "each has a number"}


@pytest.fixture
def release(workshop: Workshop) -> Release:
    """Return a release of twelve rows with nothing wrong."""
    return made(workshop, many(12), "1.0.0", waive=WAIVED)


def faults(release: Release, name: str) -> tuple[str, ...]:
    (found,) = [of.faults for of in check(release.path) if of.name == name]
    return found


def spoil(release: Release, column: str, value: object) -> str:
    """Set a column of the first row of a file; return its id."""
    path = release.paths()[0]
    rows = pq.read_table(path)
    values = [value, *rows[column].to_pylist()[1:]]
    path.unlink()  # it is a link to the file of another release
    pq.write_table(put(rows, column, values, rows.schema.field(column).type), path)
    return str(rows["id"][0].as_py())


def test_a_good_release_may_be_sent(release: Release) -> None:
    assert failed(release.path) == []
    assert {of.name: of.waived for of in check(release.path) if of.faults} == WAIVED


def test_reports_must_be_attached_or_waived(workshop: Workshop) -> None:
    lines = failed(made(workshop, many(6), "1.0.0").path)
    assert [line.partition(":")[0] for line in lines] == ["contamination", "duplicates"]


def test_a_column_too_many_is_named(release: Release) -> None:
    path = release.paths()[0]
    rows = pq.read_table(path)
    path.unlink()
    pq.write_table(rows.append_column("more", pa.nulls(len(rows))), path)
    assert faults(release, "schema") == (f"{release.files[0].path} has other columns than the manifest says",)


def test_an_id_that_stands_twice_is_named(release: Release) -> None:
    other = pq.read_table(release.paths()[0])["id"][1].as_py()
    spoil(release, "id", other)
    first, second = faults(release, "ids")
    assert first.count(f"{release.files[0].path}: {other}") == 2
    assert second == "2 rows share their id with another"


def test_a_row_that_the_build_dropped_is_named(workshop: Workshop) -> None:
    workshop.rows([*many(12), {"q": "Kí ni?", "a": "", "l": "yor", "k": "empty"}])
    workshop.recipe(source={"key": "k"}, stages=[{"use": "collection.length"}])
    release = released(workshop, "1.0.0", waive=WAIVED)
    (dropped,) = workshop.version().arrow(dropped=True)["id"].to_pylist()
    yoruba = next(file for file in release.files if file.language == "yor")
    release.files.sort(key=lambda file: file.language != "yor")
    spoil(release, "id", dropped)
    assert faults(release, "dropped") == (f"{yoruba.path}: {dropped} was dropped by the build",)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Kọ ìwé sí adunni.ojo@iwe.ng lónìí", "e-mail address"),
        ("ወደ አበበ@ምሳሌ.ኢትዮ ይጻፉ", "e-mail address"),
        ("पता@उदाहरण.भारत पर लिखें", "e-mail address"),
        ("hf_" + "a1B2c3D4e5" * 4, "token of the Hub"),
        ("AKIA" + "ABCDEFGHIJKLMNOP", "key of a cloud"),
        ("-----BEGIN RSA PRIVATE KEY-----", "private key"),
    ],
)
def test_secrets_and_addresses_are_named(release: Release, text: str, kind: str) -> None:
    id_ = spoil(release, "inputs", text)
    assert faults(release, "secrets") == (f"{kind} in 1 texts, as in {release.files[0].path}: {id_}",)


def test_an_address_for_a_pseudonym_is_named(release: Release) -> None:
    id_ = spoil(release, "provenance", '{"annotator":"adunni@iwe.ng"}')
    assert faults(release, "secrets") == (f"e-mail address in 1 texts, as in {release.files[0].path}: {id_}",)


def test_addresses_of_nobody_are_no_secret(release: Release) -> None:
    spoil(release, "inputs", "ለ someone@example.com ይጻፉ")
    assert faults(release, "secrets") == ()


def test_a_licence_that_asks_for_more_than_is_declared_is_named(workshop: Workshop) -> None:
    workshop.rows(many(6))
    workshop.recipe(source={"key": "k", "license": "CC-BY-SA-4.0"})
    (fault,) = faults(released(workshop, "1.0.0"), "licences")
    assert fault.startswith("CC-BY-SA-4.0 asks for attribution and the same licence (CC-BY-SA), and CC0-1.0 does not")


def test_harmful_rows_stay_out_of_every_other_configuration(workshop: Workshop) -> None:
    release = made(workshop, many(12), "1.0.0", harmful=("rows",), waive=WAIVED)
    assert {file.path.partition("/")[0] for file in release.files} == {"harmful"}
    assert faults(release, "harmful") == ()
    for file in release.files:
        target = release.path / file.path.replace("harmful/", "data/", 1)
        target.parent.mkdir(parents=True, exist_ok=True)
        (release.path / file.path).rename(target)
        file.__dict__["path"] = Path(target).relative_to(release.path).as_posix()
    manifest = release.path / "meta/manifest.json"
    manifest.write_text(manifest.read_text().replace('"harmful/', '"data/'))
    assert "2 harmful rows in data/amh_Ethi/rows-train-00000-of-00001.parquet" in faults(release, "harmful")[0]


def test_a_card_without_a_section_is_not_complete(release: Release) -> None:
    card = release.path / "README.md"
    card.write_text(card.read_text().replace("## Known limits", "## Limits"))
    assert faults(release, "card") == ("the card has nothing under 'Known limits'",)
