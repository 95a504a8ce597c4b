"""What is really there in published data: natural contamination is found, unrelated sets stay clean."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from aya.table import records
from dedup.contamination import Contamination
from dedup.number_match import NumberMatch
from dedup.row_files import rows
from dedup.units import is_dense, units
from dedup.verdicts import Verdicts

pytestmark = pytest.mark.realdata

SETS: dict[str, dict[str, Any]] = {
    "xquad": {"files": "eval/xquad.parquet", "fields": ["context", "question"]},
    "xcopa": {
        "files": "eval/xcopa/*/*.jsonl",
        "file_name": r"/(?P<split>\w+)\.(?P<language>\w+)\.jsonl$",
        "fields": ["premise", "choice1", "choice2"],
    },
    "mgsm": {
        "files": "eval/mgsm/*.tsv",
        "file_name": r"mgsm_(?P<language>\w+)\.tsv$",
        "header": ["question", "answer"],
        "fields": ["question"],
    },
    "mmlu": {"files": "eval/mmlu_african_dev_val.parquet", "fields": ["question"], "id": "row"},
    "xwinograd": {
        "files": "eval/xwinograd.tsv.gz",
        "header": ["language", "kind", "mark", "text", "tokens", "pronoun", "options"],
        "fields": ["text"],
    },
    "americasnli": {"files": "eval/americasnli_dev.parquet", "fields": ["premise", "hypothesis"]},
}


@pytest.fixture(scope="module")
def data() -> Path:
    """The folder of the real data."""
    if "AYA_DATA" not in os.environ:
        pytest.skip("AYA_DATA is not set")
    return Path(os.environ["AYA_DATA"])


def against(data: Path, **sets: dict[str, Any]) -> Contamination:
    listed = [one | {"name": name, "files": str(data / one["files"])} for name, one in sets.items()]
    return Contamination.model_validate({"against": listed})


@pytest.fixture(scope="module")
def suites(data: Path) -> Contamination:
    """All evaluation suites, indexed together."""
    return against(data, **SETS)


def column(path: Path, name: str, *, most: int = 30_000) -> pa.ChunkedArray:
    return pq.read_table(path, columns=[name])[name].cast(pa.large_string()).slice(0, most)


def judge(stage: Contamination, texts: pa.ChunkedArray) -> Verdicts:
    return stage.judge({"text": texts}, len(texts))


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("instruct/p3_t0_en.parquet", "prompt"),
        ("tasks/sib200_train.parquet", "text"),
        ("tasks/afriqa_queries_train_dev.parquet", "question"),
        ("tasks/indonlu_smsa_train.parquet", "text"),
        ("tasks/winogrande_african.parquet", "sentence"),
        ("parallel/ntrex128.parquet", "tha"),
        ("parallel/ntrex128.parquet", "zho-CN"),
        ("synthetic/mifeval_model_responses.parquet", "response"),
    ],
)
def test_unrelated_sets_are_clean(data: Path, suites: Contamination, path: str, name: str) -> None:
    assert not any(judge(suites, column(data / path, name)).goes)


def questions(data: Path) -> Iterator[tuple[str, str]]:
    for path in sorted((data / "eval/mgsm").glob("*.tsv")):
        for row in rows(path, header=["question", "answer"]):
            yield path.stem[-2:], row["question"]


def test_every_problem_inside_a_prompt_is_found_in_every_language(data: Path, suites: Contamination) -> None:
    prompts = [f"({code}) Solve:\n\n{text.upper()}\n---\nAnswer:" for code, text in questions(data)]
    found = judge(suites, pa.chunked_array([pa.array(prompts, pa.large_string())]))
    assert len(prompts) == 2750
    assert all(found.goes)
    assert min(found.shares) == 1


def test_instructions_inside_model_predictions_are_found(data: Path) -> None:
    """Self-Instruct's predictions hold its 252 instructions eight times; three are shorter than 24 letters."""
    stage = against(data, user={"files": "instruct/self_instruct_user_oriented_252.jsonl", "fields": ["instruction"]})
    found = judge(stage, column(data / "synthetic/self_instruct_predictions.parquet", "json"))
    assert sum(found.goes) == 1992
    assert sum(map(bool, found.hits)) == 2000


def test_a_sentence_of_the_development_split_lies_in_the_training_split_in_many_languages(data: Path) -> None:
    """FLORES says of one dinosaur's tail twice, so SIB-200 has item 1029 on both sides of its split."""
    stage = against(data, sib={"files": "tasks/sib200_dev.parquet", "fields": ["text"], "id": "index_id"})
    found = judge(stage, column(data / "tasks/sib200_train.parquet", "text", most=200_000))
    hits = [hits[0] for hits, goes in zip(found.hits, found.goes, strict=True) if goes]
    languages = {hit["language"] for hit in hits if hit["item"] == "1029"}
    assert len(languages) > 50
    assert {"amh", "ara", "twi"} <= languages


def test_answers_that_repeat_the_prompt_are_found(data: Path) -> None:
    stage = against(data, mifeval={"files": "synthetic/mifeval_model_responses.parquet", "fields": ["prompt"]})
    found = judge(stage, column(data / "synthetic/mifeval_model_responses.parquet", "response"))
    assert sum(found.goes) == 20


def test_numbers_find_translations_and_few_others(data: Path) -> None:
    english = SETS["mgsm"] | {"files": str(data / "eval/mgsm/mgsm_en.tsv"), "name": "mgsm"}
    stage = NumberMatch.model_validate({"against": [english]})
    telugu = [text for code, text in questions(data) if code == "te"]
    table = stage(records({"id": str(i), "inputs": text} for i, text in enumerate(telugu)))
    notes = [json.loads(note or "[]") for note in table["number_match"].to_pylist()]
    assert sum(str(i) in {hit["item"] for hit in hits} for i, hits in enumerate(notes)) == 150
    sentences = column(data / "tasks/sib200_train.parquet", "text", most=20_000)
    clean = stage(records({"id": str(i), "inputs": text} for i, text in enumerate(sentences.to_pylist())))
    assert 20_000 - clean["number_match"].null_count <= 1


def windows(text: str) -> set[str]:
    """Every run of 36 units, and every one of 14 of which half are of a script without spaces, by Python alone."""
    plain = units(text)
    long = {plain[i : i + 36] for i in range(len(plain) - 35)}
    return long | {run for i in range(len(plain) - 13) if is_dense(run := plain[i : i + 14])}


@pytest.mark.parametrize(
    ("language", "num"), [("amh_Ethi", 1), ("hin_Deva", 0), ("mya_Mymr", 220), ("tha_Thai", 123), ("zho_Hans", 2)]
)
def test_what_is_found_is_what_a_search_for_every_window_finds(
    data: Path, tmp_path: Path, language: str, num: int
) -> None:
    dev, train = (
        pq.read_table(data / f"tasks/sib200_{split}.parquet", filters=[("language", "=", language)])["text"]
        for split in ("dev", "train")
    )
    known = set().union(*map(windows, dev.to_pylist()))
    truth = [not known.isdisjoint(windows(text)) for text in train.to_pylist()]
    pq.write_table(pa.table({"text": dev}), tmp_path / "dev.parquet")
    stage = Contamination.model_validate({"against": [{"files": str(tmp_path / "dev.parquet"), "fields": ["text"]}]})
    found = judge(stage, train.cast(pa.large_string()))
    assert (len(truth), sum(truth)) == (701, num)
    assert [bool(hits) for hits in found.hits] == truth
