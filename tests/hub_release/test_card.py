"""The documents of a release: configurations that find their files, licences, Croissant, the card's head."""

import fnmatch
import warnings
from pathlib import Path
from typing import Any

import pytest
import yaml

from hub_release.licences import Declared, conflict, declared, hub_licence
from hub_release.release import Release
from tests.releases import made, many
from tests.workshop import Workshop


@pytest.fixture
def release(workshop: Workshop) -> Release:
    return made(workshop, many(12), "1.0.0")


def head(release: Release) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((release.path / "README.md").read_text().split("---\n")[1])
    return loaded


def test_every_configuration_finds_its_files_and_counts_their_rows(release: Release) -> None:
    infos = {str(info["config_name"]): info for info in head(release)["dataset_info"]}
    names = []
    for config in head(release)["configs"]:
        (item,) = config["data_files"]
        files = [file for file in release.files if fnmatch.fnmatch(file.path, item["path"])]
        assert files
        (split,) = infos[str(config["config_name"])]["splits"]
        assert split["num_examples"] == sum(file.rows for file in files)
        names.append(config["config_name"])
    assert names[0] == "all"
    assert {"yor_Latn", "tha_Thai", "source_rows", "origin_human"} <= set(names)


def test_croissant_is_valid(release: Release) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of its own dependencies
        mlcroissant = pytest.importorskip("mlcroissant")
        made_of = mlcroissant.Dataset(jsonld=release.path / "croissant.json").metadata
    assert not made_of.issues.errors
    assert {str(record.id) for record in made_of.record_sets} >= {"all", "yor_Latn"}


@pytest.mark.parametrize(
    ("rows", "whole", "fits"),
    [
        ("MIT", "CC-BY-4.0", True), ("cc0-1.0", "MIT", True), ("CC-BY-SA-3.0", "CC-BY-SA-4.0", True),
        ("CC-BY-SA-4.0", "Apache-2.0", False), ("CC-BY-NC-4.0", "CC-BY-4.0", False), ("CC-BY-NC-4.0", "", True),
        ("CC-BY-ND-4.0", "", False), ("", "", False), ("my own", "MIT", False), ("MIT", "Unicode-3.0 AND MIT", True),
    ],
)  # fmt: skip
def test_rows_fit_under_a_licence_that_asks_for_as_much(rows: str, whole: str, fits: bool) -> None:
    assert (conflict(rows, declared(whole, ["MIT", "CC0-1.0"])) is None) == fits


def test_the_hub_is_told_its_own_names_and_a_link_for_others() -> None:
    assert hub_licence(Declared(("CC-BY-4.0",))) == {"license": "cc-by-4.0"}
    assert hub_licence(Declared(("ODC-By-1.0",))) == {"license": "odc-by"}
    assert hub_licence(Declared(()))["license_link"] == "LICENSES.md"
    assert hub_licence(Declared(("Unicode-3.0",)))["license_name"] == "unicode-3.0"


def test_pictures_are_in_the_repository_and_small(release: Release) -> None:
    card = (release.path / "README.md").read_text()
    pictures = sorted(Path(release.path / "meta/plots").glob("*.png"))
    assert [path.stem for path in pictures] == ["composition", "languages", "lengths"]
    assert all(f"(meta/plots/{path.name})" in card and path.stat().st_size < 100_000 for path in pictures)


def test_the_citation_has_the_date_that_was_given(release: Release) -> None:
    assert (release.path / "CITATION.cff").read_text().startswith("cff-version: 1.2.0")
    assert yaml.safe_load((release.path / "CITATION.cff").read_text())["date-released"] == "2026-11-23"
