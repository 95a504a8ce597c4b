import pytest
from hypothesis import given
from hypothesis import strategies as st

from translation.protection import KINDS, Kind, merge, restore, shield, spans

SPANS = [
    ("Call `f(x)` now", ["`f(x)`"]),
    ("See https://aya.org/a?b=1, or www.aya.org.", ["https://aya.org/a?b=1", "www.aya.org"]),
    ("Write to ayé@exemple.fr.", ["ayé@exemple.fr"]),
    ("Hi %(name)s, {n} of {{ total }}: %d ${x}", ["%(name)s", "{n}", "{{ total }}", "%d", "${x}"]),
    ("So $x^2 + y$ and \\(a_1\\) hold", ["$x^2 + y$", "\\(a_1\\)"]),
    ("It costs $5 or $6 today at https://a.b, ${x}", ["https://a.b", "${x}"]),
    ("If $2x = 4$, then $\\frac{1}{x}$ is", ["$2x = 4$", "$\\frac{1}{x}$"]),
    ("50% of people", []),
    ("A [link](http://a.b) here", ["[", "](http://a.b)"]),
    ("<b>bold</b> &amp; more", ["<b>", "</b>", "&amp;"]),
    ("Great 👍🏽 family 👨‍👩‍👧 🇪🇹!", ["👍🏽", "👨‍👩‍👧", "🇪🇹"]),
    ("Fill ___ or [MASK]", ["___", "[MASK]"]),
    ("open ./src/main.py and /etc/hosts", ["./src/main.py", "/etc/hosts"]),
    ("参见https://例子.cn/路径。然后", ["https://例子.cn/路径"]),
    ("ኢሜይል ለ abc@d.et ላክ", ["abc@d.et"]),
    ("# of items #hashtag @user", ["#hashtag", "@user"]),
]


@pytest.mark.parametrize(("text", "found"), SPANS)
def test_spans_are_what_must_stay(text: str, found: list[str]) -> None:
    assert [text[start:end] for start, end in spans(text)] == found


@given(texts=st.lists(st.sampled_from([text for text, _ in SPANS])), kind=st.sampled_from(KINDS))
def test_a_shielded_text_that_comes_back_unchanged_is_the_text(texts: list[str], kind: Kind) -> None:
    text = " ".join(texts)
    places = merge(spans(text))
    shielded = shield(text, places, kind)
    if shielded is not None:
        assert restore(shielded, [text[start:end] for start, end in places], kind) == text


@pytest.mark.parametrize("kind", KINDS)
def test_a_lost_doubled_or_moved_stand_in_is_noticed(kind: Kind) -> None:
    one, two = kind.write(0), kind.write(1)
    for broken in (f"{one}", f"{one} {two} {two}", f"{two} {one}", f"{one} {two} {kind.write(2)}"):
        assert restore(broken, ["a", "b"], kind) is None


def test_a_text_that_holds_a_stand_in_is_not_shielded_by_that_kind() -> None:
    assert shield("footnote [3] in {x}", [(16, 19)], KINDS[0]) is None
    assert shield("footnote [3] in {x}", [(16, 19)], KINDS[1]) == "footnote [3] in 90010"


def test_places_that_touch_are_one() -> None:
    assert merge([(5, 7), (0, 2), (2, 3), (6, 9)]) == [(0, 3), (5, 9)]
