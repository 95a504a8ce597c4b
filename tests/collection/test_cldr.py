"""Names of CLDR: those that a locale has of its own."""

from typing import Any

import pytest

from aya import languages
from aya.stage import Part
from collection.cldr import Cldr


def names(part: str, **settings: object) -> list[dict[str, Any]]:
    reader = Cldr.model_validate(settings)
    [found] = [made for made in reader.parts() if made.name == part]
    return [row for table in reader.read(found) for row in table.to_pylist()]


def test_a_name_comes_with_its_english_and_the_name_of_its_language() -> None:
    [row] = [row for row in names("am", kinds=["territory"]) if row["code"] == "ET"]
    assert row == {
        "_key": "am/territory/ET",
        "_fault": None,
        "_evidence": None,
        "locale": "am",
        "kind": "territory",
        "code": "ET",
        "name": "ኢትዮጵያ",
        "english": "Ethiopia",
        "endonym": "አማርኛ",
    }


@pytest.mark.parametrize(
    ("part", "kind", "code", "name", "english"),
    [
        ("yo", "language", "yo", "Èdè Yorùbá", "Yoruba"),
        ("te", "script", "Telu", "తెలుగు", "Telugu"),
        ("my", "currency", "MMK", "မြန်မာ ကျပ်", "Myanmar Kyat"),
        ("th", "unit", "length-kilometer", "กิโลเมตร", "kilometers"),
        ("hi", "city", "Africa/Cairo", "कायरो", "Cairo"),
    ],
)
def test_each_kind_has_names(part: str, kind: str, code: str, name: str, english: str) -> None:
    found = {row["code"]: (row["name"], row["english"]) for row in names(part, kinds=[kind])}
    assert found[code] == (name, english)


def test_a_regional_locale_gives_only_what_differs_from_its_parent() -> None:
    found = names("pt")
    [brazil, portugal] = [
        {row["code"]: row["name"] for row in found if row["locale"] == locale} for locale in ("pt", "pt_PT")
    ]
    assert len(brazil) > 3 * len(portugal) > 0
    assert brazil["IR"] == "Irã"
    assert portugal["IR"] == "Irão"
    assert [code for code, name in portugal.items() if brazil.get(code) == name] == []
    assert "pt_BR" not in {row["locale"] for row in found}


def test_a_second_script_has_names_of_its_own() -> None:
    found = [row for row in names("zh") if row["locale"] == "zh_Hant"]
    assert {row["code"]: row["name"] for row in found}["JP"] == "日本"  # the same in both scripts
    assert len(found) > 1000


def test_codes_for_nothing_have_no_names() -> None:
    assert {"ZZ", "und", "Zzzz", "XXX"} & {row["code"] for row in names("en")} == set()


def test_keys_are_unique_in_a_part_and_a_limit_is_exact() -> None:
    keys = [row["_key"] for row in names("sr")]
    assert len(set(keys)) == len(keys)
    reader = Cldr()
    assert [len(table) for table in reader.read(Part(name="sr", digest=""), limit=7)] == [7]


def test_parts_are_languages_with_digests_that_repeat() -> None:
    parts = Cldr().parts()
    assert parts == Cldr().parts()
    assert len({part.digest for part in parts}) == len(parts) > 300


def test_other_users_of_babel_still_get_inherited_names() -> None:
    names("pt")
    from babel import Locale

    assert Locale.parse("pt_PT").territories["BR"] == "Brasil"


def test_its_facts_are_those_of_the_installed_package() -> None:
    from babel import __version__
    from babel.core import get_cldr_version

    facts = Cldr().facts()
    assert facts["license"] == "Unicode-3.0"
    assert facts["revision"] == f"babel {__version__} (CLDR {get_cldr_version()})"


@pytest.mark.slow
def test_it_reaches_nearly_all_of_the_101_languages() -> None:
    reader = Cldr(kinds=("territory", "language", "script", "currency", "unit", "city"))
    rows = [
        row for part in reader.parts() for table in reader.read(part) for row in table.select(["locale"]).to_pylist()
    ]
    codes = [found.language for row in rows if (found := languages.resolve(row["locale"]))]
    wanted = set(languages.group("aya101"))
    assert wanted - set(codes) <= {"smo"}
    assert sum(code in wanted for code in codes) >= 150_000
