import unicodedata
from pathlib import Path
from typing import Literal
from urllib.parse import urlencode

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aya.browse import desk, grams, search
from aya.browse.desk import Desk
from aya.browse.pattern import exact, is_left_out, loose, plain
from aya.browse.question import Asked
from aya.version import Version, open_version
from tests.workshop import QUESTIONS, Workshop

LETTERS = "olúaàẹ̀ﬁfisßıİιͅσςعَصأאֹबिकि\u095bกำတို့ህబ్한ᄒ国語宇 \t\x1c\0-"


def may_be_in(text: str, wanted: str, match: Literal["loose", "exact", "pattern"]) -> bool:
    packed = grams.of_texts([pl.Series([None, "", text])])
    return grams.may_hold(packed, grams.of_question(Asked(text=wanted, match=match)))


@given(st.text(LETTERS, max_size=12), st.integers(0, 11), st.integers(1, 6), st.sampled_from(["NFC", "NFD", "NFKD"]))
def test_what_is_in_a_text_may_be_in_it(text: str, start: int, size: int, form: Literal["NFC", "NFD", "NFKD"]) -> None:
    part = text[start : start + size]
    for wanted in (part, part.upper(), unicodedata.normalize(form, part), "".join(map(plain, part))):
        if pl.Series([text]).str.contains(loose(wanted)).item():
            assert may_be_in(text, wanted, "loose")
        if pl.Series([text]).str.contains(exact(wanted)).item():
            assert may_be_in(text, wanted, "exact")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Olú-ìlú Nàìjíríà", "ilo"),
        ("عاصمة مصر", "صمع"),
        ("国の語", "国語"),
        ("ગુજરાત", "જગત"),
        ("ab cd", "bc"),
        ("a", "b"),
    ],
)
def test_other_neighbours_are_told_apart(text: str, wanted: str) -> None:
    assert not may_be_in(text, wanted, "loose")
    assert not may_be_in(text, wanted, "exact")
    assert may_be_in(text, wanted, "pattern")  # nothing is known of a pattern


def test_letters_that_are_not_in_the_table_are_themselves() -> None:
    others = (chr(code) for code in range(0, 0x110000, 61) if not 0xD800 <= code < 0xE000)
    outside = [one for one in others if not any(start <= ord(one) < stop for start, stop in grams.PLAIN)]
    assert len(outside) > 10_000
    assert [one for one in outside if plain(one) != one or is_left_out(one)] == []


@pytest.fixture
def version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Version:
    """Return a version of seven rows in four languages and more, which counts as a large one."""
    monkeypatch.setattr(desk, "LEAST_ROWS", 1)
    monkeypatch.setattr(search, "CHUNK", 3)
    workshop = Workshop(tmp_path)
    workshop.rows(QUESTIONS)
    workshop.recipe()
    workshop.build()
    return workshop.version()


def found(opened: Desk, text: str) -> int:
    rows: int = opened.rows(urlencode({"text": text}))["found"]
    return rows


def test_files_that_hold_nothing_are_not_read(version: Version) -> None:
    first, other = Desk(version), Desk(version)
    first.learn()
    other.learn()
    assert found(first, "olu-ilu") == 1
    for path in version.files(dropped=None):
        path.unlink()
    assert found(other, "xyzzyplugh") == 0
    with pytest.raises(FileNotFoundError):
        found(other, "olu")


def test_an_index_is_kept_and_a_broken_one_made_anew(version: Version) -> None:
    for content in (None, b"", b"PK\x03\x04 no archive"):
        kept = version.path.parents[1] / "work" / "search" / f"{version.name}-3.npz"
        if content is not None:
            kept.write_bytes(content)
        Desk(version).learn()
        before = kept.stat().st_mtime_ns
        again = Desk(version)
        again.learn()
        assert kept.stat().st_mtime_ns == before
        assert (found(again, "አበባ"), found(again, "nowhere")) == (1, 0)


def test_a_version_in_no_store_is_left_as_it_is(version: Version, tmp_path: Path) -> None:
    alone = version.path.rename(tmp_path / "alone")
    opened = Desk(open_version(alone))
    opened.learn()
    assert sorted(path.name for path in alone.iterdir()) == ["README.md", "data", "manifest.json", "recipe.yaml"]
    assert found(opened, "กรุงเทพ") == 1


def test_what_was_read_before_the_end_is_kept(version: Version) -> None:
    opened = Desk(version)
    opened.close()
    opened.learn()
    assert found(opened, "olu-ilu") == 1  # what is not known yet is read
