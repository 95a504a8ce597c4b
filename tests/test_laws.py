"""What every registered stage must hold true, whatever it does."""

import json
import pickle
import re
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aya.overlay import LONG
from aya.stage import AnyStage, GlobalStage, load, names, rounds, run_global, summarise
from aya.table import records
from aya.tasks.shards import reads_to_judge, unread
from tests.strategies import cuts, tables

MODELS = (
    "synthesis.preferred", "synthesis.rated",
    "translation.estimate", "translation.round_trip", "translation.similarity",
)  # fmt: skip
"""Stages that need a model: batches of another size change the last digits of a score; they have tests of their own."""
STAGES = {name: target for name, target in names("STAGES").items() if name not in MODELS}


def nothing(folder: Path) -> dict[str, object]:
    return {}


def word_list(folder: Path) -> dict[str, object]:
    path = folder / "words.json"
    path.write_text(json.dumps({"yo": ["ọjà", "a"], "th": ["กา"], "en": ["one two"], "zh": ["我们"]}), "utf-8")
    return {"words": str(path)}


def reviews(folder: Path) -> dict[str, object]:
    path = folder / "reviews.csv"
    path.write_text("template_id,reviewer,vote,comment\nask,a,no,\nask,b,no,too short\ntell,a,yes,\ntell,b,yes,\n")
    return {"reviews": str(path)}


def evaluation_set(folder: Path) -> dict[str, object]:
    path = folder / "items.jsonl"
    rows = ({"id": i, "language": "yor", "text": f"{text} 1 2 3"} for i, text in enumerate(TEXTS))
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return {"against": [{"files": str(path), "fields": ["text"]}]}


def seeds(folder: Path) -> dict[str, object]:
    path = folder / "seeds.jsonl"
    rows = ({"id": str(i), "language": "yor", "inputs": text, "targets": text} for i, text in enumerate(TEXTS) if text)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return {"seeds": str(path)}


NEEDED: Mapping[str, Callable[[Path], dict[str, object]]] = {
    "collection.pruning": reviews,
    "collection.word_list": word_list,
    "dedup.contamination": evaluation_set,
    "dedup.number_match": evaluation_set,
    "synthesis.seed_copy": seeds,
}
"""Settings without a default, for the stages that have some."""

MORE: Mapping[str, Sequence[Mapping[str, object]]] = {
    "annotation.superseded": [{"origins": ["human", "translation"]}],
    "collection.caps": [{"most": 1}, {"most": 0, "by": ["origin"]}, {"preset": "aya_translated", "most": 1}],
    "collection.echo": [{"beginning": True}],
    "collection.language_id": [
        {"field": "both", "least": 0, "least_letters": 1},
        {"backend": "ngram", "least_letters": 2},
    ],
    "collection.length": [
        {"inputs": {"least": 3, "most": 6}, "targets": {"least": 2}, "scripts": {"Thai": {"inputs": {"most": 2}}}}
    ],
    "collection.markup": [{"artefacts": ["HTML tag", "HTML entity", "placeholder", "open code fence", "mojibake"]}],
    "collection.pii": [dict.fromkeys(("email", "phone", "ip", "handle"), "drop")],
    "collection.pruning": [{"unreviewed": "drop"}],
    "collection.repetition": [
        {"phrase": 2, "phrase_unsegmented": 2, "most": 0.1, "least_words": 0, "most_run": 2, "least_lines": 2}
    ],
    "collection.script": [{"least": 0.9, "least_letters": 0, "field": "inputs"}],
    "collection.word_list": [{"action": "drop"}],
    "dedup.contamination": [
        {"least": 8, "least_dense": 4, "whole": 4, "whole_dense": 2, "length": 9, "letters": 4, "share": 0.1},
        {"action": "flag"},
        {"rule": "palm_8gram_70"},
    ],
    "dedup.exact": [{"fields": "targets"}, {"fields": "inputs", "least": 2}],
    "dedup.minhash": [
        {"threshold": 0.5, "least": 5, "boilerplate": 0, "templates": "together"},
        {"fields": "targets", "boilerplate": 0.01},
    ],
    "synthesis.refusal": [{"kinds": ["refusal"]}],
    "synthesis.seed_copy": [{"least": 0.1}],
    "synthesis.truncation": [{"least": 1}],
    "dedup.number_match": [{"least": 2, "action": "drop", "fields": ["inputs", "targets"]}],
    "translation.length_ratio": [{"least_rows": 5, "most": 0.1}],
    "translation.match": [{"least_rows": 5, "sample": 10, "most_below": 0.1}],
    "translation.names": [{"least": 1}],
    "translation.numbers": [{"least": 1}],
    "translation.outliers": [{"least_rows": 5, "sample": 10, "most": 0.1}],
    "translation.spans": [{"least": 1}],
    "translation.spelling": [{"least_rows": 5, "sample": 10, "most_below": 0.1}],
}
"""More settings to try, such as make a stage act on short texts."""

