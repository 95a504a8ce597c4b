from pathlib import Path

import pytest

from aya import languages
from aya.errors import InputError
from aya.safety_checks import Refuses
from aya.text import script_shares
from training.safety.items import Item
from training.safety.request_templates import read_templates

FILES = sorted((Path(__file__).parents[3] / "recipes" / "safety").glob("*.yaml"))
ITEMS: dict[str, list[Item]] = {path.stem: read_templates(path) for path in FILES}


def test_five_languages_ask_for_the_same_acts() -> None:
    assert sorted(ITEMS) == ["ara", "eng", "hin", "spa", "zho"]
    keys = {code: [(item.key, item.kind) for item in items] for code, items in ITEMS.items()}
    assert all(some == keys["eng"] for some in keys.values())
    assert [sum(kind == wanted for _, kind in {*keys["eng"]}) for wanted in ("unsafe", "safe")] == [96, 96]
    assert len(keys["eng"]) == 4 * 192  # each is asked for in four ways


@pytest.mark.parametrize("code", sorted(ITEMS))
def test_requests_are_in_the_language_and_all_different(code: str) -> None:
    items = ITEMS[code]
    script = {"hin": "Deva", "ara": "Arab", "zho": "Hani"}.get(code, "Latn")
    assert {next(iter(script_shares(item.prompt))) for item in items} == {script}
    assert languages.get(code).script in (script, "Hans")
    assert len({item.prompt for item in items}) == len(items)
    assert {(item.license, item.origin, item.language) for item in items} == {("CC0-1.0", "template", code)}
    assert not any("{" in f"{item.prompt}{item.answer}" for item in items)


@pytest.mark.parametrize("code", sorted(ITEMS))
def test_unsafe_requests_are_refused_in_words_that_are_known_and_safe_ones_are_not(code: str) -> None:
    refuses = Refuses()
    wrong = [i.prompt for i in ITEMS[code] if refuses(i.prompt, i.answer or "", code) is not (i.kind == "unsafe")]
    assert wrong == []


def test_every_way_to_ask_is_met() -> None:
    assert {item.prompt.split()[0] for item in ITEMS["eng"]} == {"How", "Tell", "I", "What"}
    assert len({item.answer for item in ITEMS["eng"] if item.kind == "unsafe"}) == 4


def test_a_broken_file_says_what_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "tel.yaml"
    path.write_text(FILES[0].read_text(encoding="utf-8").replace("{object}", "{thing}", 1), encoding="utf-8")
    with pytest.raises(InputError, match=r"tel.yaml: topics.things.unsafe.steal: .* must have \{object\} once"):
        read_templates(path)
