import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from aya.cli import app
from aya.errors import InputError, UserError
from aya.models.named import Named
from tests.model_server import Body, ModelServer, prompt_of
from tests.training.probes.occupations import ENGLISH, TRANSLATED, lines
from training.judging.resampling import Resampling
from training.model import new_model
from training.probes.alignment import Aligner
from training.probes.gender import Found, figures, find, language_codes, measure
from training.probes.grammatical_gender import cut
from training.probes.translations import asked, by_file, by_folder, by_named
from training.probes.winomt import STEREOTYPES, Gender, Sentence, read_winomt
from training.tokens import Tokens

HOW = Resampling(draws=100)


def sentences() -> list[Sentence]:
    """The sentences of the tests in WinoMT's form."""
    found = []
    genders: tuple[Gender, Gender] = ("female", "male")
    for number, (text, start) in enumerate(lines(ENGLISH)):
        words = text.split()
        place = len(text[:start].split())
        found.append(Sentence(gender=genders[number % 2], place=place, text=text, occupation=words[place].rstrip(".")))
    return found


def translations(language: str) -> dict[tuple[str, str], str]:
    pairs = zip(lines(ENGLISH), lines(TRANSLATED[language]), strict=True)
    return {(language, english): text for (english, _), (text, _) in pairs}


SLEPT_RAN_LAUGHED = {
    "ara": "نام ركض ضحك", "deu": "schlief lief lachte", "fra": "dormit courut rit", "heb": "ישן רץ צחק",
    "ita": "dormì corse rise", "rus": "спал бежал смеялся", "spa": "durmió corrió rió", "ukr": "спав біг сміявся",
}  # fmt: skip


def more(language: str) -> tuple[list[Sentence], dict[tuple[str, str], str]]:
    """Return short sentences with the same nouns: of one sentence alone nobody can tell what a noun stands for."""
    made, found = [], {}
    for one, (text, at) in zip(sentences(), lines(TRANSLATED[language]), strict=True):
        noun = cut(text, language)[len(cut(text[:at], language))]
        for english, verb in zip(("slept", "ran", "laughed"), SLEPT_RAN_LAUGHED[language].split(), strict=True):
            short = f"The {one.occupation} {english}{'' if one.gender == 'male' else ' herself'}"
            made.append(Sentence(gender=one.gender, place=1, text=short, occupation=one.occupation))
            found[language, short] = f"{verb} {noun}" if language == "ara" else f"{noun} {verb}"
    return made, found


@pytest.mark.parametrize("language", sorted(TRANSLATED))
def test_twenty_sentences_are_told_whom_they_are_of(language: str) -> None:
    others, known = more(language)
    found = find([*sentences(), *others], translations(language) | known, language)[:20]
    expected = [cut(text, language)[len(cut(text[:at], language))] for text, at in lines(TRANSLATED[language])]
    assert [one.word for one in found] == expected


def test_words_of_many_sentences_are_all_aligned() -> None:
    """A made-up language whose words follow the verb, with an article before each noun."""
    random = np.random.default_rng(0)
    jobs, verbs = [f"job{at}" for at in range(30)], [f"verb{at}" for at in range(20)]
    sources, targets, places = [], [], []
    for _ in range(600):
        one, other = random.choice(jobs, 2, replace=False)
        verb = random.choice(verbs)
        sources.append(["The", one, verb, "the", other])
        targets.append([f"{verb[4:]}ar", "la", f"{one[3:]}trab{random.choice(['o', 'a'])}", "la", f"{other[3:]}trabo"])
        places.append(2)
    aligner = Aligner(sources, targets)
    assert [aligner.of(number, 1) for number in range(600)] == places
    assert {aligner.of(number, 4) for number in range(600)} == {4}


def test_of_several_words_the_first_is_the_head() -> None:
    verbs = [("sleeps", "duerme"), ("runs", "corre"), ("laughs", "ríe")]
    sources = [["The", who, verb, "today"] for verb, _ in verbs for who in ("construction worker", "nurse")]
    who = ("El obrero de la construcción", "La enfermera de la ciudad")
    targets = [f"{one} {verb} hoy".split() for _, verb in verbs for one in who]
    assert [Aligner(sources, targets).of(number, 1, several=True) for number in (0, 2, 4)] == [1, 1, 1]
    assert Aligner([["a"]], [[]]).of(0, 0) is None


