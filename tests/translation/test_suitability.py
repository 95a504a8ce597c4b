import json
from pathlib import Path

import polars as pl
import pytest

from translation.suitability import KINDS, unsuitable
from translation.translate import Pair

BOUND = [
    ("eng", "Correct the grammar of this sentence: He go home.", "He goes home.", "correction"),
    (
        "eng",
        "Which line is better?\nShe recieved the parcel on monday.",
        "She received the parcel on Monday.",
        "correction",
    ),
    ("eng", "Name five countries that start with S.", "Spain, Sweden, Sudan, Samoa, Syria", "letters"),
    ("eng", "How many letters are in 'strawberry'?", "10", "letters"),
    ("eng", "Give me two words that rhyme with moon.", "spoon, June", "verse"),
    ("eng", "Write a Python function that adds two numbers.", "def add(a, b):\n    return a + b", "code"),
    ("eng", "Show all customers.", "SELECT name FROM customers WHERE active = 1;", "code"),
    ("eng", "Translate into French: Good evening.", "Bonsoir.", "translation"),
    ("eng", "Say it the other way.", "ኢትዮጵያ ውብ አገር ናት።", "translation"),
    ("eng", "List the synonyms of happy.", "glad, joyful", "words"),
    ("eng", "Tell me a pun about bread.", "I loaf you.", "wordplay"),
    ("eng", "Who wrote Hamlet?", "William Shakespeare.", None),
    ("eng", "Solve 3x - 4y = 1.", "x = 3, y = 2", None),
    ("eng", "Write an email that declines an offer.", "Dear Ms Obi,\n\nThank you.\n\nKind regards", None),
    ("spa", "Corrige los errores gramaticales: Ella no tienen casa.", "Ella no tiene casa.", "correction"),
    ("fra", "Quels mots riment avec « maison » ?", "saison, raison", "verse"),
    ("deu", "Wie viele Buchstaben hat das Wort Haus?", "Vier", "letters"),
    ("rus", "Сколько букв в слове «дом»?", "Три", "letters"),
    ("ara", "ترجم الجملة إلى الإنجليزية: صباح الخير", "Good morning", "translation"),
    ("hin", "इस वाक्य का व्याकरण ठीक करें: वह जाते है।", "वह जाता है।", "correction"),
    ("zho", "用“秋”字写一首诗。", "秋风起兮白云飞", "verse"),
    ("jpn", "「さくら」は何文字ですか。", "三文字", "letters"),
    ("swa", "Tegua kitendawili: Nyumba yangu haina mlango.", "Yai", "wordplay"),
    ("zho", "中国的首都是哪里？", "北京。", None),
    ("ara", "ما عاصمة مصر؟", "القاهرة.", None),
]


@pytest.mark.parametrize(("language", "inputs", "targets", "kind"), BOUND)
def test_rows_that_are_bound_to_their_language_are_found(
    language: str, inputs: str, targets: str, kind: str | None
) -> None:
    assert unsuitable(Pair(inputs, targets), language=language) == (f"skipped: {kind}" if kind else None)


def test_only_the_kinds_that_are_wanted_are_looked_for() -> None:
    pair = Pair("Give me two words that rhyme with moon.", "spoon")
    assert unsuitable(pair, language="eng", kinds=("code", "letters")) is None


def test_what_stands_in_the_middle_of_a_long_prompt_is_material_not_a_task() -> None:
    passage = "It rained again. " * 20 + "The poem has words that rhyme. " + "It rained again. " * 20
    assert unsuitable(Pair(f"Read this.\n{passage}\nWhat was the weather like?", "Rain."), language="eng") is None


# Ids of the seed tasks that hang on English, decided by reading all 175, before any cue was written. Those in
# UNSURE could be decided either way (idioms, jokes, definitions) and are left out.
BOUND_SEEDS = frozenset(
    map(
        int,
        "8 13 21 28 31 37 38 41 42 43 50 53 57 61 63 65 69 72 79 93 101 117 135 138 139 140 141 148 158 170".split(),
    )
)
UNSURE = frozenset([7, 26, 36, 49, 51, 55, 60, 84, 90, 104, 106, 112, 123])


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("file", "language"), [("self_instruct_seed_tasks.jsonl", "eng"), ("zh_belle_seed_tasks.jsonl", "zho")]
)
def test_most_bound_tasks_are_found_and_few_others(file: str, language: str, real_data: Path) -> None:
    right = wrong = bound = 0
    for line in (real_data / "instruct" / file).read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        task, (one, *_) = int(row["id"].rpartition("_")[2]), row["instances"]
        found = unsuitable(Pair(f"{row['instruction']}\n{one['input']}", one["output"]), language=language)
        bound += task in BOUND_SEEDS
        if found and task not in UNSURE:
            right, wrong = right + (task in BOUND_SEEDS), wrong + (task not in BOUND_SEEDS)
    assert right / bound >= 0.85
    assert right / (right + wrong) >= 0.9


@pytest.mark.realdata
def test_few_questions_on_texts_are_skipped(real_data: Path) -> None:
    rows = pl.read_parquet(real_data / "instruct" / "p3_t0_en.parquet").gather_every(30)
    found = [unsuitable(Pair(*pair), language="eng") for pair in rows.select("prompt", "completion").rows()]
    assert len(rows) > 1_000
    assert sum(map(bool, found)) / len(rows) < 0.015
    assert {reason.removeprefix("skipped: ") for reason in found if reason} <= set(KINDS)
