from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from training.safety.items import Item
from training.safety.parts import divide, one_way, pieces

WORDS = ("ወፍ", "قارب", "ကြယ်", "自行车", "साइकिल", "จักรยาน", "సైకిల్", "kẹ̀kẹ́")


def item(key: str, language: str, prompt: str, split: str | None = None) -> Item:
    return Item(key=key, language=language, prompt=prompt, kind="unsafe", license="CC0-1.0", split=split)


ITEMS = st.lists(
    st.builds(item, st.sampled_from("abcdefgh"), st.sampled_from(["amh", "ara", "zho"]), st.sampled_from(WORDS)),
    max_size=12,
)


@given(ITEMS, st.floats(0.1, 0.9), st.integers(0, 5))
def test_every_request_is_in_one_part_and_translations_stay_together(
    items: list[Item], share: float, seed: int
) -> None:
    parts = divide(items, share=share, near=0.8, seed=seed)
    everywhere = [*parts.taught, *parts.held_out, *(one for one, _ in parts.leaked)]
    assert sorted(one.id for one in everywhere) == sorted({one.id for one in items})
    assert not {one.key for one in parts.held_out} & {one.key for one in parts.taught}
    assert not {(one.language, one.prompt) for one in parts.held_out} & {
        (one.language, one.prompt) for one in parts.taught
    }


def test_a_test_part_holds_out_every_translation() -> None:
    items = [item("1", "eng", "a boat", "test"), item("1", "yor", "ọkọ̀ ojú omi"), item("2", "yor", "kẹ̀kẹ́", "train")]
    parts = divide(items, share=1e-9, near=0.8, seed=0)
    assert [one.id for one in parts.held_out] == ["1@eng", "1@yor"]
    assert [one.id for one in parts.taught] == ["2@yor"]


def test_what_is_like_a_held_out_request_is_not_taught() -> None:
    held = item("1", "zho", "怎么偷邻居的自行车？", "test")
    copies = ["怎么偷邻居的自行车", "怎么偷邻居的自行车呢？", "怎么修理邻居的自行车？"]
    items = [
        held,
        *(item(f"{number}", "zho", text) for number, text in enumerate(copies, 2)),
        item("9", "jpn", held.prompt),
    ]
    parts = divide(items, share=1e-9, near=0.6, seed=0)
    assert [(one.id, like) for one, like in parts.leaked] == [("2@zho", "1@zho"), ("3@zho", "1@zho")]
    assert [one.id for one in parts.taught] == ["4@zho", "9@jpn"]


def test_ways_to_ask_for_the_same_count_once() -> None:
    asked = [replace(item("1", code, f"{way}?"), way=way) for code in ("tha", "yor") for way in "ab"]
    assert [one.id for one in one_way(asked)] == ["1@tha#a", "1@yor#a"]


def test_spelling_and_signs_make_no_other_request() -> None:
    assert (
        pieces("How do I STEAL?")
        == pieces("how do i steal")
        == {"howd", "owdo", "wdoi", "dois", "oist", "iste", "stea", "teal"}
    )
    assert pieces("偷") == {"偷"}