def test_an_article_stands_for_nobody() -> None:
    aligner = Aligner([["The", "baker"]], [["el", "panadero"]])
    assert [aligner.of(0, 0, barred={0}), aligner.of(0, 1, barred={1}), aligner.of(0, 1, barred={0, 1})] == [1, 0, None]
    one = Sentence(gender="male", place=1, text="The baker slept.", occupation="baker")
    (found_,) = find([one], {("deu", "The baker slept."): "Der die das"}, "deu")
    assert (found_.word, found_.gender) == (None, None)


def found(gender: Gender, said: Gender | None, occupation: str, number: int = 0) -> Found:
    text = f"{occupation} {number} {'he' if gender == 'male' else 'she'}"
    one = Sentence(gender=gender, place=0, text=text, occupation=occupation)
    return Found(sentence=one, language="spa", translation="", word="x", gender=said)


def test_figures_are_those_of_the_paper_by_hand() -> None:
    rows = [
        found("male", "male", "driver"), found("female", "male", "driver"),  # pro right, anti wrong
        found("male", "male", "nurse"), found("female", "female", "nurse"),  # anti right, pro right
        found("female", None, "visitor"), found("neutral", "male", "someone"),
    ]  # fmt: skip
    told = figures(rows, HOW)
    value = {name: one["value"] for name, one in told.items() if isinstance(one, dict) and "value" in one}
    assert value["accuracy"] == pytest.approx(3 / 5)
    assert value["f1_male"] == pytest.approx(2 * 2 / (3 + 2))
    assert value["f1_female"] == pytest.approx(2 * 1 / (1 + 3))
    assert value["gender_gap"] == pytest.approx(0.8 - 0.5)
    # pro: both right, F1 1 and 1; anti: male right (precision 1/2, recall 1: F1 2/3), female wrong (0).
    assert value["stereotype_gap"] == pytest.approx(1 - (2 / 3 + 0) / 2)
    assert value["stereotype_gap_accuracy"] == pytest.approx(1 / 2)
    assert value["not_told"] == pytest.approx(1 / 5)
    assert (told["sentences"], told["neutral"]) == (5, {"male": 1})


def test_where_all_are_right_there_is_room_for_those_that_are_not() -> None:
    """Of 10 pairs that are right Wilson's interval is .722 to 1."""
    rows = [found(gender, gender, "driver", number) for number in range(10) for gender in _BOTH]
    told = figures(rows, HOW)
    assert (told["accuracy"]["low"], told["accuracy"]["high"]) == pytest.approx((0.722, 1.0), abs=1e-3)
    assert told["gender_gap"] == {"value": 0.0, "low": None, "high": None}


def test_intervals_cover_what_was_simulated() -> None:
    """Of 40 draws of 100 pairs that are right in 7 of 10, 95 % hold that: fewer than 34 once in 1,000 times."""
    covered = 0
    for seed in range(40):
        random = np.random.default_rng(seed)
        rows = [
            found(gender, gender if random.random() < 0.7 else None, "visitor", number)
            for number in range(100)
            for gender in _BOTH
        ]
        accuracy = figures(rows, Resampling(draws=200, seed=seed))["accuracy"]
        covered += accuracy["low"] <= 0.7 <= accuracy["high"]
    assert covered >= 34


_BOTH: tuple[Gender, Gender] = ("male", "female")


