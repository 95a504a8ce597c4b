from pathlib import Path

import pytest

from annotation.people import read_signups
from annotation.pseudonyms import pseudonym, read_key
from aya.errors import InputError, UserError


def signups(folder: Path, *lines: str) -> Path:
    path = folder / "signups.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_a_pseudonym_is_64_hex_digits_that_only_the_key_can_make() -> None:
    assert pseudonym("amina", key=b"1") == pseudonym(" Amina ", key=b"1") != pseudonym("amina", key=b"2")
    assert pseudonym("àmínà", key=b"1") == pseudonym("a\u0300mi\u0301na\u0300", key=b"1")
    # RFC 4231, test case 2, in its own key and data
    expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    assert pseudonym("what do ya want for nothing?", key=b"Jefe") == expected


def test_the_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "pseudonym.key"
    key = read_key(path, make=True)
    assert (len(key), read_key(path, make=True), path.stat().st_mode & 0o777) == (32, key, 0o600)
    assert [*tmp_path.iterdir()] == [path]
    with pytest.raises(UserError, match="restore it from a copy"):
        read_key(tmp_path / "other.key", make=False)


def test_demographics_are_kept_of_those_who_share_them(tmp_path: Path) -> None:
    path = signups(
        tmp_path,
        "username,languages,share_demographics,age_range,country,dialects",
        "amina,ara yo,yes,25-34,MA,Darija; Masri",
        "badr,arb,no,25-34,EG,Masri",
    )
    amina, badr = read_signups(path, wanted=["ara", "yor"])
    assert (amina["languages"], amina["age_range"], amina["dialects"]) == (["ara", "yor"], "25-34", ["Darija", "Masri"])
    assert (badr["languages"], badr["age_range"], badr["country"], badr["dialects"]) == (["ara"], None, None, None)


def test_every_fault_of_a_list_is_named_with_its_line(tmp_path: Path) -> None:
    path = signups(
        tmp_path,
        "username,languages,harmfull",
        "amina,ara,",
        "Amina,ara,",
        ",ara,",
        "chidi,igbo,",
        "dayo,,",
        "eno,yor x,",
    )
    with pytest.raises(InputError) as caught:
        read_signups(path, wanted=["ara", "yor"])
    assert [line.removeprefix(f"{path}:") for line in str(caught.value).splitlines()] == [
        "1: no column 'harmfull' is known; did you mean 'harmful'?",
        "2: username 'amina' stands twice",
        "3: username 'Amina' stands twice",
        "4: no username",
        "5: no language of the campaign 'igbo'",
        "6: no language",
        "7: no language of the campaign 'x'",
    ]
