import shutil
from pathlib import Path

import pytest

from aya.errors import UserError
from translation.apertium import DATA, Apertium
from translation.locales import locale
from translation.source import Nllb
from translation.translate import Pair, translate_pairs

ENGLISH, SPANISH = locale("eng"), locale("spa")

installed = pytest.mark.skipif(
    shutil.which("apertium") is None or not (DATA / "modes" / "eng-spa.mode").is_file(),
    reason="Apertium with English and Spanish is not installed",
)


@installed
def test_rules_translate_and_structure_stays() -> None:
    engine = Apertium()
    pair = Pair("- The house is big. See `f(x)`.\n- I live in London.", "Yes 😀")
    (made,) = translate_pairs([pair], engine, source=ENGLISH, target=SPANISH, memory={})
    assert made.inputs == "- La casa es grande. Ve `f(x)`.\n- Vivo en Londres."
    assert made.targets == "Sí 😀"
    assert made.logprob is None
    assert made.finished


@installed
def test_every_line_has_its_translation() -> None:
    texts = ["The house", "he runs quickly and", "[0] is red", "100 % of dogs", "Xqz"]
    made = Apertium().translate(texts, source="eng_Latn", target="spa_Latn")
    assert made[0].text == "La casa"
    assert "[0]" in made[2].text
    assert made[4].text == "Xqz"


@installed
def test_a_direction_that_is_not_installed_is_refused_with_those_that_are() -> None:
    engine = Apertium()
    with pytest.raises(UserError, match="no yor_Latn here; installed are eng-spa"):
        engine.check("yor_Latn")
    with pytest.raises(UserError, match="no eng_Latn to eng_Latn here"):
        engine.translate(["Yes"], source="eng_Latn", target="eng_Latn")
    assert engine.key == Apertium().key


@installed
def test_records_say_that_rules_made_them(tmp_path: Path) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_text('{"inputs": "The house is big.", "targets": "I live in London."}\n', encoding="utf-8")
    source = Nllb(files=(str(rows),), to=("spa",), engine="apertium", memory=tmp_path / "memory.sqlite")
    (made,) = source.read(source.parts()[0])
    (row,) = made.to_pylist()
    assert (row["inputs"], row["model"]) == ("La casa es grande.", "apertium")
    assert row["model_revision"] == Apertium().key.split()[1]
    assert row["decoding"].startswith("apertium rules ")


def test_what_is_not_installed_says_how_to_install_it(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="apt-get install apertium apertium-eng-spa"):
        Apertium(tmp_path / "none")
