"""Hypothesis strategies for texts of many scripts and for tables of records."""

from collections.abc import Sequence
from itertools import pairwise

import pyarrow as pa
from hypothesis import strategies as st

from aya.table import records

ALPHABETS = {
    "Latn": "abcdefgzABCZ 'ẹọṣáàǹèǐøßıİﬁ\u0301\u0300\u0323",  # tone marks, precomposed and not
    "Arab": "ابتثجحخدذرزسشصضعغفقكلمنهويىءئآةـًٌَُِّْ٠١٢پچگی ،؟\u200c",
    "Ethi": "ሀለሐመሠረሰሸቀበተቸነኘአከወዐዘየደገጠጰጸፀፈፐ ።፣፩",
    "Deva": "अआइकखगघचजटडतदनपबमयरलवशषसह\u093e\u093f\u0940\u0941\u0947\u094d\u0902 ।१२\u200d",
    "Telu": "అఆఇకఖగఘచజటడతదనపబమయరలవశషసహ\u0c3e\u0c3f\u0c40\u0c41\u0c4d\u0c02 ౧౨\u200c",
    "Thai": "กขคงจชซญดตถทนบปผพฟมยรลวสหอ\u0e31\u0e34\u0e35\u0e37\u0e48\u0e49เแโไ ๆ๑",
    "Mymr": "ကခဂငစဆညတထနပဖဗမယရလဝသဟအ\u102b\u102c\u102d\u1030\u1031\u1039\u103a\u103b\u103c\u1037 ၊။၁",
    "Hani": "的一是不了人我在有他这中大来上国個們說，。「」　あいうアイウー한국어",
    "Zyyy": "0123456789 .,!?-_/\\{}<>|%$€\t\n\"'“”…",
    "Zsye": "😀👍🏽👨\u200d👩\u200d👧🇳🇬❤\ufe0f\u200d\ufe0f",
    "Zzzz": "\x00\x01\x07\x1b\x7f\x85\u00a0\u00ad\u200b\u200e\u200f\u202e\u2028\u2060\ufeff\ufffd\ufffe",
}
"""Letters to draw from by script: also digits and signs, emoji with their joiners, and control characters."""


def texts(*, max_size: int = 40) -> st.SearchStrategy[str]:
    """Texts of one script, of all scripts mixed, of any code points, and the empty text."""
    one_script = [st.text(alphabet, max_size=max_size) for alphabet in ALPHABETS.values()]
    mixed = st.text("".join(ALPHABETS.values()), max_size=max_size)
    anything = st.text(st.characters(exclude_categories=["Cs"]), max_size=max_size)
    return st.one_of(st.just(""), *one_script, mixed, anything)


LANGUAGES = {
    "yor": "Latn",
    "ara": "Arab",
    "amh": "Ethi",
    "hin": "Deva",
    "tel": "Telu",
    "tha": "Thai",
    "mya": "Mymr",
    "zho": "Hans",
    "jpn": "Jpan",
    "eng": "Latn",
}


def rows(*, max_text: int = 40) -> st.SearchStrategy[dict[str, str | None]]:
    """One record without an id; texts may be null, a few are dropped already."""
    text = texts(max_size=max_text)
    return st.fixed_dictionaries(
        {
            "inputs": text | st.none(),
            "targets": text | st.none(),
            "language": st.sampled_from(list(LANGUAGES)),
            "source": st.sampled_from(["alpha", "beta"]),
            "dataset_name": st.sampled_from(["one", "two", "three"]),
            "template_id": st.sampled_from([None, "ask", "tell"]),
            "origin": st.sampled_from(["human", "template", "translation", "synthetic"]),
            "license": st.just("CC0-1.0"),
            "drop": st.sampled_from([None, None, None, "collection.length: too short"]),
        }
    )


@st.composite
def tables(draw: st.DrawFn, *, max_rows: int = 12, max_text: int = 40, extra: pa.Schema | None = None) -> pa.Table:
    """Tables of records with unique ids, also of none; `extra` columns are null."""
    drawn = draw(st.lists(rows(max_text=max_text), max_size=max_rows))
    made = [row | {"id": f"{i:032x}", "script": LANGUAGES[row["language"] or ""]} for i, row in enumerate(drawn)]
    return records(made, extra=extra)


@st.composite
def cuts(draw: st.DrawFn, table: pa.Table) -> Sequence[pa.Table]:
    """Cut a table into pieces, in order; pieces may be empty."""
    marks = sorted(draw(st.lists(st.integers(0, table.num_rows), max_size=4)))
    edges = [0, *marks, table.num_rows]
    return [table.slice(start, stop - start) for start, stop in pairwise(edges)]
