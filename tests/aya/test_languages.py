import re
from importlib.resources import files

import pytest
from babel import localedata
from hypothesis import given
from hypothesis import strategies as st

from aya import languages, text
from aya.errors import UserError

CASES = {
    # ISO 639-1, -2/B, -3; macrolanguages and the members that fold into them
    "yo": ("yor", "Latn"),
    "per": ("fas", "Arab"),
    "pes_Arab": ("fas", "Arab"),
    "arb": ("ara", "Arab"),
    "kmr_Latn": ("kur", "Latn"),
    "npi_Deva": ("nep", "Deva"),
    "nb": ("nor", "Latn"),
    "ak": ("twi", "Latn"),
    "tgl_Latn": ("fil", "Latn"),
    "iw": ("heb", "Hebr"),
    # members that stay themselves
    "ckb-Arab": ("ckb", "Arab"),
    "azb_Arab": ("azb", "Arab"),
    "arz_Arab": ("arz", "Arab"),
    "nn": ("nno", "Latn"),
    "prs": ("prs", "Arab"),
    "fa-AF": ("prs", "Arab"),
    "yue": ("yue", "Hant"),
    "zh-yue": ("yue", "Hant"),
    # scripts: said, by region, or the language's own
    "zh": ("zho", "Hans"),
    "zho-CN": ("zho", "Hans"),
    "zh_TW": ("zho", "Hant"),
    "zh_Hant_TW": ("zho", "Hant"),
    "zh_Hans_HK": ("zho", "Hans"),
    "sr": ("srp", "Cyrl"),
    "sr_Latn": ("srp", "Latn"),
    "srp-Latn": ("srp", "Latn"),
    "sr-ME": ("srp", "Latn"),
    "sh": ("srp", "Latn"),
    "pa_PK": ("pan", "Arab"),
    "aze-Latn": ("aze", "Latn"),
    "arb_Latn": ("ara", "Latn"),
    "mni-Mtei": ("mni", "Mtei"),
    "kor_Hang": ("kor", "Hang"),
    "ko-Kore": ("kor", "Hang"),
    "jpn_Jpan": ("jpn", "Jpan"),
    # regions, variants and extensions that change nothing
    "pt-br": ("por", "Latn"),
    "es_AR": ("spa", "Latn"),
    "es-419": ("spa", "Latn"),
    "ar-MA": ("ara", "Arab"),
    "ca-ES-valencia": ("cat", "Latn"),
    "fr-CA-u-sd-caqc": ("fra", "Latn"),
    " EN_us ": ("eng", "Latn"),
    # names
    "Hausa": ("hau", "Latn"),
    "tok pisin": ("tpi", "Latn"),
}


@pytest.mark.parametrize("code", CASES)
def test_a_code_stands_for_one_language_and_script(code: str) -> None:
    assert languages.resolve(code) == CASES[code]


@pytest.mark.parametrize("code", ["", "xx", "root", "eng_Abcd", "zho_trad!", "zh-xyz", "-", "Klingonese"])
def test_a_code_that_stands_for_nothing_is_none(code: str) -> None:
    assert languages.resolve(code) is None


def test_the_groups_have_the_published_sizes() -> None:
    sizes = {name: len(languages.group(name)) for name in languages.groups()}
    assert sizes == {
        "aya101": 101,
        "aya_high": 24,
        "aya_mid": 26,
        "aya_low": 51,
        "mt5": 101,
        "aya_eval": 101,
        "flores200": 196,  # 205 codes; nine languages have two
        "all": 409,
    }


def test_aya101_is_mt5_less_three_and_three_more() -> None:
    aya, mt5 = set(languages.group("aya101")), set(languages.group("mt5"))
    assert (mt5 - aya, aya - mt5) == ({"cos", "haw", "hmn"}, {"nso", "ory", "twi"})


def test_the_facts_of_a_language_are_there() -> None:
    yoruba = languages.get("yo")
    assert (yoruba.code, yoruba.name, yoruba.endonym, yoruba.family) == (
        "yor",
        "Yoruba",
        "Èdè Yorùbá",
        "Atlantic-Congo",
    )
    assert (yoruba.joshi_class, yoruba.resource, yoruba.flores200) == (2, "low", ("yor_Latn",))
    assert "arz" in languages.get("ara").members
    assert languages.get("arz").macrolanguage == "ara"
    assert languages.get("ur").direction == "rtl"


def test_an_unknown_language_names_the_nearest() -> None:
    with pytest.raises(UserError, match=r"no language 'yorubaa'; did you mean 'yoruba'\?"):
        languages.get("yorubaa")
    with pytest.raises(UserError, match=r"no group of languages 'aya_hi'; did you mean 'aya_high'\?"):
        languages.group("aya_hi")


def test_every_aya_language_has_all_its_facts() -> None:
    rows = [languages.get(code) for code in languages.group("aya101")]
    assert all(row.family and row.endonym and row.resource and row.joshi_class is not None for row in rows)
    assert [row.code for row in rows if not row.flores200] == ["fry", "lat"]


def test_every_row_is_well_formed() -> None:
    for row in map(languages.get, languages.codes()):
        assert row.name
        assert all(re.fullmatch("[A-Z][a-z]{3}", script) for script in row.scripts)
        assert row.script == row.scripts[0]
        assert row.macrolanguage is None or row.code in languages.get(row.macrolanguage).members


def test_no_code_stands_for_two_languages() -> None:
    taken = [alias for row in map(languages.get, languages.codes()) for alias in (row.code, *row.aliases)]
    assert len(taken) == len(set(taken))


def test_every_flores_code_leads_to_its_row_and_script() -> None:
    for row in map(languages.get, languages.codes()):
        for code in row.flores200:
            assert languages.resolve(code) == (row.code, code[-4:])


def test_every_alias_and_name_tag_leads_to_its_row() -> None:
    for row in map(languages.get, languages.codes()):
        for code in (row.code, row.bcp47, row.iso639_1, *(alias.partition(":")[0] for alias in row.aliases)):
            assert code is None or languages.get(code) is row


def test_every_cldr_locale_is_known() -> None:
    assert [name for name in localedata.locale_identifiers() if languages.resolve(name) is None] == []


def test_resolving_twice_changes_nothing() -> None:
    for row in map(languages.get, languages.codes()):
        assert languages.resolve(f"{row.code}_{row.script}") == (row.code, row.script)


@given(st.text(max_size=12))
def test_any_text_is_a_known_language_or_none(code: str) -> None:
    found = languages.resolve(code)
    assert found is None or (found.language in languages.codes() and found.script in languages.scripts())


def test_a_change_of_the_table_needs_a_new_version() -> None:
    table = files("aya").joinpath("languages.csv").read_text(encoding="utf-8")
    assert (languages.VERSION, text.digest(table)) == (1, "d960762e2b3b4ada44e7dee03fd48b33")
