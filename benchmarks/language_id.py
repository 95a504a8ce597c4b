"""Language identification beside others, on NTREX-128; writes the tables of docs/language_id.md.

    python benchmarks/language_id.py DATA --write docs/language_id.md

DATA is a folder with `parallel/ntrex128.parquet` (a column of sentences for each language) and, for the shares of
records wrongly rejected, any of the files in `RIGHT`. py3langid takes part if it is installed. Only lines
of odd number are used. langdetect is slow and sees `--slow` lines a language.
"""

import argparse
import importlib
import random
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from aya import languages
from aya.table import records
from collection.confusable import relatives
from collection.guess import code_of
from collection.identify import Backend, identifier
from collection.language_id import LanguageId
from collection.prose import prose

SAME_LANGUAGE = frozenset({"eng-GB", "eng-IN", "eng-US", "fra-CA", "spa-MX", "por-BR"})
"""Columns of a language that has another column."""

FOLD = {"bos": "hbs", "hrv": "hbs", "srp": "hbs", "mey": "ara"}
"""What is folded beside the registry's macrolanguages."""

MISLABELLED = {"nso": "sot"}
"""The column `nso` is Southern Sotho (`ho tla`, `tsa`, `hore`), not Northern (`go tla`, `tša`, `gore`)."""

RIGHT = {
    "XCOPA premises, 11 languages": "eval/xcopa/*/*.jsonl",
    "XQuAD questions, 12": "eval/xquad.parquet language question",
    "AfriQA questions, 10": "tasks/afriqa_queries_train_dev.parquet lang question",
    "AfriSenti tweets, 12 (mixed with English)": "tasks/afrisenti_train_dev.parquet language tweet",
    "Winogrande, translated by people, 11": "tasks/winogrande_african.parquet language sentence",
    "TaTA, 8": "tasks/tata_dev.parquet language linearized_input",
}

Pair = tuple[str, str]
Answers = Sequence[str]


def lines(table: pa.Table, *, per_language: int, length: str = "medium") -> tuple[list[str], list[str]]:
    """Return codes of columns and texts: the first words, one line, or six lines in a row."""
    truth, texts = [], []
    for column in sorted(set(table.column_names) - {"line", "doc"} - SAME_LANGUAGE):
        given = [text.strip() for text in table[column].to_pylist() if text and text.strip()]
        found = list(_cut(given, length))
        drawn = sorted(random.Random(f"{column} {length}").sample(range(len(found)), min(per_language, len(found))))
        texts += [found[at] for at in drawn]
        truth += [column] * len(drawn)
    return truth, texts


def _cut(given: Sequence[str], length: str) -> Iterator[str]:
    if length == "long":
        yield from (" ".join(given[at : at + 6]) for at in range(1, len(given) - 6, 12))
        return
    for text in given[1::2]:
        if length == "medium":
            yield text
            continue
        words = text.split()
        short = " ".join(words[:4]) if len(words) > 4 else text[:12]
        short = short if len(short) <= 40 else short[:14]
        if sum(letter.isalpha() for letter in short) >= 5:
            yield short


def own(backend: Backend) -> Callable[[Sequence[str]], Answers]:
    """Return what answers the likeliest language of each text."""
    identify = identifier(backend)

    def answer(texts: Sequence[str]) -> Answers:
        column = pa.chunked_array([pa.array(texts, pa.large_string())])
        return [guess[0][0] if guess else "und" for _, letters in prose(column) for guess in identify(letters)]

    return answer


def contenders() -> Mapping[str, Callable[[Sequence[str]], Answers]]:
    """Return all that are installed; fastText needs a file and is left out."""
    found = {name: own(name) for name in get_args(Backend) if name != "fasttext"}
    try:
        py3langid: Any = importlib.import_module("py3langid")
    except ImportError:
        return found
    return found | {"py3langid": lambda texts: [code_of(py3langid.classify(text)[0]) or "und" for text in texts]}


def code(column: str, fixed: Mapping[str, str] | None = None) -> str:
    """Return the language of a column."""
    return code_of((fixed or {}).get(column, column)) or column


