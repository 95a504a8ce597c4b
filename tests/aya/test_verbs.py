import inspect
import json
import subprocess
import sys
import urllib.request

import polars as pl
import pytest

from aya import verbs
from aya.errors import UserError
from tests.workshop import QUESTIONS, Workshop

JOBS = [name for name, value in vars(verbs).items() if inspect.isfunction(value) and not name.startswith("_")]


def test_a_notebook_has_the_verbs_of_the_command() -> None:
    assert set(JOBS) == set(
        "new build report diff browse explain clean release dedup decontaminate translate distill loop".split()
    )


def test_importing_them_imports_nothing_heavy() -> None:
    code = "import sys, aya.verbs; print([name for name in ('polars', 'pyarrow', 'numba') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_they_return_what_the_command_prints(workshop: Workshop) -> None:
    workshop.rows([*QUESTIONS, QUESTIONS[1] | {"a": "؟"}])
    before = workshop.build().version
    workshop.recipe(stages=[{"use": "collection.length", "targets": {"least": 2}}])
    version = verbs.build(workshop.path, store=workshop.store.path)
    counts = verbs.report(workshop.store.path, workshop.folder / "report.html")
    assert counts["stages"][-1]["dropped"] == {"collection.length: too short": 1}
    assert counts["kept"] == len(version.polars()) == 6
    found = verbs.diff(before, version, workshop.folder / "difference.html")
    assert found["totals"]["lost"] == 1
    assert (workshop.folder / "report.html").stat().st_size > (workshop.folder / "difference.html").stat().st_size > 0
    id_ = version.polars()["id"][0]
    assert [row["id"] for row in verbs.explain(version, id_)] == [id_]
    assert verbs.clean(workshop.store.path).files == ()


def test_a_page_is_served_beside_what_else_runs(workshop: Workshop) -> None:
    page = verbs.browse(workshop.build().version)
    with urllib.request.urlopen(f"{page.address}api/about") as answer:
        assert json.load(answer)["kept"] == 6
    page.close()


def test_frames_lose_copies_and_evaluation_items() -> None:
    rows = pl.DataFrame({"text": [QUESTIONS[0]["a"], QUESTIONS[0]["a"].upper(), QUESTIONS[3]["a"]]})
    assert len(verbs.dedup(rows, "text")) == 2


def test_a_recipe_that_lacks_a_fact_names_it(workshop: Workshop) -> None:
    with pytest.raises(UserError, match="licence of the data"):
        verbs.new("from-csv", str(workshop.folder / "rows.jsonl"), workshop.folder / "new.yaml", language="yor")
