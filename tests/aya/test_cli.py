import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from aya import __version__
from aya.cli import app
from aya.terminal import counted, left
from tests.workshop import QUESTIONS, Workshop, contents

AYA = str(Path(sys.executable).parent / "aya")
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "AYA_DATA"} | {"NO_COLOR": "1"}


def aya(workshop: Workshop, *arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [AYA, *arguments], cwd=workshop.folder, capture_output=True, text=True, env=ENVIRONMENT, check=False
    )
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done


@pytest.fixture
def built(workshop: Workshop) -> Workshop:
    """Return a workshop with a build in which one of seven rows was dropped."""
    workshop.rows([*QUESTIONS, {"q": "Ta ni?", "a": "", "l": "yor"}])
    workshop.recipe(stages=[{"use": "collection.echo"}])
    workshop.build()
    return workshop


def test_a_build_says_what_was_built_where_and_how_to_look(workshop: Workshop) -> None:
    done = aya(workshop, "build", "recipe.yaml", "--store", "store", "--workers", "0")
    assert done.stdout.startswith("small 0.1.0-")
    assert "6 records in 6 languages (of 6 candidates)" in done.stdout
    assert "aya show store --language amh" in done.stdout


def test_a_build_says_how_many_rows_left_and_mostly_why(built: Workshop) -> None:
    done = aya(built, "build", "recipe.yaml", "--store", "store", "--workers", "0")
    assert "\n  left  1: 1 empty targets\n" in done.stdout
    many = {"a.b: one": 5, "a.b: two": 1_000, "c.d: three": 7, "c.d: four": 2}
    assert left([{"dropped": many}]) == "\n  left  1,014: 1,000 two, 7 three, 5 one, 2 for other reasons"


def test_a_folder_that_can_not_be_written_is_said_in_a_line(workshop: Workshop) -> None:
    (workshop.folder / "file").touch()
    done = aya(workshop, "build", "recipe.yaml", "--store", "file/store", "--workers", "0", code=1)
    assert done.stderr.endswith("file/store: Not a directory\n")


def test_a_language_that_is_not_there_is_said_with_the_nearest_one(built: Workshop) -> None:
    said = aya(built, "show", "store", "--language", "yro", code=1).stderr
    assert said == "error: no language 'yro'; did you mean 'yor'?; it has amh, ara, tel, tha, yor, zho\n"


def test_a_wrong_recipe_is_a_line_for_each_fault_and_exit_code_2(workshop: Workshop) -> None:
    workshop.recipe(stages=[{"use": "collection.lenght"}, {"use": "dedup.exact", "lest": 1}])
    done = aya(workshop, "check", "recipe.yaml", code=2)
    first, second = done.stderr.splitlines()
    assert first.endswith("no stage 'collection.lenght'; did you mean 'collection.length'?")
    assert second.endswith("no setting 'lest'; did you mean 'least'?")


def test_a_build_with_something_in_quarantine_ends_with_3_and_says_how_to_repeat(workshop: Workshop) -> None:
    (workshop.folder / "bad.jsonl.gz").write_bytes(b"\x1f\x8b\x08\x00 no gzip")
    workshop.recipe(files=["rows.jsonl", "bad.jsonl.gz"])  # type: ignore[arg-type]
    done = aya(workshop, "build", "recipe.yaml", "--store", "store", "--workers", "0", code=3)
    assert "left out: rows bad.jsonl.gz: " in done.stdout
    again = next(line for line in done.stdout.splitlines() if "aya repeat" in line).split("aya ")[1]
    assert aya(workshop, *again.split(), code=1).stderr.startswith("error: ")


def test_plan_runs_nothing_and_then_knows_what_is_done(workshop: Workshop) -> None:
    before = json.loads(aya(workshop, "plan", "recipe.yaml", "--store", "store", "--json").stdout)
    assert not (workshop.folder / "store" / "work").exists()
    assert (before[0]["name"], before[0]["num_tasks"], before[0]["num_done"]) == ("read sources", 1, 0)
    workshop.build()
    after = json.loads(aya(workshop, "plan", "recipe.yaml", "--store", "store", "--json").stdout)
    assert all(step["num_done"] == step["num_tasks"] for step in after)


def test_show_finds_rows_by_language_reason_and_text(built: Workshop) -> None:
    shown = aya(built, "show", "store", "--language", "yo", "--json").stdout.splitlines()
    assert [json.loads(line)["inputs"] for line in shown] == [QUESTIONS[0]["q"]]
    (gone,) = aya(built, "show", "store", "--reason", "echo", "--json").stdout.splitlines()
    assert json.loads(gone)["inputs"] == "Ta ni?"
    assert "القاهرة" in aya(built, "show", "store", "--text", "مصر").stdout


def test_a_right_to_left_text_is_isolated_and_control_characters_are_shown(workshop: Workshop) -> None:
    workshop.rows([{"q": "من؟\x1b[31m", "a": "أنا", "l": "ara"}])
    workshop.build()
    assert "\u2068من؟\\x1b[31m\u2069" in aya(workshop, "show", "store").stdout


