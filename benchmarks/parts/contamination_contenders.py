"""Evaluation items in rows, by each way: from two Parquet files to 0 (not found), 1 (noted) or 2 (found) for each row.

The time for an index of the items is taken apart (`laps`): it is spent once, however many rows there are.
"""

import unicodedata
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.parts.meter import cpu, laps

Found = npt.NDArray[np.int8]
WORDS = 13
PIECE = 20_000
"""Rows that are read and judged at a time."""
RUN, DENSE_RUN = 36, 14
NO_SPACES = "Hani Hira Kana Bopo Thai Laoo Khmr Mymr Tibt Tale Talu Lana"


def _column(path: Path) -> pa.ChunkedArray:
    """Read the texts with one thread and nothing ahead: either costs a process that reads once more than it saves."""
    return pq.ParquetFile(path, pre_buffer=False).read(columns=["text"], use_threads=False)["text"]


def _pieces(path: Path) -> Iterator[pa.ChunkedArray]:
    """Read the texts some at a time, as the command does."""
    for batch in pq.ParquetFile(path, pre_buffer=False).iter_batches(PIECE, columns=["text"], use_threads=False):
        yield pa.chunked_array([batch["text"]])


def _texts(path: Path) -> list[str]:
    return [str(text) for text in _column(path).to_pylist()]


def _each(texts: list[str], is_found: Callable[[str], bool]) -> Found:
    return np.array([2 * is_found(text) for text in texts], np.int8)


def with_stage(path: Path, work: Path) -> Found:
    """Run what the stage `dedup.contamination` runs on a column."""
    stage = import_module("dedup.contamination").Contamination(against=[str(path / "items.parquet")])
    stage.setup()
    laps["index"] = cpu()
    pieces = (stage.judge({"text": texts}, len(texts)) for texts in _pieces(path / "rows.parquet"))
    return np.concatenate([[note is not None for note in piece.notes] + piece.goes.astype(np.int8) for piece in pieces])


def with_runs(path: Path, work: Path) -> Found:
    """Look for the runs alone."""
    index, runs = import_module("dedup.run_index"), import_module("dedup.runs")
    built = index.build_index(_column(path / "items.parquet"), index.Lengths(), common=64)
    laps["index"] = cpu()
    found = [np.zeros(0, np.int8)]
    for texts in _pieces(path / "rows.parquet"):
        found.append(np.zeros(len(texts), np.int8))
        found[-1][runs.find_runs(texts, built).rows] = 2
    return np.concatenate(found)


def with_word_grams(path: Path, work: Path) -> Found:
    """Look for 13 words in a row, by a Python set (the rule of GPT-3)."""
    words = import_module("regex").compile(r"[\p{L}\p{N}\p{M}]+")
    return _with_grams(path, lambda text: words.findall(text.casefold()))


def with_split_grams(path: Path, work: Path) -> Found:
    """Look for 13 pieces between white space, with their punctuation: the cheapest form."""
    return _with_grams(path, lambda text: text.lower().split())


def _with_grams(path: Path, words: Callable[[str], list[str]]) -> Found:
    def grams(text: str) -> Iterator[str]:
        found = words(text)
        return (" ".join(found[i : i + WORDS]) for i in range(len(found) - WORDS + 1))

    known = {gram for text in _texts(path / "items.parquet") for gram in grams(text)}
    laps["index"] = cpu()
    return _each(_texts(path / "rows.parquet"), lambda text: any(gram in known for gram in grams(text)))


def with_aho_corasick(path: Path, work: Path) -> Found:
    """Look for whole items, letters and digits alone, by pyahocorasick."""
    automaton = import_module("ahocorasick").Automaton()
    for text in _texts(path / "items.parquet"):
        if plain := _units(text):
            automaton.add_word(plain, True)
    automaton.make_automaton()
    laps["index"] = cpu()
    return _each(_texts(path / "rows.parquet"), lambda text: next(automaton.iter(_units(text)), None) is not None)


def with_windows(path: Path, work: Path) -> Found:
    """Look for any run of 36 letters, or of 14 with 7 of scripts without spaces, by Python sets."""

    def windows(text: str) -> Iterator[str]:
        text = _units(text)
        for i in range(len(text) - RUN + 1):
            yield text[i : i + RUN]
        dense = [_is_dense(letter) for letter in text]
        num = sum(dense[:DENSE_RUN])
        for i in range(len(text) - DENSE_RUN + 1):
            if 2 * num >= DENSE_RUN:
                yield text[i : i + DENSE_RUN]
            num += (i + DENSE_RUN < len(text) and dense[i + DENSE_RUN]) - dense[i]

    known = {window for text in _texts(path / "items.parquet") for window in windows(text)}
    laps["index"] = cpu()
    return _each(_texts(path / "rows.parquet"), lambda text: any(window in known for window in windows(text)))


def with_datatrove(path: Path, work: Path) -> Found:
    """Ask its filter (12 words, the default) about each row; the index is made by the filter's own functions."""
    blocks = import_module("datatrove.pipeline.decont.n_grams")
    text_of = import_module("datatrove.utils.text")
    document = import_module("datatrove.data").Document
    decont = blocks.NGramsDecontFilter(str(work))

    def hashes(text: str) -> list[int]:
        words = decont.tokenizer.word_tokenize(text_of.simplify_text(text, decont.config.norm_config))
        return [decont.hash_func(" ".join(gram)) for gram in text_of.ngrams(words, decont.config.n_grams)]

    decont._index_hashes = {gram: "items" for text in _texts(path / "items.parquet") for gram in hashes(text)}
    laps["index"] = cpu()
    return _each(_texts(path / "rows.parquet"), lambda text: decont.filter(document(text=text, id="")) is not True)


def _units(text: str) -> str:
    """Return the letters, digits and marks of a text, case folded, Hangul composed."""
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    composed = _patterns()[1].sub(lambda found: unicodedata.normalize("NFC", found[0]), folded)
    return str(_patterns()[0].sub("", composed))


@cache
def _patterns() -> tuple[Any, Any, Any]:
    regex = import_module("regex")
    shared, own = ("".join(rf"\p{{{name}={code}}}" for code in NO_SPACES.split()) for name in ("scx", "sc"))
    return (
        regex.compile(r"[^\p{L}\p{N}\p{M}]+"),
        regex.compile("[\u1100-\u11ff\uac00-\ud7a3]+"),
        regex.compile(rf"(?V1)[[{shared}]&&\p{{L}}]|[[{own}]&&\p{{M}}]"),
    )


@cache
def _is_dense(letter: str) -> bool:
    return _patterns()[2].match(letter) is not None


CONTENDERS: dict[str, Callable[[Path, Path], Found]] = {
    "aya": with_stage,
    "aya-runs": with_runs,
    "word-13-grams": with_word_grams,
    "word-13-split": with_split_grams,
    "pyahocorasick": with_aho_corasick,
    "char-windows": with_windows,
    "datatrove": with_datatrove,
}