def folded(language: str) -> str:
    """Return the macrolanguage."""
    if language in FOLD or code_of(language) is None:
        return FOLD.get(language, language)
    return languages.get(language).macrolanguage or language


def scores(truth: Answers, answers: Answers) -> dict[str, tuple[float, float, float]]:
    """Return precision, recall and F1 of each language in `truth`."""
    right = Counter(t for t, a in zip(truth, answers, strict=True) if t == a)
    there, said = Counter(truth), Counter(answers)
    return {
        name: (
            right[name] / max(said[name], 1),
            right[name] / there[name],
            2 * right[name] / (there[name] + said[name]),
        )
        for name in sorted(there)
    }


def macro(truth: Answers, answers: Answers) -> float:
    """Return the mean F1 over the languages of `truth`; a language that is never answered has 0."""
    found = scores(truth, answers)
    return sum(f1 for _, _, f1 in found.values()) / len(found)


def macro_f1(truth: Sequence[str], texts: Sequence[str], backend: Backend) -> float:
    """Return macro-F1 with members of macrolanguages folded."""
    answers = own(backend)(texts)
    return macro([folded(code(column)) for column in truth], [folded(language) for language in answers])


# -- the tables ------------------------------------------------------------------------------------


def f1_table(table: pa.Table, *, num: int, slow: int) -> Iterator[str]:
    """Yield the tables of macro-F1 and of every language."""
    cells: dict[str, dict[str, list[str]]] = {}
    heads, summary = [], []
    for name, answer in contenders().items():
        row = [f"`{name}`"]
        for length in ("short", "medium", "long"):
            per_language = slow if name == "langdetect" else num if length != "long" else 40
            truth, texts = lines(table, per_language=per_language, length=length)
            answer(texts[:50])
            start = time.process_time()
            answers = answer(texts)
            speed = len(texts) / (time.process_time() - start)
            strict = [code(column) for column in truth]
            both = [macro([folded(c) for c in cs], [*map(folded, answers)]) for cs in (strict, _fixed(truth))]
            row += [f"{both[0]:.3f} / {both[1]:.3f} / {macro(strict, answers):.3f}", f"{speed:,.0f}"]
            if length != "long" or name != "langdetect":
                heads.append(f"{name} {length}")
                for language, found in scores(strict, answers).items():
                    cells.setdefault(language, {})[heads[-1]] = [f"{100 * value:.0f}" for value in found]
        summary.append("| " + " | ".join(row) + " |")
    yield "| backend | short | texts/s | medium | texts/s | long | texts/s |"
    yield "|---|---|---|---|---|---|---|"
    yield from summary
    yield ""
    yield from _languages(cells, heads)


def _fixed(truth: Sequence[str]) -> list[str]:
    return [code(column, MISLABELLED) for column in truth]


def _languages(cells: Mapping[str, Mapping[str, Sequence[str]]], heads: Sequence[str]) -> Iterator[str]:
    yield "Each language by itself, not folded: precision / recall / F1 in percent."
    yield ""
    yield f"| language | {' | '.join(heads)} |"
    yield "|---" * (len(heads) + 1) + "|"
    for language in sorted(cells):
        yield f"| {language} | " + " | ".join("/".join(cells[language].get(head, ["-"])) for head in heads) + " |"