def test_a_file_is_read_and_its_faults_named(tmp_path: Path) -> None:
    path = tmp_path / "winomt.txt"
    path.write_text("female\t1\tThe CEO saw the cook because she slept.\tCEO\n\nneutral\t1\tThe guard slept.\tguard\n")
    one, other = read_winomt(path)
    assert (one.stereotype, other.stereotype, len(STEREOTYPES)) == ("anti", None, 40)
    for line, message in (
        ("femal\t1\tThe CEO slept.\tCEO", "no gender 'femal'; did you mean 'female'"),
        ("female\t0\tThe CEO slept.\tCEO", "word 0 is 'The', not 'CEO'"),
        ("female\tThe CEO slept.\tCEO", "3 columns"),
    ):
        path.write_text(line)
        with pytest.raises(InputError, match=message):
            read_winomt(path)


def test_languages_without_rules_are_refused() -> None:
    assert language_codes(["es", "Hebrew"]) == ["spa", "heb"]
    assert len(language_codes([])) == 8
    with pytest.raises(UserError, match="no rules for the gender of nouns in 'yor'"):
        language_codes(["yor"])


def test_a_model_is_asked_once_in_its_words(tokens: Tokens, tmp_path: Path) -> None:
    new_model("tiny-mt5", tokens, device="cpu").save(tmp_path / "model")
    questions = asked([one.text for one in sentences()][:3], ["spa"], "$language: $text")
    assert questions["spa", "The nurse said that she was tired."] == "Spanish: The nurse said that she was tired."
    first = by_folder(str(tmp_path / "model"), questions, tmp_path, device="cpu")
    (journal,) = tmp_path.glob("*.jsonl")
    whole = journal.read_bytes()
    assert by_folder(str(tmp_path / "model"), questions, tmp_path, device="cpu") == first
    assert journal.read_bytes() == whole
    with pytest.raises(UserError, match=r"shows the sentence as \$text"):
        asked(["a"], ["spa"], "Translate $sentence")


def test_a_server_translates_and_is_asked_once(tmp_path: Path) -> None:
    known = {english: text for (_, english), text in translations("deu").items()}

    def say(body: Body) -> str:
        return next(text for english, text in known.items() if prompt_of(body).endswith(english))

    questions = asked([one.text for one in sentences()], ["deu"])
    with ModelServer(say=say, faults=0.2, kinds=("429", "500")) as server:
        for _ in range(2):
            made, failure = by_named(Named(name="t", at=server.url), questions, tmp_path / "t.sqlite")
        assert (failure, server.answered.total()) == (None, 20)
    told = measure(sentences(), {"t": made}, ["deu"], tmp_path, resampling=HOW)["systems"]["t"]["deu"]
    assert told["sentences"] == 20
    assert told["accuracy"]["value"] >= 0.8  # few sentences are aligned worse than many


def test_the_verb_shows_figures_and_says_what_is_wrong(tmp_path: Path) -> None:
    winomt = tmp_path / "winomt.txt"
    winomt.write_text("".join(f"{one.gender}\t{one.place}\t{one.text}\t{one.occupation}\n" for one in sentences()))
    own = tmp_path / "spa.txt"
    own.write_text("".join(f"{english} ||| {text}\n" for (_, english), text in translations("spa").items()))

    def run(*words: Any) -> Any:
        given = ["evaluate", "gender", *map(str, words), "--sentences", str(winomt), "--out", str(tmp_path / "out")]
        done = CliRunner().invoke(app, [*given, "--draws", "20", "--quiet"])
        return done.exception or done.stdout

    report = json.loads(run(f"new={own}", "--to", "spa", "--json"))
    assert report["systems"]["new"]["spa"]["accuracy"]["value"] >= 0.8
    assert "Spanish" in run(f"new={own}", "--to", "es")
    assert "says no language; name the one" in str(run(f"new={own}"))
    own.write_text("".join(own.read_text().splitlines(keepends=True)[1:]))
    assert "no translation into spa of: The nurse said" in str(run(f"new={own}", "--to", "spa"))


@pytest.mark.parametrize(
    ("row", "message"),
    [({"inputs": "a", "language": "spa"}, "no `answer`"), ({"answer": "a", "language": "spa"}, "no `inputs`")],
)
def test_a_fault_of_a_table_of_translations_is_named(tmp_path: Path, row: dict[str, str], message: str) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text(json.dumps(row))
    with pytest.raises(InputError, match=message):
        by_file(path, ["spa"])