def test_repeating_what_did_not_fail_is_said_in_a_line(built: Workshop) -> None:
    said = aya(built, "repeat", "store/quarantine/0f3a5c", code=1).stderr
    assert said.startswith("error: no task that failed in store/quarantine/0f3a5c; a build that")


def test_explain_tells_why_a_row_left(built: Workshop) -> None:
    (gone,) = built.version().polars(dropped=True).to_dicts()
    assert f"dropped: {gone['drop']}" in aya(built, "explain", "store", gone["id"]).stdout
    assert aya(built, "explain", "store", "f" * 32, code=1).stderr.startswith("error: no row")


def test_report_counts_every_stage(built: Workshop) -> None:
    report = json.loads(aya(built, "report", "store", "--json").stdout)
    assert (report["candidates"], report["kept"]) == (7, 6)
    assert [stage["stage"] for stage in report["stages"]] == ["collection.source", "collection.echo"]


def test_a_version_carried_away_from_its_store_has_no_record_and_says_so(built: Workshop) -> None:
    (built.folder / "away").mkdir()
    shutil.copytree(built.version().path, built.folder / "away" / "version")
    assert "was built elsewhere" in aya(built, "report", "away/version", code=1).stderr


def test_status_verifies_every_file(built: Workshop) -> None:
    aya(built, "status", "store", "--verify")
    file = built.version().files()[0]
    file.write_bytes(file.read_bytes().replace(b"PAR1", b"PAR2"))
    done = aya(built, "status", "store", "--verify", "--json", code=1)
    assert "is not the file that was built" in json.loads(done.stdout)["faults"][0]


def test_a_lock_holds_until_the_input_changes(workshop: Workshop) -> None:
    aya(workshop, "build", "recipe.yaml", "--locked", code=1)
    aya(workshop, "lock", "recipe.yaml")
    aya(workshop, "build", "recipe.yaml", "--locked", "--store", "store", "--workers", "0")
    workshop.rows(QUESTIONS[:2])
    done = aya(workshop, "build", "recipe.yaml", "--locked", "--store", "store", code=1)
    assert "sources.rows.parts.rows.jsonl: locked " in done.stderr


def test_withdraw_says_how_many_rows_will_go(built: Workshop) -> None:
    done = aya(built, "withdraw", "store", "--source", "rows", "--reason", "licence")
    assert done.stdout.startswith("6 kept records of 0.1.0-")


def test_the_schema_knows_every_plug_in(workshop: Workshop) -> None:
    schema = json.loads(aya(workshop, "schema").stdout)
    uses = [item["properties"]["use"]["const"] for item in schema["properties"]["stages"]["items"]["oneOf"]]
    assert "dedup.exact" in uses
    assert "collection.length" in uses


def test_it_says_its_version(workshop: Workshop) -> None:
    assert aya(workshop, "--version").stdout == f"aya {__version__}\n"


def test_languages_and_stages_are_listed(workshop: Workshop) -> None:
    assert len(json.loads(aya(workshop, "languages", "--json").stdout)) == 101
    assert "collection.length" in aya(workshop, "stages").stdout
    assert "did you mean 'collection.length'?" in aya(workshop, "stages", "collection.lenght", code=1).stderr


@pytest.mark.slow
def test_a_killed_build_goes_on_to_the_same_bytes(tmp_path: Path) -> None:
    shops = []
    for name in ("undisturbed", "killed"):
        (tmp_path / name).mkdir()
        shop = Workshop(tmp_path / name)
        for part in range(60):
            rows = [{**row, "q": f"{row['q']} {part} {index}"} for row in QUESTIONS for index in range(40)]
            shop.rows(rows, file=f"{part}.jsonl")
        shop.recipe(files="*.jsonl", stages=[{"use": "collection.echo"}, {"use": "dedup.exact"}])
        shops.append(shop)
    undisturbed, killed = shops
    undisturbed.build(workers=2)
    command = [AYA, "build", "recipe.yaml", "--store", "store", "--workers", "2"]
    process = subprocess.Popen(
        command, cwd=killed.folder, env=ENVIRONMENT, stderr=subprocess.DEVNULL, start_new_session=True
    )
    while len(list(killed.store.work.glob("source/*.json"))) < 10:
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert not killed.store.versions.exists()
    built = killed.build(workers=2)
    assert built.record.passes[0].num_run < 60
    assert contents(killed.store.versions) == contents(undisturbed.store.versions)


def test_one_is_not_said_in_the_plural(workshop: Workshop) -> None:
    workshop.recipe(stages=[{"use": "collection.length"}])
    assert CliRunner().invoke(app, ["check", str(workshop.path)]).stdout.endswith(": good; 1 source, 1 stage\n")
    assert (counted(0, "row"), counted(1_000, "row")) == ("0 rows", "1,000 rows")
