import json
from pathlib import Path

import pyarrow as pa

from aya.stage import run_global
from aya.table import records
from dedup.descendants import Descendants
from tests.workshop import QUESTIONS, Workshop

EXTRA = pa.schema([("contaminated", pa.bool_()), ("contaminated_by", pa.string())])


def family(*rows: tuple[str, str | None, bool]) -> pa.Table:
    """Records of id, parent and whether it is flagged."""
    hit = json.dumps([{"set": "mgsm", "item": "17"}])
    return records(
        (
            {"id": id_, "parent_id": parent, "contaminated": flagged, "contaminated_by": hit if flagged else None}
            for id_, parent, flagged in rows
        ),
        extra=EXTRA,
    )


def reasons(table: pa.Table) -> dict[str, str]:
    judged = run_global(Descendants(), table)
    rows = zip(*(judged[name].to_pylist() for name in ("id", "drop", "evidence")), strict=True)
    return {id_: f"{drop.rpartition(': ')[2]} {evidence}" for id_, drop, evidence in rows if drop}


OWN = 'text of an evaluation item {"item":"17","set":"mgsm"}'


def test_what_was_made_from_a_flagged_record_goes_with_it_at_any_remove() -> None:
    table = family(
        ("a", None, True), ("b", "a", False), ("c", "b", False), ("d", "c", False),
        ("e", None, False), ("f", "e", False), ("g", "gone", False),
    )  # fmt: skip
    made = 'made from a contaminated row {"ancestor":"a"}'
    assert reasons(table) == {"a": OWN, "b": made, "c": made, "d": made}


def test_parents_of_a_flagged_record_stay() -> None:
    assert reasons(family(("a", None, False), ("b", "a", True), ("c", "b", False))).keys() == {"b", "c"}


def test_a_circle_of_parents_ends() -> None:
    assert reasons(family(("a", "b", False), ("b", "a", True))).keys() == {"a", "b"}
    assert reasons(family(("a", "b", False), ("b", "a", False))) == {}


def test_a_record_that_left_before_takes_no_part() -> None:
    table = family(("a", None, True), ("b", "a", False))
    drop = pa.array(["dedup.exact: copy of another record", None])
    table = table.set_column(table.schema.get_field_index("drop"), "drop", drop)
    assert set(reasons(table)) == {"a"}


def test_a_recipe_flags_first_and_drops_the_family_then(tmp_path: Path) -> None:
    shop = Workshop(tmp_path)
    shop.rows(QUESTIONS)
    shop.rows([{"id": "eg", "question": "ما عاصمة مصر؟ عاصمة مصر هي القاهرة."}], file="evals.jsonl")
    flag = {
        "use": "dedup.contamination",
        "action": "flag",
        "whole": 8,
        "letters": 8,
        "share": 0.3,
        "least": 12,
        "least_dense": 8,
    }
    stages = [flag | {"against": "evals.jsonl"}, {"use": "dedup.descendants"}]
    shop.recipe(stages=stages, allow={"empty_languages": "all"})
    shop.build()
    gone = shop.version().polars(dropped=True)
    assert gone["drop"].to_list() == ["dedup.descendants: text of an evaluation item"]
    assert json.loads(gone["evidence"][0])["item"] == "eg"
    assert len(shop.version().polars()) == len(QUESTIONS) - 1
