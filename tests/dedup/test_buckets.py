import numpy as np
import numpy.typing as npt
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from dedup.buckets import MOST_LEADERS, distinct, merge, pairs_in_band
from dedup.components import roots_of_pairs
from dedup.preference import order_by, ranks_of

Sketches = npt.NDArray[np.uint64]


def pairs(keys: list[int], sketches: list[int], limits: tuple[int, int] = (128, 128)) -> list[tuple[int, int]]:
    words = np.zeros((len(keys), 4), np.uint64)
    words[:, 0] = sketches
    found = pairs_in_band(np.array(keys, np.uint32), np.arange(len(keys), dtype=np.uint32), words, limits)
    return [(int(pair) >> 32, int(pair) & 0xFFFFFFFF) for pair in found]


def test_rows_of_a_bucket_with_like_sketches_are_paired_with_the_better() -> None:
    assert pairs([7, 8, 7, 7], [5, 5, 5, 9]) == [(2, 0)]
    assert pairs([7, 8, 7, 7], [5, 5, 5, 9], (120, 128)) == [(2, 0), (3, 0)]


def test_a_slot_differs_where_one_of_its_two_bits_does() -> None:
    """Sketches 0 and 0b0111: two slots differ, 126 agree."""
    assert pairs([1, 1], [0, 0b0111], (126, 128)) == [(1, 0)]
    assert pairs([1, 1], [0, 0b0111], (127, 128)) == []


def test_a_bucket_of_any_size_costs_no_more_than_its_leaders() -> None:
    num = 100_000
    found = pairs([3] * num, [0] * num, (128, 129))  # never sure: every row looks at all leaders
    assert len(found) <= num * MOST_LEADERS
    assert {worse for worse, _ in found} == set(range(1, num))
    assert {better for _, better in found} == set(range(MOST_LEADERS))


@given(
    st.lists(st.tuples(st.integers(0, 3), st.sampled_from([0, 1, 7, 2**63])), min_size=1, max_size=30),
    st.randoms(use_true_random=False),
)
def test_the_order_of_rows_does_not_matter(rows: list[tuple[int, int]], drawn: object) -> None:
    keys = np.array([key for key, _ in rows], np.uint32)
    words = np.zeros((len(rows), 4), np.uint64)
    words[:, 0] = [sketch for _, sketch in rows]
    order = np.array(drawn.sample(range(len(rows)), len(rows)))  # type: ignore[attr-defined]
    numbers = np.arange(len(rows), dtype=np.uint32)
    first = pairs_in_band(keys, numbers, words, (126, 128))
    assert np.array_equal(pairs_in_band(keys[order], numbers[order], words, (126, 128)), first)


@given(st.lists(st.integers(0, 50)), st.lists(st.integers(0, 50)))
def test_merging_is_the_union(one: list[int], other: list[int]) -> None:
    first, second = distinct(np.array(one, np.uint64)), distinct(np.array(other, np.uint64))
    assert first.tolist() == sorted({*one})
    assert merge(first, second, np.empty(len(one) + len(other), np.uint64)).tolist() == sorted({*one, *other})


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9))))
def test_components_are_what_can_be_reached(pairs_: list[tuple[int, int]]) -> None:
    reached = list(range(10))
    for _ in range(10):
        for a, b in pairs_:
            reached[a] = reached[b] = min(reached[a], reached[b])
    assert roots_of_pairs(10, np.array([(a << 32) | b for a, b in pairs_], np.uint64)).tolist() == reached


def test_the_order_of_preference_is_origin_quality_text() -> None:
    table = pa.table(
        {
            "origin": ["synthetic", "human", "human", None, "human", "human", "template"],
            "quality": [9.0, -1.0, 2.5, 9.0, None, 2.5, float("nan")],
        }
    )
    ties = np.array([0, 0, 2, 0, 0, 1, 0], np.uint64)
    order = order_by(ranks_of(table, origin="origin", quality="quality"), ties)
    assert order.tolist() == [5, 2, 1, 4, 6, 0, 3]


@given(st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False, allow_subnormal=False), min_size=2))
def test_more_quality_is_never_ranked_behind_less(values: list[float]) -> None:
    ranks = ranks_of(pa.table({"q": pa.array(values, pa.float32())}), origin=None, quality="q")
    order = np.argsort(np.array(values, np.float32), kind="stable")
    assert np.all(np.diff(ranks[order].astype(np.int64)) <= 0)