def verification(table: pa.Table, data: Path) -> Iterator[str]:
    """Yield what the stage rejects with its defaults: of right records, of English and of other languages."""
    yield "| records | judged | rejected |"
    yield "|---|---|---|"
    for length in ("medium", "short"):
        truth, texts = lines(table, per_language=200, length=length)
        codes = _fixed(truth)
        yield _rejected(f"NTREX-128 {length}, declared as they are", codes, texts)
        aya = [(c, t) for c, t in zip(codes, texts, strict=True) if c in languages.group("aya101")]
        yield _rejected(f"... of them in Aya-101's languages ({length})", *map(list, zip(*aya, strict=True)))
        english = [text for text, c in zip(texts, codes, strict=True) if c == "eng"][:60]
        others = [c for c in languages.group("aya101") if c != "eng"]
        pairs = [(c, text) for c in others for text in english]
        yield _rejected(
            f"English {length}, declared as each other language of Aya-101", *map(list, zip(*pairs, strict=True))
        )
        draw = random.Random(0)
        strangers = [(draw.choice(others), c, text) for c, text in zip(codes, texts, strict=True)]
        wrong = [(said, text) for said, c, text in strangers if c not in relatives(said)]
        yield _rejected(
            f"NTREX-128 {length}, declared as a random language of Aya-101", *map(list, zip(*wrong, strict=True))
        )
    for name, where in RIGHT.items():
        pairs = list(_real(data, where))
        if pairs:
            yield _rejected(name + ", as they are", *map(list, zip(*pairs, strict=True)))


def _real(data: Path, where: str) -> Iterator[Pair]:
    path, *columns = where.split()
    for file in sorted(data.glob(path)):
        if columns:
            found = pq.read_table(file)
            if "translation" in found.column_names:
                found = found.filter(pc.equal(found["translation"], "human"))
            rows: Iterable[Pair] = zip(*(found[column].to_pylist() for column in columns), strict=True)
        else:
            from pyarrow import json

            rows = ((file.parent.name, text) for text in json.read_json(file)["premise"].to_pylist())
        for at, (label, text) in enumerate(rows):
            if at % 5 == 0 and text and (language := code_of(label)):
                yield language, text


def _rejected(name: str, codes: Sequence[str], texts: Sequence[str]) -> str:
    rows = [{"id": str(at), "language": c, "targets": t} for at, (c, t) in enumerate(zip(codes, texts, strict=True))]
    table = LanguageId(field="targets")(records(rows))
    judged = pc.sum(pc.or_(pc.not_equal(table["lid_language"], "und"), pc.is_valid(table["drop"]))).as_py() or 0
    gone = Counter(f"{row['language']}" for row in table.select(["language", "drop"]).to_pylist() if row["drop"])
    worst = ", ".join(f"{c} {n}" for c, n in gone.most_common(5)) if gone.total() < judged / 5 else ""
    share = f"{gone.total() / max(judged, 1):.2%}" + (f" (most: {worst})" if worst else "")
    return f"| {name} | {judged:,} of {len(texts):,} | {share} |"


def speed(table: pa.Table) -> Iterator[str]:
    """Yield what the whole stage does a second on one core, targets of 131 characters and an English prompt."""
    truth, texts = lines(table, per_language=150)
    english = [text or "" for text in table["eng"].to_pylist()]
    rows = [
        {"id": str(at), "language": code(c), "inputs": english[at % len(english)], "targets": t}
        for at, (c, t) in enumerate(zip(truth, texts, strict=True))
    ]
    made = records(rows)
    for field in ("auto", "both"):
        stage = LanguageId.model_validate({"field": field})
        stage(made.slice(0, 100))
        start = time.process_time()
        stage(made)
        yield f"Stage with `field: {field}`: {len(rows) / (time.process_time() - start):,.0f} rows/s of one core."


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--lines", type=int, default=200, help="lines a language")
    parser.add_argument("--slow", type=int, default=20, help="lines a language for langdetect")
    parser.add_argument("--write", type=Path, help="a page with the marks <!-- table --> and <!-- end -->")
    options = parser.parse_args()
    table = pq.read_table(options.data / "parallel" / "ntrex128.parquet")
    parts = [
        *speed(table),
        "",
        *verification(table, options.data),
        "",
        *f1_table(table, num=options.lines, slow=options.slow),
    ]
    text = "\n".join(parts)
    if options.write is None:
        print(text)
        return
    before, _, rest = options.write.read_text("utf-8").partition("<!-- table -->")
    after = rest.partition("<!-- end -->")[2]
    options.write.write_text(f"{before}<!-- table -->\n{text}\n<!-- end -->{after}", "utf-8")


if __name__ == "__main__":
    main()