CASES = [(name, extra) for name in STAGES for extra in ({}, *MORE.get(name, ()))]
TEXTS = (
    "a",
    "A ",
    "ａ",
    "b",
    "我们",
    "ọjà",
    "ọja\u0300",
    "one two one two one two",
    "x@y.org +234 803 123 4567",
    "CafÃ© <b>{{ x }}</b> &amp; \ufffd",
    "",
)
law = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def crowded(draw: st.DrawFn) -> pa.Table:
    """Tables of records that are copies of one another, echoes, or full of artefacts."""
    text, tongue = st.sampled_from(TEXTS), st.sampled_from(["yor", "zho"])
    drawn = draw(
        st.lists(st.tuples(text, text, tongue, st.sampled_from(["human", "translation", "synthetic"])), max_size=10)
    )
    columns = ("inputs", "targets", "language", "origin")
    rows = [dict(zip(columns, row, strict=True)) for row in drawn]
    return records(row | {"id": f"{i * 7 % 11:032x}", "dataset_name": "one"} for i, row in enumerate(rows))


def with_sources(table: pa.Table) -> pa.Table:
    """Return the table with the columns of translations; each row that is one was made from its texts, swapped."""
    made = pc.equal(pc.fill_null(table["origin"], ""), "translation")
    nothing = pa.scalar(None, pa.large_string())
    lengths = pc.cast(pc.utf8_length(pc.fill_null(table["inputs"], "")), pa.float32())
    columns = {
        "source_inputs": pc.if_else(made, table["targets"], nothing),
        "source_targets": pc.if_else(made, table["inputs"], nothing),
        "fault": pc.if_else(pc.equal(lengths, 1), "empty translation", pa.scalar(None, pa.string())),
        "finished": pc.not_equal(lengths, 2),
        "logprob": pc.if_else(made, pc.negate(lengths), pa.scalar(None, pa.float32())),
    }
    for name, column in columns.items():
        table = table.append_column(name, column)
    return table


