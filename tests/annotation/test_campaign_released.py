"""From answers in Argilla to a release on a Hub: pulled, built, checked, pushed, loaded back."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.dataset as ds
import pytest
import yaml

from tests.argilla import Argilla
from tests.campaigns import Fair, item
from tests.hub.server import Hub

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("argilla")]

AYA = str(Path(sys.executable).with_name("aya"))
REPO = "ada/people"
COLUMNS = {
    "inputs": "inputs", "targets": "targets", "language": "language", "sub_dataset_name": "annotation_type",
    "dataset_name": "dataset_name", "license": "license", "parent_id": "parent_id",
    "provenance": ["annotator", "response", "edited_from", "authors"],
}  # fmt: skip
RECIPE = {
    "name": "people",
    "sources": [{"use": "annotation.campaign", "campaign": "walk/campaign.yaml", "columns": COLUMNS}],
    "stages": [
        {"use": "dedup.contamination", "against": [{"name": "evals", "files": "evals.jsonl", "fields": ["question"]}]},
        {"use": "dedup.exact"},
    ],
    "release": {"title": "What people wrote", "license": "CC-BY-4.0", "repo": REPO},
}
ASKED = {"question": "Ta ni ó kọ orin orílẹ̀-èdè Nàìjíríà tí a ń kọ lónìí?", "id": "1", "language": "yor"}
ORIGINAL = ("Kí ni èyí?", "Ìwé ni.")
LEAKED = (ASKED["question"], "Ẹgbẹ́ àwọn ènìyàn márùn-ún ni.")
EDITED = ("ما عاصمة المغرب؟", "عاصمة المغرب هي الرباط.")


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    with Hub(tmp_path / "hub") as running:
        yield running


@pytest.fixture
def fair(tmp_path: Path, argilla: Argilla) -> Fair:
    """Return a campaign in which two people wrote and judged a row, and one edited it."""
    made = Fair(tmp_path / "walk", argilla, tasks={"original": {"slots": 2}, "reannotation": {"originals": 0}})
    header = "username,languages,share_demographics,age_range,gender,country"
    made.sign_up("amina,yor ara,yes,25-34,woman,NG", "badr,ara yor,yes,25-34,woman,NG", header=header)
    made.push(item("1"), item("2"))
    slots = made.datasets("amina")["yor", "original"]
    for name, (prompt, completion) in (("amina", ORIGINAL), ("badr", LEAKED)):
        made.answer(name, made.queue(name, slots)[0], prompt=prompt, completion=completion)
    rows = {row["external_id"]: row for row in made.queue("badr", made.datasets("badr")["ara", "reannotation"])}
    made.answer("badr", rows["1"], approved="up", prompt=EDITED[0], completion=EDITED[1])
    made.answer("amina", rows["2"], approved="up", prompt=EDITED[0], completion="الرباط")  # good as it was
    return made


def test_what_people_wrote_passes_all_checks_and_comes_back_from_a_hub(fair: Fair, hub: Hub, tmp_path: Path) -> None:
    def aya(*arguments: object) -> Any:
        command = [AYA, *map(str, arguments), "--json"]
        environment = hub.environment(tmp_path / "home")
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout) if done.stdout else None

    (tmp_path / "recipe.yaml").write_text(yaml.safe_dump(RECIPE, allow_unicode=True), encoding="utf-8")
    (tmp_path / "evals.jsonl").write_text(json.dumps(ASKED, ensure_ascii=False), encoding="utf-8")
    assert aya("annotate", "pull", fair.path)["new_answers"] == 4
    aya("annotate", "export", fair.path, "--out", "released", "--policy", "all", "--k", "2")
    aya("build", "recipe.yaml", "--store", "store", "--workers", "0")
    planned = aya("release", "plan", "store", "--demographics", "released/demographics/groups.json")
    assert planned["passed"]
    assert not any(check["waived"] for check in planned["checks"])
    aya("release", "push", "store", "--repo", REPO, "--check", "sums")
    aya("release", "load", f"{REPO}@v1.0.0", "--out", "loaded")
    rows = {row["inputs"]: row for row in ds.dataset(tmp_path / "loaded" / "data").to_table().to_pylist()}
    assert {(row["inputs"], row["targets"]) for row in rows.values()} == {ORIGINAL, EDITED}  # the leak is out
    assert {row["origin"] for row in rows.values()} == {"human"}
    assert [rows[text]["license"] for text, _ in (ORIGINAL, EDITED)] == ["CC-BY-4.0", "CC0-1.0"]
    assert rows[EDITED[0]]["parent_id"] == "record-1"
    card = (tmp_path / "loaded" / "README.md").read_text(encoding="utf-8")
    assert "| 25-34 | NG | woman | 2 |" in card
    assert fair.name("amina") not in card + str(rows)
