import pytest

from aya.errors import UserError
from translation.locales import locale, locales

ENGLISH = locale("eng")


@pytest.mark.parametrize(
    ("code", "found"),
    [("yo", "yor_Latn"), ("zh-TW", "zho_Hant"), ("zho_Hans", "zho_Hans"), ("ar", "arb_Arab"), ("arz", "arz_Arab")],
)
def test_any_code_of_a_language_will_do(code: str, found: str) -> None:
    assert locale(code).code == found


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("abk", r"Abkhazian \(abk\) has no FLORES-200 code: NLLB lacks it$"),
        ("bre", "Breton .* NLLB lacks it; the nearest it has: cym_Latn$"),
        ("yoo", "no language 'yoo'; did you mean 'yor'"),
    ],
)
def test_a_language_that_nllb_lacks_is_refused_by_name_with_the_nearest(code: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        locale(code)


def test_a_group_is_its_languages_that_have_a_code_but_the_source() -> None:
    found = [one.code for one in locales(["aya101", "yor"], source=ENGLISH)]
    assert len(found) == len(set(found)) > 90
    assert "eng_Latn" not in found
    assert {"yor_Latn", "amh_Ethi", "mya_Mymr", "tel_Telu"} <= set(found)