any_table = (crowded() | tables(max_rows=8, max_text=24)).map(with_sources)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for the files that some stages read."""
    return tmp_path_factory.mktemp("laws")


@pytest.fixture(params=CASES, ids=lambda case: f"{case[0]}-{'-'.join(case[1]) or 'default'}", scope="module")
def stage(request: pytest.FixtureRequest, folder: Path) -> AnyStage:
    """Every registered stage, with its defaults and with settings that make it act."""
    name, extra = request.param
    needed = NEEDED.get(name, nothing)(folder)
    made: AnyStage = load(STAGES[name]).model_validate(needed | extra)
    ready(made)
    return made


def ready(stage: Any) -> None:
    if hasattr(stage, "setup"):
        stage.setup()


def run(stage: AnyStage, table: pa.Table) -> pa.Table:
    return run_global(stage, table) if isinstance(stage, GlobalStage) else stage(table)


def run_in_pieces(stage: AnyStage, pieces: Sequence[pa.Table], borders: Sequence[int]) -> pa.Table:
    """Run a stage as the engine does: shard by shard, and each range of a key by itself."""
    if not isinstance(stage, GlobalStage):
        return pa.concat_tables([stage(piece) for piece in pieces])
    verdicts: list[pa.Table] = []
    for of in rounds(stage):
        summary = pa.concat_tables([summarise(of, piece, verdicts) for piece in pieces])
        decisions = [
            of.settle(part.drop_columns([*{*of.keys} - {key}]), key=key)
            for key in of.keys
            for part in ranges(summary, key=key, borders=borders)
        ]
        verdicts.append(of.conclude(pa.concat_tables(decisions[::-1])))
    return pa.concat_tables([stage.apply(piece, verdicts[-1]) for piece in pieces])


def ranges(summary: pa.Table, *, key: str, borders: Sequence[int]) -> list[pa.Table]:
    """Cut the rows of a summary into ranges of a key."""
    bits = summary.schema.field(key).type.bit_width
    edges = [0, *sorted(border >> (64 - bits) for border in borders), 2**bits]
    keys = summary[key].to_pylist()
    return [
        summary.filter(pa.array([key is not None and start <= key < stop for key in keys], pa.bool_()))
        for start, stop in pairwise(edges)
    ]


def fates(table: pa.Table) -> dict[str, tuple[str | None, str | None]]:
    columns = (table[name].to_pylist() for name in ("drop", "evidence"))
    return dict(zip(table["id"].to_pylist(), zip(*columns, strict=True), strict=True))


@law
@given(data=st.data())
def test_the_cut_does_not_matter(stage: AnyStage, data: st.DataObject) -> None:
    table = data.draw(any_table)
    pieces = data.draw(cuts(table))
    borders = data.draw(st.lists(st.integers(1, 2**64 - 1), max_size=3))
    assert run_in_pieces(stage, pieces, borders).equals(run(stage, table))


@law
@given(data=st.data())
def test_the_order_of_rows_does_not_matter(stage: AnyStage, data: st.DataObject) -> None:
    table = data.draw(any_table)
    order = data.draw(st.permutations(range(len(table))))
    shuffled = table.take(pa.array(order, pa.int64()))
    assert fates(run(stage, shuffled)) == fates(run(stage, table))


@law
@given(table=any_table)
def test_only_what_is_declared_changes(stage: AnyStage, table: pa.Table) -> None:
    judged = run(stage, table)
    free = {*stage.writes, "drop", "evidence"}
    for name in table.schema.names:
        assert name in free or judged[name].equals(table[name]), name
    new = {field.name: field.type for field in judged.schema if field.name not in table.schema.names}
    assert new.items() <= stage.writes.items()
    assert all(judged.schema.field(name).type == type_ for name, type_ in stage.writes.items())
    assert judged.schema.names[: table.num_columns] == table.schema.names


def test_long_columns_are_those_that_it_reads(stage: AnyStage) -> None:
    table = with_sources(records([{"id": str(number), "inputs": "a", "targets": "b"} for number in range(2)]))
    table = table.drop_columns([name for name in LONG if name not in stage.reads])
    verdicts: list[pa.Table] = []
    for of in rounds(stage) if isinstance(stage, GlobalStage) else ():
        left = table.drop_columns([name for name in table.column_names if name in unread([getattr(of, "reads", LONG)])])
        summary = summarise(of, left, verdicts)
        verdicts.append(of.conclude(pa.concat_tables([of.settle(summary, key=key) for key in of.keys])))
    left = table.drop_columns([name for name in table.column_names if name in unread([reads_to_judge(stage)])])
    judged = stage.apply(left, verdicts[-1]) if isinstance(stage, GlobalStage) else stage(left)
    assert judged["id"].equals(table["id"])


@law
@given(table=any_table)
def test_reasons_can_be_counted(stage: AnyStage, table: pa.Table) -> None:
    judged = run(stage, table)
    was = table["drop"].to_pylist()
    for before, after, evidence in zip(was, judged["drop"].to_pylist(), judged["evidence"].to_pylist(), strict=True):
        assert before is None or after == before
        if after != before:
            assert re.fullmatch(rf"{re.escape(stage.name)}: [A-Za-z][A-Za-z -]{{2,40}}", after)
        assert evidence is None or (after is not None and isinstance(json.loads(evidence), dict))


@law
@given(table=any_table)
def test_it_repeats_after_pickling_and_from_its_settings(stage: AnyStage, table: pa.Table) -> None:
    first = run(stage, table)
    for copy in (stage, pickle.loads(pickle.dumps(stage)), from_json(stage)):
        ready(copy)
        assert run(copy, table).equals(first)


def from_json(stage: Any) -> Any:
    """Return the stage that its settings make once they went through JSON, as they do into a task."""
    text = json.dumps(stage.model_dump(mode="json"))
    copy = type(stage).model_validate(json.loads(text))
    assert copy == stage
    assert json.dumps(copy.model_dump(mode="json")) == text
    return copy


def test_it_takes_a_table_without_rows(stage: AnyStage) -> None:
    judged = run(stage, with_sources(records([])))
    assert len(judged) == 0
    assert stage.writes.keys() <= {*judged.schema.names}


def test_summaries_have_their_keys(stage: AnyStage) -> None:
    if isinstance(stage, GlobalStage):
        table = with_sources(records([{"id": "1", "inputs": "a", "targets": "b", "language": "eng"}]))
        verdicts: list[pa.Table] = []
        for of in rounds(stage):
            summary = summarise(of, table, verdicts)
            assert all(summary.schema.field(key).type in (pa.uint64(), pa.uint32()) for key in of.keys)
            assert not any(pa.types.is_large_string(column.type) for column in summary.columns)
            verdicts.append(of.conclude(pa.concat_tables([of.settle(summary, key=key) for key in of.keys])))


def test_the_name_is_the_one_in_the_table() -> None:
    for name, target in STAGES.items():
        assert load(target).name == name


def test_null_and_dropped_records_are_taken(stage: AnyStage) -> None:
    table = with_sources(records([{"id": "1"}, {"id": "2", "drop": "collection.echo: empty inputs"}]))
    assert pc.is_valid(run(stage, table)["drop"]).to_pylist()[1]
